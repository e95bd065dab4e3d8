"""Keeps a process small.

glibc gives each of a process's threads, up to eight for a core, an arena of its own, in which what
is free cannot be used by another; Python's own lock lets one thread allocate at a time anyway.
"""

import ctypes

_M_ARENA_MAX = -8  # malloc.h
ARENAS = 2


def share_arenas() -> None:
    """Have all threads that start from now on share two arenas; does nothing without glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
