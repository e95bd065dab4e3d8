"""From streams that alarm to alerts: overlapping streams of one cause are one alert.

A complaint is counted in one stream of each family (its country, its category, its regency …), so
that one cause alarms several of them. Two alarms are of one cause if at least half of the cases of
the smaller one are cases of the other, too; what hangs together is one alert, named after the
stream that explains it best.
"""

from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array

NONE = -1
HALF = 0.5


@dataclass(frozen=True)
class Alert:
    """`best`: the stream with the strongest evidence; `streams`: all that are of this cause."""

    best: int
    streams: tuple[int, ...]


def merge(alarm: Array, evidence: Array, complaints: Array) -> list[Alert]:
    """The alerts of a week, the strongest first.

    `alarm`, `evidence` S; `complaints` C x F: of each complaint of the week its stream in each
    family, -1 where it has none there.
    """
    alarming = np.flatnonzero(alarm)
    if len(alarming) < 2:
        return [Alert(int(stream), (int(stream),)) for stream in alarming]
    cases = np.bincount(complaints[complaints >= 0], minlength=len(alarm))
    cause = {int(stream): int(stream) for stream in alarming}
    for (one, other), shared in _shared(alarm, complaints).items():
        if shared >= HALF * min(cases[one], cases[other]):
            _unite(cause, one, other)
    groups: dict[int, list[int]] = {}
    for stream in cause:
        groups.setdefault(_root(cause, stream), []).append(stream)
    alerts = [
        Alert(max(streams, key=lambda stream: (evidence[stream], -stream)), tuple(streams))
        for streams in groups.values()
    ]
    return sorted(alerts, key=lambda alert: (-evidence[alert.best], alert.best))


def _shared(alarm: Array, complaints: Array) -> dict[tuple[int, int], int]:
    """How many complaints each two alarming streams have in common."""
    shared: dict[tuple[int, int], int] = {}
    flags = np.append(alarm, False)
    for row in complaints[flags[complaints].sum(axis=1) > 1]:
        streams = sorted(int(stream) for stream in row if flags[stream])
        for place, one in enumerate(streams):
            for other in streams[place + 1 :]:
                shared[one, other] = shared.get((one, other), 0) + 1
    return shared


def _root(cause: dict[int, int], stream: int) -> int:
    while cause[stream] != stream:
        stream = cause[stream]
    return stream


def _unite(cause: dict[int, int], one: int, other: int) -> None:
    first, second = sorted((_root(cause, one), _root(cause, other)))
    cause[second] = first
