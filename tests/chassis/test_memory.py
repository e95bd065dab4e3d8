"""Threads share arenas, where the C library has any: told by glibc itself."""

import ctypes
import subprocess
import sys

import pytest

TELL = """
import ctypes, threading
{first}
libc = ctypes.CDLL(None)
hold = threading.Barrier(8)

def work():
    kept = bytearray(100_000)
    hold.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""
SHARED = "from services.chassis.memory import share_arenas; share_arenas()"


def arenas(first: str) -> int:
    """How many arenas a process of eight threads has."""
    program = TELL.format(first=first)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return ran.stdout.count("<heap nr=")


@pytest.mark.process
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this is no glibc")
def test_threads_share_two_arenas_and_would_have_more_by_themselves() -> None:
    assert arenas(SHARED) <= 2 < arenas("")
