"""Blocks that every statement touches at 10,000,000 matters and at 10,000: by name only.

The statements are those that PostgreSQL has seen while people and the services did everything that
they do: nobody has chosen them. BENCH_GROWTH_ROWS is another number than 10,000,000.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import mean

import psycopg

from infra.local import applications
from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.stack import INFRASTRUCTURE, Stack
from tests.bench import history, plans
from tests.bench.figures import Figure, at_most
from tests.bench.plans import Statement
from tests.journeys.people import Person
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.superuser import superuser_dsn
from tests.support.waiting import until

FEW, MANY = 10_000, int(os.environ.get("BENCH_GROWTH_ROWS", "10000000"))
SERVICES = ("complaint", "protection")
STORIES = 8
BYTES_A_MATTER = 5_500
STAGES = ("RECEIVED", "TRIAGED", "OFFERED", "HANDED_OVER", "RETURNED", "CLOSED")
STATUSES = ("PENDING", "OPEN", "RETURNED", "VOID")
INDEXES = """
SELECT c.relname, t.relname, (bt_metap(c.oid::regclass::text)).level
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'i'
"""


@dataclass
class Grown:
    """What was seen at one size."""

    statements: dict[tuple[str, str], Statement]
    levels: dict[str, int]


def measure() -> Sequence[Figure]:
    """Both sizes, each in a stack of its own."""
    # A table of a hundred pages is best read as a whole, which says nothing about growth: where it
    # is small the planner may not, so that the same plans are compared.
    few, many = _at(FEW, scans="off"), _at(MANY)
    growth = {index: many.levels[index] - level for index, level in few.levels.items()}
    both = sorted(few.statements.keys() & many.statements.keys())
    pairs = [(few.statements[key], many.statements[key]) for key in both]
    grows = set(history.tables())
    # The others look at what is under way: outbox, parked, ticks.
    ratios = [_ratio(small, large, growth) for small, large in pairs if large.tables & grows]
    _show(pairs, growth)
    scanned = [
        (each.service, table) for each in many.statements.values() for table in each.scanned & grows
    ]
    return [
        Figure(
            f"blocks of all statements, {MANY:,} to {FEW:,}",
            sum(large.usual_blocks for _, large in pairs)
            / sum(small.usual_blocks for small, _ in pairs),
            "x",
            at_most(1.5),
        ),
        Figure(
            "blocks of the statement that grew most, without new levels of indexes",
            max(ratios),
            "x",
            at_most(1.5),
            tuple(ratios),
        ),
        Figure("sequential scans of tables that grow", len(set(scanned)), "", at_most(0)),
        Figure("statements", len(pairs), ""),
        Figure(f"blocks per statement at {FEW:,}", mean(s.usual_blocks for s, _ in pairs), ""),
        Figure(f"blocks per statement at {MANY:,}", mean(b.usual_blocks for _, b in pairs), ""),
    ]


def _ratio(small: Statement, large: Statement, growth: Mapping[str, int]) -> float:
    """A B-tree of a thousand times as many rows has one or two levels more, and each descent reads
    one block of each: these are counted apart."""
    return (large.usual_blocks - large.extra_levels(growth)) / max(small.usual_blocks, 1.0)


def _show(pairs: Sequence[tuple[Statement, Statement]], growth: Mapping[str, int]) -> None:
    ordered = sorted(pairs, key=lambda pair: -_ratio(pair[0], pair[1], growth))
    for small, large in ordered:
        ratio = _ratio(small, large, growth)
        counts = f"{small.usual_blocks:8.1f} {large.usual_blocks:8.1f}"
        scans = f" scans {sorted(large.scanned)}" if large.scanned else ""
        print(f"{ratio:6.2f} {counts} {large.service:10} {large.text[:120]}{scans}")


def _at(rows: int, scans: str = "on") -> Grown:
    BUILD.mkdir(exist_ok=True)
    need = rows * BYTES_A_MATTER
    if shutil.disk_usage(BUILD).free < need * 1.2:
        raise OSError(f"{rows} matters take {need / 1e9:.0f} GB: there is no room for them")
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(
            Path(home),
            discover().services,
            INFRASTRUCTURE,
            postgres_settings={**history.QUICK, **plans.SETTINGS, "enable_seqscan": scans},
        ) as stack,
    ):
        stack.estafet("migrate")
        stack.estafet("topics", "apply")
        for service in SERVICES:
            history.fill(superuser_dsn(stack, service), service, rows)
        log = stack.layout.log("postgres")
        start = log.stat().st_size
        for service in SERVICES:
            stack.run(stack.service_program(service))
        stack.run(applications.gateway(stack.ports.get("gateway"), stack.environment("gateway")))
        everything(stack)
        indexes, levels = _indexes(stack)
        found = plans.statements(log, start, indexes)
    own = [each for each in found if "bench" not in each.text]
    return Grown({(each.service, each.text): each for each in own}, levels)


def _indexes(stack: Stack) -> tuple[dict[str, list[str]], dict[str, int]]:
    """The indexes of each table, and the levels of each index."""
    of_table: dict[str, list[str]] = {}
    levels: dict[str, int] = {}
    for service in SERVICES:
        with psycopg.connect(superuser_dsn(stack, service), autocommit=True) as database:
            database.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
            for index, table, level in database.execute(INDEXES.encode()):
                of_table.setdefault(table, [])
                if index not in of_table[table]:
                    of_table[table].append(index)
                levels[index] = max(level, levels.get(index, 0))
    return of_table, levels


def everything(stack: Stack) -> None:
    """What people do, some of it with complaints of long ago, and what happens by itself."""
    relay = Relay(stack)
    for _ in range(STORIES):
        _whole_story(relay)
    for _ in range(STORIES):
        _turned_down(relay)
    for _ in range(STORIES):
        _read(relay)
    _lapse(relay)


def _whole_story(relay: Relay) -> None:
    story = Story(relay).file().triage().offer()
    story.offer_act("ask", text="which months?", answer_within_days=5)
    asked = until(lambda: story.seen()["question_note_id"])
    question = f"/v1/protection/matters/{story.complaint_id}/notes/{asked}"
    story.complaint_officer.get(question, purpose="to answer it")
    story.complaint_act("clarify", text="three months")
    answered = until(lambda: (story.queued() or {}).get("answer_note_id"))
    answer = f"/v1/complaints/{story.complaint_id}/notes/{answered}"
    story.case_officer.get(answer, purpose="to decide")
    story.accept()
    promised = {"due_on": "2027-05-01"}
    story.case_act("mediate", outcome="MEDIATION_OUTCOME_AGREED", text="said", commitment=promised)
    story.case_act("return", result="settled", text="paid")
    story.wait_for_stage("RETURNED")
    story.complaint_act("answer", text="you are paid")
    story.complaint_act("close", ground="demand_met")
    story.complaint_act("reopen", code="not_satisfied")


def _turned_down(relay: Relay) -> None:
    story = Story(relay).file().triage().offer()
    story.offer_act("decline", code="not_ours", text="another unit does this")
    story.wait_for_stage("TRIAGED")
    story.offer().complaint_act("withdraw")


def _read(relay: Relay) -> None:
    story = Story(relay).file()
    clerk, officer = story.complaint_officer, story.case_officer
    _two_pages(clerk, "/v1/complaints")
    for stage in STAGES:
        _two_pages(clerk, "/v1/complaints", stage=f"STAGE_{stage}")
    _two_pages(officer, "/v1/protection/cases")
    for status in STATUSES:
        _two_pages(officer, "/v1/protection/cases", status=f"CASE_STATUS_{status}")
    _two_pages(officer, "/v1/protection/offers")
    for complaint_id, case_id in _long_ago(relay):
        clerk.get(f"/v1/complaints/{complaint_id}", purpose="to answer")
        clerk.get(f"/v1/complaints/{complaint_id}/status", language="id")
        officer.get(f"/v1/protection/cases/{case_id}")
    token = relay.person().post("/v1/access", number=story.number, secret=story.secret)["token"]
    relay.person(token).get(f"/v1/complaints/{story.complaint_id}/status")


def _two_pages(person: Person, path: str, **wanted: str) -> None:
    following = person.get(path, page_size="50", **wanted)["next_page_token"]
    if following:
        person.get(path, page_size="50", page_token=following, **wanted)


def _long_ago(relay: Relay) -> list[tuple[str, str]]:
    wanted = "SELECT matter_id, case_id FROM known_matter ORDER BY matter_id OFFSET 500 LIMIT 3"
    return [(row["matter_id"], row["case_id"]) for row in relay.rows("protection", wanted)]


def _lapse(relay: Relay) -> None:
    """Offers that nobody answers, until their clocks are over."""
    stories = [Story(relay).file().triage().offer() for _ in range(STORIES)]
    relay.clock.advance_to(relay.clock.now() + timedelta(days=90))
    until(lambda: all(story.status()["stage"] != "STAGE_OFFERED" for story in stories))
