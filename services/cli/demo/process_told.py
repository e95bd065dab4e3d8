"""What the complaint deputy says itself of its process: its statistics, as an auditor is told them,
and its own books; and where either differs from what the script leads to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from services.cli.demo.door import Door
from services.cli.demo.expected_process import (
    ELSEWHERE,
    OFFERED,
    RECEIVED,
    RETURNED,
    TRIAGED,
    VALIDATION,
    Process,
)
from services.cli.demo.facts import YEAR
from services.cli.environment import settings_of

AUDITOR = "auditor-complaint"
# Where complaint works on it itself. What a ministry gives back to protection leaves no act there.
OWN = (
    *(RECEIVED, VALIDATION, TRIAGED, "consultation", "claim"),
    *("clarification_1", "clarification_2", OFFERED, RETURNED),
)
AWAY = ("handed_over", "watched")
CLOCKS = (
    *("documents", "consultation", "claim", "clarification_1", "clarification_2"),
    *("commitment_1", "commitment_2"),
)

_SESSIONS = "SELECT session, outcome, count(*) FROM clarification GROUP BY 1, 2"
_STATEMENTS = "SELECT count(*) FROM document WHERE kind = 'statement'"
_MINUTES = "SELECT count(*) FROM document WHERE kind = 'minutes'"
_PROMISES = """
    SELECT session, state, count(*)
    FROM clarification_commitment JOIN clarification USING (clarification_id) GROUP BY 1, 2
"""
_SANCTIONS = "SELECT count(*) FROM sanction"
_PLANS = "SELECT count(*) FROM contact_plan JOIN complaint ON complaint_id = recipient"
_MESSAGES = """
    SELECT code, count(*) FROM message JOIN complaint ON complaint_id = recipient GROUP BY 1
"""
# What was told in full where the employer reads along: nothing may be.
_READ_ALONG = """
    SELECT count(*) FROM message JOIN contact_plan USING (recipient)
    WHERE saying = 'full' AND plan -> 'ways' -> 0 ->> 'read_by_employer' = 'true'
"""

Cell = tuple[str, object, int]
Numbers = Counter[tuple[str, object]]


@dataclass
class Books:
    """What complaint's database says. A session that is not held yet has no outcome."""

    sessions: Counter[tuple[int, str]] = field(default_factory=Counter)
    promises: Counter[tuple[int, str]] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    statements: int = 0
    minutes: int = 0
    sanctions: int = 0
    plans: int = 0
    read_along: int = 0


def statistics(door: Door) -> dict[str, Any]:
    """The year's, as an auditor is told them: every number, however small."""
    span = {"filed_from": f"{YEAR}-01-01", "filed_until": f"{YEAR}-12-31"}
    return door.ask("/v1/statistics/complaints", span, AUDITOR)


def books() -> Books:
    """Read them as auditor."""
    url = settings_of("complaint").database_url("complaint", "auditor")
    with psycopg.connect(url.replace("+psycopg", "")) as opened:

        def pairs(query: Any) -> Counter[tuple[int, str]]:
            return Counter({(a, b): n for a, b, n in opened.execute(query).fetchall()})

        def number(query: Any) -> int:
            found = opened.execute(query).fetchone()
            return int(found[0]) if found else 0

        return Books(
            pairs(_SESSIONS),
            pairs(_PROMISES),
            Counter(dict(opened.execute(_MESSAGES).fetchall())),
            number(_STATEMENTS),
            number(_MINUTES),
            number(_SANCTIONS),
            number(_PLANS),
            number(_READ_ALONG),
        )


def numbers(told: Mapping[str, Any]) -> Numbers:
    """What of the statistics is compared."""
    return _added(_of_statistics(told))


def faults(world: Process, found: Numbers, kept: Books, subjects: Sequence[str]) -> Iterator[str]:
    """Every number of the statistics or of the books that is not as the script has it.

    `subjects`: complaint's officers, by their number in the script.
    """
    wanted = _added(_in_statistics(world, subjects))
    yield from _differences("the statistics", found, wanted)
    yield from _differences("complaint's books", _added(_of_books(kept)), _added(_in_books(world)))


def _differences(where: str, found: Numbers, wanted: Numbers) -> Iterator[str]:
    for key in sorted({*found, *wanted}, key=str):
        if found[key] != wanted[key]:
            what = " ".join(map(str, key))
            yield f"{where}: {what} {found[key]}, and the script has {wanted[key]}"


def _added(cells: Iterable[Cell]) -> Numbers:
    added = Numbers()
    for name, key, number in cells:
        added[name, key] += number
    return added


def _number(cell: Mapping[str, Any] | None) -> int:
    return int((cell or {}).get("number", 0))


def _of_statistics(told: Mapping[str, Any]) -> Iterator[Cell]:
    yield from _of_stages(told["stages"])
    for row in told["ends"]:
        if row["code"] not in ("watched", "open"):
            yield "ended", row["code"], _number(row.get("complaints"))
    for row in told["clocks"]:
        if row["clock"] in CLOCKS:
            yield "clocks", row["clock"], _number(row.get("started"))
    for row in told["custodians"]:
        if officer := row["custodian"].get("officer_id"):
            yield "taken", officer, _number(row.get("taken"))
    survey = told["survey"]
    yield "surveys", "all", _number(survey.get("answered"))
    yield "surveys", "solved", _number(survey.get("solved"))


def _of_stages(rows: Iterable[Mapping[str, Any]]) -> Iterator[Cell]:
    """How many are in each stage, and how often one came into it."""
    for row in rows:
        stage, now = row["stage"].removeprefix("STAGE_").lower(), _number(row.get("now"))
        yield "now", ELSEWHERE if stage in AWAY else stage, now
        if stage in OWN:
            yield "visits", stage, _number(row.get("visits")) + now


def _in_statistics(world: Process, subjects: Sequence[str]) -> Iterator[Cell]:
    for stage, number in world.now.items():
        yield "now", stage, number
    for stage in OWN:
        yield "visits", stage, world.visits[stage]
    for ground, number in world.ends.items():
        yield "ended", ground, number
    for clock in CLOCKS:
        yield "clocks", clock, world.clocks[clock]
    for officer, number in world.taken.items():
        yield "taken", subjects[officer], number
    yield "surveys", "all", world.solved.total()
    yield "surveys", "solved", world.solved[True]


def _of_books(kept: Books) -> Iterator[Cell]:
    for (session, outcome), number in kept.sessions.items():
        yield "sessions", (session, outcome), number
    for (session, state), number in kept.promises.items():
        yield "promises", (session, state), number
    for code, number in kept.messages.items():
        yield "messages", code, number
    yield "papers", "statements", kept.statements
    yield "papers", "minutes", kept.minutes
    yield "sanctions recommended by", "complaint", kept.sanctions
    yield "contact plans of", "complainants", kept.plans
    yield "told in full where", "the employer reads along", kept.read_along


def _in_books(world: Process) -> Iterator[Cell]:
    for session, invited in world.invited.items():
        held = sum(n for (of, _), n in world.sessions.items() if of == session)
        yield "sessions", (session, ""), invited - held
    for (session, outcome), number in world.sessions.items():
        yield "sessions", (session, outcome), number
    for (session, state), number in world.promises.items():
        yield "promises", (session, state), number
    for code, number in world.messages.items():
        yield "messages", code, number
    yield "papers", "statements", world.statements
    yield "papers", "minutes", world.sessions.total()
    yield "sanctions recommended by", "complaint", world.recommended
    yield "contact plans of", "complainants", world.plans.total()
