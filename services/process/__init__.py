"""The kernel for law as data: calendars, clocks and the workflow engine.

It knows no deputy and no present: who acts says what time it is. What is read of files and counted
is pure; `store`, `digest_store` and what writes acts and notices work in the caller's transaction.
Every service may import it.
"""
