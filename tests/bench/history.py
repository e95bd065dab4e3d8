"""Years of work in the tables of complaint and protection, made by SQL in minutes.

Of `rows` matters all but the newest 2,000 are closed: what lies in the queues does not grow with
the years. The ids are ordered by time, as UUIDv7 are.
"""

import re
from collections.abc import Sequence

import psycopg

OPEN = 2_000

# The n-th id of a kind: complaints, cases, and all others.
IDS = """
CREATE FUNCTION bench_id(n bigint, kind integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT left(lpad(to_hex(1704067200000 + n * 6), 12, '0'), 8) || '-'
        || right(to_hex(1704067200000 + n * 6), 4)
        || '-7000-800' || kind || '-' || lpad(to_hex(n), 12, '0')
$$
"""
_K, _C, _X = (f"bench_id(n, {kind})" for kind in (1, 2, 3))
_AT = "now() - interval '3 years' * (1 - n / {rows}::float8)"
_IS_OPEN = "n > {rows} - {open}"
# The newest: a third waits in complaint, a third is offered, a third is in work at protection.
_IS_OFFERED = f"({_IS_OPEN} AND n % 3 = 1)"
_IS_TAKEN = f"({_IS_OPEN} AND n % 3 = 2)"
_CLOSED_AT = f"CASE WHEN NOT ({_IS_OPEN}) THEN {_AT} + interval '20 days' END"
_SERIES = "FROM generate_series(1, {rows}) AS n"

_MATTER = f"""
INSERT INTO matter (matter_id, journey_id, kind, custody_no, told_no, holder_service,
                    holder_organisation, holder_unit, stack, children, ground, article, opened_at,
                    held_since, closed_at, traceparent)
SELECT {_K}, {_K}, 'complaint', CASE WHEN {_IS_OFFERED} THEN 2 ELSE 5 END, 5,
       CASE WHEN {_IS_TAKEN} THEN 'protection' ELSE 'complaint' END, 'kp2mi',
       CASE WHEN {_IS_TAKEN} THEN 'pelindungan' ELSE 'layanan_pengaduan' END, '[]', '{{{{}}}}',
       CASE WHEN {_IS_OPEN} THEN '' ELSE 'demand_met' END, '', {_AT}, {_AT}, {_CLOSED_AT},
       '00-' || md5(n::text) || '-00f067aa0ba902b7-01'
{_SERIES}
"""
_OFFER = f"""
INSERT INTO offer (matter_id, offer_no, giver_service, giver_organisation, giver_unit,
                   receiver_service, receiver_organisation, receiver_unit, kind, regulation, state,
                   offered_at, due_at, clock_no, resource_id, ended_at, reply)
SELECT {_K}, 2, 'complaint', 'kp2mi', 'layanan_pengaduan', 'protection', 'kp2mi', 'pelindungan',
       'protection.case', '', CASE WHEN {_IS_OFFERED} THEN 'offered' ELSE 'accepted' END,
       {_AT}, now() + interval '2 years' + interval '1 second' * n, 2,
       CASE WHEN {_IS_OFFERED} THEN '' ELSE {_C} END,
       CASE WHEN NOT {_IS_OFFERED} THEN {_AT} END,
       CASE WHEN {_IS_OFFERED} THEN '' ELSE 'accepted' END
{_SERIES} WHERE NOT ({_IS_OPEN}) OR n % 3 > 0
"""


def _progress(consumer: str, topic: str, key: str, done: int) -> str:
    return f"""
INSERT INTO progress (consumer, topic, key, first_seq, done_seq, last_id)
SELECT '{consumer}', '{topic}', {key}, 1, {done}, {_X} {_SERIES}
"""


def _heads(topic: str, key: str, seq: int, held: str) -> str:
    return f"""
INSERT INTO stream_head (topic, key, seq, open) SELECT '{topic}', {key}, {seq}, {held} {_SERIES}
"""


