"""The proxy by which faults of a network are made does to a link what it says."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from infra.local.ports import LOOPBACK
from tests.support.tcp_proxy import TcpProxy, why_no_silence

ECHO = b"ping"
SOON = 0.2
NO_SILENCE = why_no_silence()
needs_silence = pytest.mark.skipif(bool(NO_SILENCE), reason=NO_SILENCE)


@pytest.fixture
def proxy() -> Iterator[TcpProxy]:
    """A proxy before somebody who says again what he hears."""
    with socket.create_server((LOOPBACK, 0)) as target, socket.create_server((LOOPBACK, 0)) as free:
        threading.Thread(target=echo, args=(target,), daemon=True).start()
        port = free.getsockname()[1]
        free.close()
        with TcpProxy(port, target.getsockname()[1]) as running:
            yield running


def echo(listener: socket.socket) -> None:
    while True:
        try:
            taken, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=repeat, args=(taken,), daemon=True).start()


def repeat(taken: socket.socket) -> None:
    with taken, contextlib.suppress(ConnectionResetError):
        while heard := taken.recv(100):
            taken.sendall(heard)


def connected(proxy: TcpProxy, seconds: float = 5.0) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=seconds)


def asked(link: socket.socket) -> bytes:
    link.sendall(ECHO)
    return link.recv(100)


def test_bytes_pass_and_take_longer_when_it_is_slow(proxy: TcpProxy) -> None:
    with connected(proxy) as link:
        assert asked(link) == ECHO
        proxy.slow(SOON)
        began = time.monotonic()
        assert asked(link) == ECHO
        assert time.monotonic() - began >= SOON


def test_when_it_is_cut_links_are_reset_and_new_ones_refused(proxy: TcpProxy) -> None:
    with connected(proxy) as link:
        assert asked(link) == ECHO
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            link.recv(100)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.heal()
    with connected(proxy) as link:
        assert asked(link) == ECHO


@needs_silence
def test_a_silence_that_ends_in_time_costs_nothing(proxy: TcpProxy) -> None:
    with connected(proxy) as link:
        assert asked(link) == ECHO
        proxy.fall_silent()
        link.sendall(ECHO)
        link.settimeout(SOON)
        with pytest.raises(TimeoutError):
            link.recv(100)
        with pytest.raises(TimeoutError):
            connected(proxy, SOON)
        proxy.heal()
        link.settimeout(5.0)
        assert link.recv(100) == ECHO


@needs_silence
def test_the_kernel_of_a_caller_gives_up_a_link_that_is_silent(proxy: TcpProxy) -> None:
    with connected(proxy) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 300)
        proxy.fall_silent()
        link.sendall(ECHO)
        with pytest.raises(TimeoutError, match="Connection timed out"):
            link.recv(100)


def test_one_that_hangs_takes_links_and_never_answers(proxy: TcpProxy) -> None:
    proxy.hang()
    with connected(proxy) as link:
        link.settimeout(SOON)
        link.sendall(ECHO)
        with pytest.raises(TimeoutError):
            link.recv(100)
        proxy.heal()
        with pytest.raises(ConnectionResetError):
            link.recv(100)
