"""Zipkin: the pages in which traces are read. It keeps the newest spans in memory; the receiver
keeps all of them."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from infra.local.jars import jar_path
from infra.local.java import java
from infra.local.loopback import is_healthy
from infra.local.ports import LOOPBACK
from infra.local.processes import Program

MAX_SPANS = 60_000


@dataclass(frozen=True)
class Zipkin:
    """The trace pages of a copy."""

    port: int

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def program(self) -> Program:
        return Program(
            name="zipkin",
            command=[
                # Nobody waits for a page as others wait for their work.
                *("nice", "-n", "10"),
                *java(heap_megabytes=160),
                # Its own DNS client would hold a UDP socket on every address.
                "-Dcom.linecorp.armeria.useJdkDnsResolver=true",
                *("-jar", str(jar_path("zipkin"))),
                f"--armeria.ports[0].ip={LOOPBACK}",
                f"--armeria.ports[0].port={self.port}",
                "--armeria.ports[0].protocols[0]=http",
                f"--zipkin.storage.mem.max-spans={MAX_SPANS}",
                "--zipkin.internal.actuator.enabled=false",
                "--zipkin.collector.grpc.enabled=false",
            ],
            is_ready=lambda: is_healthy(f"{self.url}/health"),
            listens=[self.port],
            stop_signal=signal.SIGKILL,  # it has nothing to save, and takes seconds to say goodbye
        )
