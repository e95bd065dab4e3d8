"""A complaint deputy's years in its database: 1,000,000 complaints, of which 50,000 are open, as a
desk has them: most in one unit, a few units with fifty, officers with forty each, and stages of
which some are rare. Made by SQL; the ids are ordered by time, as UUIDv7 are.
"""

from collections.abc import Mapping

import psycopg

from services.process.calendar import KP2MI
from tests.bench.history import IDS

# How many open complaints there are of each stage in 50,000, whoever holds them.
STAGES: Mapping[str, int] = {
    "received": 5_000,
    "validation": 2_000,
    "triaged": 9_000,
    "consultation": 3_000,
    "claim": 1_500,
    "clarification_1": 400,
    "clarification_2": 40,
    "offered": 6_000,
    "handed_over": 18_000,
    "watched": 60,
    "returned": 5_000,
}
OPEN = sum(STAGES.values())
# One in so many that ended was merged.
MERGED = 200
BUSY_UNIT = "layanan_pengaduan"
SMALL_UNITS = ("coordinator", "ditjen_pelindungan", "menteri")
OF_A_SMALL_UNIT, OF_AN_OFFICER, OFFICERS = 50, 40, 250
HERE = "stage NOT IN ('handed_over', 'watched')"

# Open complaints of a stage are spread over the years' last fifth; `place` numbers those that
# complaint holds.
_CASES = f"""
CREATE UNLOGGED TABLE bench_case AS
WITH stages (stage, upto) AS (VALUES {{stages}}),
numbered AS (
    SELECT n, n <= {{rows}} - {{open}} AS ended, n * 7919::bigint % {{open}} AS spread
    FROM generate_series(1, {{rows}}) AS n
),
staged AS (
    SELECT n, ended, spread,
        CASE WHEN ended THEN CASE WHEN n % {MERGED} = 0 THEN 'merged' ELSE 'closed' END
        ELSE (SELECT s.stage FROM stages s WHERE spread < s.upto ORDER BY s.upto LIMIT 1) END
        AS stage
    FROM numbered
)
SELECT n, bench_id(n, 1) AS id, ended, stage, 4 - (hashint8(n) & 1048575) % 5 AS rank,
    now() - interval '5 years' * (1 - n / {{rows}}::float8) - interval '1 hour' AS filed_at,
    CASE WHEN ended OR {HERE} THEN row_number() OVER (PARTITION BY ended OR {HERE}
        ORDER BY ended, hashint8(n)) END AS place
FROM staged
"""
_COMPLAINTS = """
INSERT INTO complaint (complaint_id, channel, reporter, country, urgent, filed_at, category,
    severity, triage_no, answered_at, progress, result, ground, closed_at, rank, work, merged_into,
    version, clock, clock_from, clock_due_at, clock_step_at, clock_unit, clock_version,
    clock_counts)
SELECT id, 'web', 'worker', 'MYS', rank = 0, filed_at,
    CASE WHEN stage IN ('received', 'validation') THEN '' ELSE 'unpaid_wages' END, 4 - rank,
    CASE WHEN stage IN ('received', 'validation') THEN 0 ELSE 2 END,
    CASE WHEN ended THEN filed_at + interval '19 days' END, '',
    CASE WHEN stage = 'returned' THEN 'settled' ELSE '' END,
    CASE stage WHEN 'closed' THEN 'demand_met' WHEN 'merged' THEN 'merged' ELSE '' END,
    CASE WHEN ended THEN filed_at + interval '20 days' END, rank,
    -- What is handed over for mediation was mostly clarified before.
    CASE WHEN stage IN ('validation', 'consultation', 'claim', 'clarification_1',
        'clarification_2') THEN stage WHEN stage = 'handed_over' AND n % 6 > 0 THEN ''
        WHEN stage = 'handed_over' THEN 'clarification_1' ELSE '' END,
    CASE WHEN stage = 'merged' THEN bench_id(n - 1, 1) ELSE '' END, 3,
    CASE WHEN ended OR stage = 'handed_over' THEN '' ELSE 'distribution' END,
    CASE WHEN NOT ended AND stage <> 'handed_over' THEN {begins} END,
    CASE WHEN NOT ended AND stage <> 'handed_over' THEN {ends} END,
    CASE WHEN NOT ended AND stage <> 'handed_over' THEN {steps} END,
    CASE WHEN ended THEN '' ELSE '{unit}' END, '', '5 working_days'
FROM bench_case
"""
_MATTERS = f"""
INSERT INTO matter (matter_id, journey_id, kind, custody_no, told_no, holder_service,
    holder_organisation, holder_unit, holder_officer_id, stack, children, ground, article,
    opened_at, held_since, closed_at, traceparent)
SELECT id, id, 'complaint', 2, 2,
    CASE stage WHEN 'handed_over' THEN 'protection' WHEN 'watched' THEN 'exchange'
        ELSE 'complaint' END,
    CASE stage WHEN 'watched' THEN 'bpjs' ELSE 'kp2mi' END,
    CASE WHEN stage = 'handed_over' THEN 'pelindungan' WHEN stage = 'watched' THEN ''
        WHEN NOT ended AND place % {{here}} < {len(SMALL_UNITS) * OF_A_SMALL_UNIT}
        THEN (ARRAY[{{units}}])[1 + place % {len(SMALL_UNITS)}]
        ELSE '{BUSY_UNIT}' END,
    CASE WHEN ended OR place BETWEEN 1000 AND {999 + OFFICERS * OF_AN_OFFICER}
        AND {HERE} THEN 'officer:' || n % {OFFICERS} ELSE '' END,
    '[]', '{{{{}}}}', CASE stage WHEN 'closed' THEN 'demand_met' WHEN 'merged' THEN 'merged'
        ELSE '' END, '', filed_at, filed_at,
    CASE WHEN ended THEN filed_at + interval '20 days' END,
    '00-' || md5(n::text) || '-00f067aa0ba902b7-01'
FROM bench_case
"""
_OFFERS = """
INSERT INTO offer (matter_id, offer_no, giver_service, giver_organisation, giver_unit,
    receiver_service, receiver_organisation, receiver_unit, kind, regulation, state, offered_at,
    due_at, clock_no, resource_id, ended_at, reply)
SELECT id, 2, 'complaint', 'kp2mi', 'layanan_pengaduan', 'protection', 'kp2mi', 'pelindungan',
    'protection.case', '', CASE WHEN stage = 'offered' THEN 'offered' ELSE 'accepted' END,
    filed_at, {ends}, 2, CASE WHEN stage = 'offered' THEN '' ELSE bench_id(n, 2) END,
    CASE WHEN stage <> 'offered' THEN filed_at END,
    CASE WHEN stage <> 'offered' THEN 'accepted' ELSE '' END
FROM bench_case WHERE stage IN ('offered', 'handed_over') OR ended AND n % 3 = 0
"""


def fill(dsn: str, rows: int) -> None:
    """Put the caseload into complaint's empty tables; no clock of it has a step to come."""
    upto, stages = 0, list[str]()
    for stage, count in STAGES.items():
        upto += count
        stages.append(f"('{stage}', {upto})")
    here = sum(count for stage, count in STAGES.items() if stage not in ("handed_over", "watched"))
    values = {
        "rows": rows,
        "open": OPEN,
        "here": here,
        "stages": ", ".join(stages),
        "units": ", ".join(f"'{unit}'" for unit in SMALL_UNITS),
        "unit": KP2MI,
        "begins": "filed_at",
        "ends": "filed_at + interval '20 years'",
        "steps": "NULL::timestamptz",
    }
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("SET session_replication_role = replica")  # no look-up of foreign keys
        database.execute(IDS.encode())
        for statement in (_CASES, _COMPLAINTS, _MATTERS, _OFFERS):
            with database.transaction():
                database.execute(statement.format_map(values).encode())
        database.execute("DROP TABLE bench_case")
        database.execute("VACUUM (FREEZE, ANALYZE)")
        database.execute("CHECKPOINT")
