"""The kernel for law as data: working days and clocks now, the workflow engine later.

Pure: no clock, no database, no deputy. Every service may import it.
"""
