"""Open complaints as complaint's own commands leave them, thousands at once by SQL."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from tests.bench.history import IDS

HERE = "'complaint', 'kp2mi', 'layanan_pengaduan'"
_SERIES = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n"
_COMPLAINT = f"""
INSERT INTO complaint (complaint_id, channel, reporter, country, urgent, filed_at, category,
    severity, triage_no, answered_at, rank, version, clock, clock_from, clock_due_at,
    clock_step_at, clock_unit, clock_counts)
SELECT bench_id(n, 1), 'web', 'worker', 'MYS', false, %(filed_at)s, 'unpaid_wages', 2, 1,
    %(filed_at)s, 2, 2, %(clock)s, %(filed_at)s, %(due_at)s, %(step_at)s, 'kp2mi',
    '5 working_days'
{_SERIES}
"""
_MATTER = f"""
INSERT INTO matter (matter_id, journey_id, kind, custody_no, told_no, holder_service,
    holder_organisation, holder_unit, stack, children, opened_at, held_since, traceparent)
SELECT bench_id(n, 1), bench_id(n, 1), 'complaint', %(custody_no)s, %(custody_no)s, {HERE}, '[]',
    '{{}}', %(filed_at)s, %(filed_at)s, '00-' || md5(n::text) || '-00f067aa0ba902b7-01'
{_SERIES}
"""
_HEADS = f"""
INSERT INTO stream_head (topic, key, seq, open)
SELECT topic, bench_id(n, 1), seq, true {_SERIES},
    (VALUES ('estafet.complaint.v1', 2), ('estafet.custody.v1', %(custody_no)s)) AS h (topic, seq)
"""
_PROGRESS = f"""
INSERT INTO progress (consumer, topic, key, first_seq, done_seq, last_id)
SELECT 'complaint.custody', 'estafet.custody.v1', bench_id(n, 1), 1, %(custody_no)s, bench_id(n, 3)
{_SERIES}
"""
_OFFER = f"""
INSERT INTO offer (matter_id, offer_no, giver_service, giver_organisation, giver_unit,
    receiver_service, receiver_organisation, receiver_unit, kind, state, offered_at, due_at,
    clock_no)
SELECT bench_id(n, 1), 2, {HERE}, 'protection', 'kp2mi', 'pelindungan', 'protection.case',
    'offered', %(filed_at)s, %(due_at)s, 2
{_SERIES}
"""
_TIMER = f"""
INSERT INTO timer (matter_id, kind, number, due_at, journey_id, headers)
SELECT bench_id(n, 1), 'handover.lapse', 2, %(due_at)s, bench_id(n, 1), '{{}}' {_SERIES}
"""


@dataclass(frozen=True)
class Clock:
    """A clock that runs: since when, until when, and when its next step is due."""

    name: str
    begins: datetime
    ends: datetime
    step_at: datetime | None = None


def make(dsn: str, first: int, count: int, clock: Clock, *, offered: bool = False) -> list[str]:
    """Complaints that are triaged, or on offer to protection since; their ids."""
    values = {
        "first": first,
        "last": first + count - 1,
        "filed_at": clock.begins,
        "due_at": clock.ends,
        "step_at": clock.step_at,
        "clock": clock.name,
        "custody_no": 2 if offered else 1,
    }
    further = (_OFFER, _TIMER) if offered else ()
    with psycopg.connect(dsn) as database:
        database.execute(IDS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").encode())
        for statement in (_COMPLAINT, _MATTER, _HEADS, _PROGRESS, *further):
            database.execute(statement.encode(), values)
        found = database.execute(f"SELECT bench_id(n, 1) {_SERIES}".encode(), values)
        ids = [str(row[0]) for row in found]
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")
    return ids


def appoint(dsn: str, officer_ids: list[str]) -> None:
    """Have officers work for the unit that holds all these."""
    with psycopg.connect(dsn) as database:
        for officer_id in officer_ids:
            database.execute(
                "INSERT INTO officer (officer_id, unit, appointed_at)"
                " VALUES (%s, 'layanan_pengaduan', now())",
                (officer_id,),
            )
