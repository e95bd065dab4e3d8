"""The kernel for law as data: calendars, clocks and the workflow engine.

Pure: no clock, no database, no deputy. Every service may import it.
"""
