"""Ports: remembered, and named with their holder when they are taken."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.layout import Layout
from infra.local.ports import LOOPBACK, Ports, PortTaken, require_free


def ports_of(home: Path) -> Ports:
    layout = Layout(home)
    layout.make()
    return Ports.of(layout)


def test_a_port_once_chosen_is_remembered(tmp_path: Path) -> None:
    chosen = ports_of(tmp_path).get("kafka")
    assert ports_of(tmp_path).get("kafka") == chosen


def test_every_name_gets_its_own_port(tmp_path: Path) -> None:
    ports = ports_of(tmp_path)
    assert len({ports.get(name) for name in ("postgres", "kafka", "zipkin", "gateway")}) == 4


def test_threads_that_ask_at_once_get_their_own_ports(tmp_path: Path) -> None:
    ports = ports_of(tmp_path)
    names = [f"grpc_{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as parts:
        chosen = list(parts.map(ports.get, names))
    assert len(set(chosen)) == 24
    assert [ports.get(name) for name in names] == chosen


def test_two_copies_get_different_ports(tmp_path: Path) -> None:
    assert ports_of(tmp_path / "a").get("postgres") != ports_of(tmp_path / "b").get("postgres")


def test_a_port_that_someone_holds_is_not_chosen(tmp_path: Path) -> None:
    would_be = ports_of(tmp_path).get("postgres")
    (tmp_path / "run" / "ports.json").unlink()
    with socket.create_server((LOOPBACK, would_be)):
        assert ports_of(tmp_path).get("postgres") != would_be


def test_a_taken_port_names_the_port_and_the_process_that_holds_it() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port}, wanted by kafka.*pid {os.getpid()} \("):
            require_free(port, "kafka")
