"""The kernel for documents: statements and minutes as PDF, with a hash and a signature.

Pure: no clock, no database, no deputy. Every service may import it.
"""
