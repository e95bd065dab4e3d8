"""Ports on loopback: chosen once, remembered, and named with their holder when taken."""

from __future__ import annotations

import json
import socket
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.local.layout import Layout, write_whole

LOOPBACK = "127.0.0.1"
# Below the range from which the kernel picks ports for outgoing connections.
FIRST, LAST = 20_000, 31_999


# A stack starts its parts in threads, and each may be the first to ask for a port.
_choosing = threading.Lock()


class PortTaken(Exception):
    """Another process listens on a port of ours."""


@dataclass(frozen=True)
class Ports:
    """The ports of one copy, kept in run/ports.json."""

    path: Path
    seed: int

    @classmethod
    def of(cls, layout: Layout) -> Ports:
        return cls(layout.run / "ports.json", zlib.crc32(str(layout.home.resolve()).encode()))

    def get(self, name: str) -> int:
        """The port of a name, chosen on the first call: free then, and depending on the folder,
        so that two copies differ and one copy gets the same again after `make clean`."""
        with _choosing:
            known = self._read()
            if name not in known:
                known[name] = self._choose(set(known.values()))
                write_whole(self.path, json.dumps(known, indent=2) + "\n")
            return known[name]

    def _read(self) -> dict[str, int]:
        if not self.path.exists():
            return {}
        known: dict[str, int] = json.loads(self.path.read_text())
        return known

    def _choose(self, used: set[int]) -> int:
        span = LAST - FIRST + 1
        start = self.seed % span
        for step in range(span):
            port = FIRST + (start + step) % span
            if port not in used and is_free(port):
                return port
        raise PortTaken(f"no free port between {FIRST} and {LAST}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Does anyone accept connections there?"""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def require_free(port: int, purpose: str) -> None:
    if not is_free(port):
        raise PortTaken(
            f"port {port}, wanted by {purpose}, is held by {holder(port)}; "
            "stop that process, or delete run/ports.json in the state folder to choose new ports"
        )


def holder(port: int) -> str:
    """The pid and command that listen on a port, as far as this user may see them."""
    for connection in psutil.net_connections(kind="tcp"):
        listens_there = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
        if listens_there and connection.pid is not None:
            return describe(connection.pid)
    return "a process that this user may not see"


def describe(pid: int) -> str:
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        command = "its command is not visible"
    return f"pid {pid} ({command[:120]})"
