"""Processes in a home that this checkout does not know any more, by their pid files."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from infra.local.layout import Layout
from infra.local.processes import Process, Program


def leftovers(layout: Layout, known: AbstractSet[str]) -> list[Process]:
    names = sorted(path.stem for path in layout.run.glob("*.pid"))
    return [
        Process(Program(name=name, command=(), is_ready=lambda: False), layout)
        for name in names
        if name not in known
    ]


def stop_leftovers(layout: Layout, known: AbstractSet[str]) -> None:
    for process in leftovers(layout, known):
        process.stop()