_NOTES = f"""
INSERT INTO note (note_id, matter_id, text, written_at)
SELECT {_X}::uuid, {_K}, 'Upah tiga bulan belum dibayar (contoh).', {_AT} {_SERIES}
"""
_READS = f"""
INSERT INTO personal_read (read_id, subject_id, caller, rpc, purpose, read_at)
SELECT {_X}::uuid, {_K}, 'officer:bench', 'GetNote', 'to answer', {_AT} {_SERIES}
"""
_SPENT = f"""
INSERT INTO command_spent (caller, rpc, request_id)
SELECT 'officer:bench', 'TriageComplaint', {_X}::uuid {_SERIES}
"""
# Answers are kept for seven days: a part of the years.
_LOG = """
INSERT INTO command_log (caller, rpc, request_id, request_hash, answer, created_at)
SELECT 'officer:bench', 'TriageComplaint', bench_id(n, 4)::uuid, sha256(n::text::bytea), '',
       now() - interval '6 days' * (1 - n / {rows}::float8)
FROM generate_series(1, {rows} / 10) AS n
"""
_TIMERS = f"""
INSERT INTO timer (matter_id, kind, number, due_at, journey_id, headers)
SELECT {_K}, 'handover.lapse', 2, now() + interval '2 years', {_K}, '{{{{}}}}' {_SERIES}
WHERE {_IS_OFFERED}
"""

COMPLAINT = (
    f"""
INSERT INTO complaint (complaint_id, channel, reporter, country, urgent, filed_at, category,
                       severity, triage_no, answered_at, progress, result, ground, closed_at, rank)
SELECT {_K}, 'web', 'worker', 'MYS', false, {_AT}, 'unpaid_wages', n % 4, 2, {_AT}, '', '',
       CASE WHEN {_IS_OPEN} THEN '' ELSE 'demand_met' END, {_CLOSED_AT}, 4 - n % 4
{_SERIES}
""",
    f"""
INSERT INTO particulars (complaint_id, number, secret_hash, narrative)
SELECT {_K}, 'PMI-' || lpad(n::text, 10, '0'), sha256(n::text::bytea),
       'Upah tiga bulan belum dibayar (contoh).'
{_SERIES}
""",
    f"""
INSERT INTO answer (note_id, complaint_id, answered_at) SELECT {_X}::uuid, {_K}, {_AT} {_SERIES}
""",
    _READS,
    _MATTER,
    _OFFER,
    _NOTES,
    _SPENT,
    _LOG,
    _TIMERS,
    _heads("estafet.complaint.v1", _K, 4, "true"),
    _heads("estafet.custody.v1", _K, 5, f"NOT {_IS_TAKEN}"),
    _progress("complaint.custody", "estafet.custody.v1", _K, 5),
    _progress("complaint.reactions", "estafet.protection.v1", _C, 2),
)
PROTECTION = (
    f"""
INSERT INTO known_matter (matter_id, category, severity, triage_no, country, case_id)
SELECT {_K}, 'unpaid_wages', n % 4, 2, 'MYS',
       CASE WHEN {_IS_OPEN} AND n % 3 < 2 THEN '' ELSE {_C} END
{_SERIES}
""",
    f"""
INSERT INTO protection_case (case_id, matter_id, category, severity, country, opened_at, status,
                             outcome, result)
SELECT {_C}, {_K}, 'unpaid_wages', n % 4, 'MYS', {_AT},
       CASE WHEN {_IS_OPEN} THEN 'open' ELSE 'returned' END, '', ''
{_SERIES} WHERE NOT ({_IS_OPEN}) OR n % 3 = 2
""",
    f"""
INSERT INTO commitment (commitment_id, case_id, due_on) SELECT {_X}, {_C}, '2024-05-01' {_SERIES}
""",
    _READS,
    _MATTER,
    _OFFER,
    _NOTES,
    _SPENT,
    _LOG,
    _heads("estafet.protection.v1", _C, 2, "true"),
    _progress("protection.custody", "estafet.custody.v1", _K, 5),
)
HISTORY = {"complaint": COMPLAINT, "protection": PROTECTION}

# Nothing of it needs to survive a crash, and nobody cleans up behind rows that are only added.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
    "shared_buffers": "512MB",
    "max_parallel_workers_per_gather": "0",
    "maintenance_work_mem": "256MB",
}


def tables() -> Sequence[str]:
    """The tables that grow with the years."""
    statements = (*COMPLAINT, *PROTECTION)
    names = (re.search(r"INSERT INTO (\w+)", statement) for statement in statements)
    return sorted({name[1] for name in names if name is not None} - {"timer"})


def fill(dsn: str, service: str, rows: int) -> None:
    """Put the history of so many matters into a service's empty tables."""
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("SET session_replication_role = replica")  # no look-up of foreign keys
        database.execute("LOAD 'auto_explain'")
        database.execute("SET auto_explain.log_min_duration = -1")
        database.execute(IDS.encode())
        for statement in HISTORY[service]:
            with database.transaction():
                database.execute(statement.format(rows=rows, open=OPEN).encode())
        database.execute("VACUUM (FREEZE, ANALYZE)")
        database.execute("CHECKPOINT")
