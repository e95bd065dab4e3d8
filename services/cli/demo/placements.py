"""The placements of the demo: whole ways of workers to a country, some of them back, and those that
a lock leaves in process.

An agency is not asked for a placement that its lock would stop on the way, so what is published is
placed in full; who is stopped comes besides.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from services.cli.demo.actions import Action
from services.cli.demo.clarifying import RecommendBroken
from services.cli.demo.data_files import HERE, rows, seeded
from services.cli.demo.giving_on import Lock, Recommend
from services.cli.demo.habits import Habits
from services.cli.demo.margins import working_days
from services.cli.demo.placing import (
    ComeBack,
    Depart,
    RegisterAgency,
    ReturnWorker,
    Start,
    Stop,
    TakeWorker,
)
from services.cli.demo.sample import OTHER, government_share, sample
from services.cli.demo.script import Script, merged, working_days_of_both_years
from services.cli.demo.texts import agencies
from services.cli.demo.walk import Deeds, Walk


@dataclass(frozen=True)
class Sanctioned:
    """A lock of the script: the agency, from the day it was recommended to its last day."""

    agency: int
    recommended_on: date
    locked_on: date
    expires_on: date


def with_placements(script: Script, months: Sequence[int], one_in: int, seed: int) -> Script:
    """The script, and beside it the placements of these months and what locks do to workers."""
    placing = _Placing(script, seed)
    deeds = [*placing.agencies(), *placing.left(months, one_in), *placing.in_process()]
    return merged(script, deeds)


def locks_of(script: Script) -> list[Sanctioned]:
    """In order of time."""
    recommended: dict[int, date] = {}
    locks = []
    for day in script.days:
        for deed in day.actions:
            match deed:
                case Recommend(index) | RecommendBroken(index):
                    recommended[index] = day.on
                case Lock(index, agency, expires_on):
                    locks.append(Sanctioned(agency, recommended[index], day.on, expires_on))
    return locks


class _Placing:
    def __init__(self, script: Script, seed: int) -> None:
        self._habits, self._seed = Habits(), seed
        self._days = working_days_of_both_years()
        self._first = script.days[0].on
        self._locks = locks_of(script)
        self._number = 0
        weights = {row["code"]: float(row["weight"]) for row in rows(HERE / "countries.csv")}
        self._countries, self._weights = list(weights), list(weights.values())

    def agencies(self) -> Deeds:
        """Registered on the first day; what needs them comes later."""
        return [(self._first, RegisterAgency(number)) for number in range(len(agencies()))]

    def left(self, months: Sequence[int], one_in: int) -> Iterator[tuple[date, Action]]:
        """The sample of those who left."""
        drawn = sample(one_in, self._seed)
        listed = {country for _, country in drawn}
        for month, country in drawn:
            if month in months:
                rng = seeded(self._seed, "placement", one_in, self._number)
                named = country if country != OTHER else self._other_than(listed, rng)
                yield from self._leaves(month, named, rng)

    def _other_than(self, listed: set[str], rng: Random) -> str:
        while (country := rng.choices(self._countries, self._weights)[0]) in listed:
            pass
        return country

    def _leaves(self, month: int, country: str, rng: Random) -> Deeds:
        """The first working day is left to the agencies."""
        places, number = self._habits.placements, self._next()
        leaves_on = rng.choice([day for day in working_days(month) if day > self._first])
        lowest, highest = places["begins_before"]
        leaves = bisect_left(self._days, leaves_on)
        begins = max(leaves - rng.randint(lowest, highest), self._day_after(self._first))
        span = self._days[begins], leaves_on
        walk = self._walk(span[0], rng)
        walk.do(Start(number, self._free_agency(*span, rng), country))
        walk.at = leaves
        walk.do(Depart(number))
        if rng.random() * 100 < places["come_home_percent"]:
            walk.at += rng.randint(*places["come_home_after"])
            walk.do(ComeBack(number))
        return walk.deeds

    def _free_agency(self, begins_on: date, leaves_on: date, rng: Random) -> int | None:
        """One that no lock concerns on the way; the government where there is none."""
        if rng.random() < government_share():
            return None
        locked = {
            lock.agency
            for lock in self._locks
            if lock.locked_on <= leaves_on and begins_on <= lock.expires_on
        }
        free = [number for number in range(len(agencies())) if number not in locked]
        return rng.choice(free) if free else None

    def in_process(self) -> Iterator[tuple[date, Action]]:
        """Workers whom a lock leaves in process, where no other lock of the agency is near; those
        of one lock go the same way on the same days."""
        for lock in filter(self._is_alone, self._locks):
            for _ in range(self._habits.further["in_process"]):
                rng = seeded(self._seed, "in process", lock.agency, lock.locked_on)
                yield from self._is_stopped(lock, rng)

    def _is_stopped(self, lock: Sanctioned, rng: Random) -> Deeds:
        """Begun before the decision; protection looks after the worker, who is then free to go."""
        number, country = self._next(), rng.choices(self._countries, self._weights)[0]
        walk = self._walk(self._days[self._day_after(lock.recommended_on)], rng)
        walk.do(Start(number, lock.agency, country))
        walk.at = bisect_left(self._days, lock.locked_on)
        walk.wait("take_worker")
        walk.do(TakeWorker(number))
        walk.wait("return_worker")
        walk.do(ReturnWorker(number, "settled"))
        walk.do(Stop(number, "agency_locked"))
        return walk.deeds

    def _is_alone(self, lock: Sanctioned) -> bool:
        """Whether all of it ends before another lock of the agency, and begins after."""
        of_agency = [other for other in self._locks if other.agency == lock.agency]
        return not any(
            other is not lock
            and other.locked_on <= lock.expires_on
            and lock.recommended_on <= other.expires_on
            for other in of_agency
        )

    def _walk(self, begins_on: date, rng: Random) -> Walk:
        return Walk(self._days, begins_on, self._habits, rng, gravest=False)

    def _day_after(self, day: date) -> int:
        return bisect_left(self._days, day) + 1

    def _next(self) -> int:
        self._number += 1
        return self._number
