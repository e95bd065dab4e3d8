"""The one statement of the statistics; `statistics_store` says what its rows are.

Complaints are numbered (`n`), so that sorting compares numbers; `at, id` is the order of what
happened to one.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.complaint.categories import INFORMATION
from services.complaint.queues import stage_in_sql
from services.complaint.sanction import CLOCK as SANCTION_OFFER
from services.complaint.status import MINISTRIES, SERVICE, Stage
from services.complaint.store import complaint
from services.handover.custody import OfferState
from services.handover.store import matter

# Jakarta has had no other time since 1964, and an interval is faster than a zone's name.
_JAKARTA = "AT TIME ZONE INTERVAL '+07:00'"
# What parts the four words of a custodian; no id or code has it.
_BAR = "'|'"
# The order of what happened to one complaint.
_W = "(PARTITION BY n ORDER BY at, id)"
_MOVES = "('ExtendOffer', 'ExtendClock', 'recounted')"
_ENDS = "('CloseComplaint', 'MergeComplaint')"
_REOPENS = "('ReopenComplaint', 'SeparateComplaint')"
_LEFT = "officer_left"
# Done in one stage, and of no clock; what an agency does names where its invitation stood.
_IDLE = (
    "('AnswerComplaint', 'LinkPerson', 'UnlinkPerson', 'AnswerSurvey', 'miss',"
    " 'AnswerInvitation', 'AskAnotherDate', 'ObjectToInvitation', 'AddFile')"
)


def _raw(text: str) -> sa.ColumnElement[bool]:
    """A condition with parameters of the whole statement."""
    return sa.literal_column(text, sa.Boolean())


_chosen = (
    sa.select(
        complaint.c.complaint_id,
        complaint.c.filed_at,
        complaint.c.closed_at,
        complaint.c.ground,
        complaint.c.answered_at.is_not(None).label("answered"),
        stage_in_sql.label("stage"),
        matter.c.holder_service,
        matter.c.holder_organisation,
        matter.c.holder_unit,
        matter.c.holder_officer_id,
        _raw(f"complaint.category <> '{INFORMATION}' OR :category = '{INFORMATION}'").label("asks"),
    )
    .join(matter, matter.c.matter_id == complaint.c.complaint_id)
    .where(
        _raw("complaint.filed_at >= :begins AND complaint.filed_at < :ends"),
        _raw("(:category = '' OR complaint.category = :category)"),
        _raw("(:country = '' OR complaint.country = :country)"),
        _raw(
            f"(:unit = '' OR :unit = CASE WHEN matter.holder_service = '{SERVICE}'"
            " THEN matter.holder_unit ELSE matter.stack -> 0 ->> 'unit' END)"
        ),
    )
)
_CHOSEN = str(
    _chosen.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
).replace("%%", "%")


def _ordinal(at: str) -> str:
    """The number of the working day on which something counts as having happened."""
    return f"(:ordinals)[({at} {_JAKARTA} + :after)::date - :first + 1]"


def _days(since: str, until: str) -> str:
    """The days between two instants, as the law counts where a complaint stood."""
    return f"""
        CASE WHEN stage = ANY(:working) THEN {_ordinal(until)} - {_ordinal(since)}
        ELSE ({until} {_JAKARTA})::date - ({since} {_JAKARTA})::date END
    """


_SQL = f"""
WITH chosen AS MATERIALIZED ({_CHOSEN}),
cohort AS MATERIALIZED (
    SELECT row_number() OVER () AS n, * FROM chosen WHERE asks
),
written AS MATERIALIZED (
    SELECT n, complaint_id, stage, holder_service, holder_unit, holder_officer_id
    FROM cohort WHERE EXISTS (
        SELECT FROM act WHERE matter_id = complaint_id AND action = 'FileComplaint'
    )
),
event AS MATERIALIZED (
    SELECT n, stage, acted_at AS at, act_id AS id, action, state, actor, reason, clock, due_at,
           officer_id, '' AS service, '' AS organisation
    FROM act JOIN written ON complaint_id = matter_id
    WHERE action NOT IN {_IDLE} OR state IN ('{Stage.HANDED_OVER}', '{Stage.WATCHED}')
    UNION ALL
    SELECT n, stage, ended_at, '', 'accepted',
           CASE giver_service WHEN '{SERVICE}' THEN '{Stage.OFFERED}'
               WHEN '{MINISTRIES}' THEN '{Stage.WATCHED}' ELSE '{Stage.HANDED_OVER}' END,
           '', '', '', NULL, '', receiver_service, receiver_organisation
    FROM offer JOIN written ON complaint_id = matter_id
    WHERE state = '{OfferState.ACCEPTED}'
),

-- Stages: what follows an event is where the complaint stood before the next one.
followed AS (
    SELECT n, at, id, state, coalesce(lead(state) OVER {_W}, stage) AS stage FROM event
),
visit AS MATERIALIZED (
    SELECT stage, at AS since, lead(at) OVER {_W} AS until FROM followed WHERE state <> stage
),

-- Clocks: one runs until another is started, the complaint ends or somebody takes it over. That of
-- a recommended sanction is of a matter of its own.
bounds AS (
    SELECT n, at AS since, action, clock, due_at,
           lead(at) OVER {_W} AS until,
           lead(action = 'not_accepted' AND reason = '{OfferState.LAPSED}') OVER {_W} AS has_lapsed
    FROM event
    WHERE action IN ({_ENDS[1:-1]}, 'accepted')
        OR (due_at IS NOT NULL AND action NOT IN ({_MOVES[1:-1]}) AND clock <> '{SANCTION_OFFER}')
),
moved AS (
    SELECT DISTINCT ON (n, since) n, since, event.due_at,
           bool_or(event.action <> 'recounted') OVER (PARTITION BY n, since) AS extended
    FROM bounds JOIN event USING (n)
    WHERE event.action IN ({_MOVES[1:-1]})
        AND at >= since AND (at < until OR until IS NULL)
    ORDER BY n, since, at DESC, id DESC
),
ended AS (
    SELECT n, clock, since, until, has_lapsed, coalesce(moved.due_at, bounds.due_at) AS due_at,
           coalesce(extended, false) AS extended
    FROM bounds LEFT JOIN moved USING (n, since)
    WHERE action NOT IN ({_ENDS[1:-1]}, 'accepted')
),
asked AS (
    SELECT n FROM offer JOIN written ON complaint_id = matter_id
    WHERE state = '{OfferState.ASKED}'
),
judged AS MATERIALIZED (
    SELECT n, clock, extended, since, least(until, due_at) AS at,
           CASE WHEN clock = ANY(:receivers) AND until IS NOT NULL
                   THEN CASE WHEN has_lapsed THEN 'broken' ELSE 'kept' END
               WHEN clock = ANY(:receivers) AND n IN (SELECT n FROM asked) THEN 'kept'
               WHEN coalesce(until, :now) >= due_at THEN 'broken'
               WHEN until IS NULL THEN 'running' ELSE 'kept' END AS outcome
    FROM ended
),

-- Custodians: an act names the unit or the officer; what it does not name stays. An act of taking
-- of an earlier release has its officer as the actor only, one of assigning has none.
named AS (
    SELECT n, at, id, action, service, organisation,
           CASE WHEN action = 'FileComplaint' THEN :here
               WHEN action = 'AssignComplaint' AND reason <> '{_LEFT}' THEN reason END AS unit,
           CASE action WHEN 'TakeComplaint' THEN actor
               WHEN 'FileComplaint' THEN '' WHEN 'AssignComplaint' THEN officer_id END AS officer
    FROM event WHERE action IN
        ('FileComplaint', 'TakeComplaint', 'AssignComplaint', 'given_back', 'accepted')
    UNION ALL
    SELECT n, ended_at, '', 'lapsed', '', '', :coordinator, ''
    FROM (
        SELECT n, ended_at, giver_service,
               row_number() OVER (PARTITION BY n ORDER BY offer_no) AS lapses
        FROM offer JOIN written ON complaint_id = matter_id WHERE state = '{OfferState.LAPSED}'
    ) lapsed WHERE lapses >= :lapses AND giver_service = '{SERVICE}'
),
placed AS (
    SELECT *, lpad((row_number() OVER {_W})::text, 9, '0') COLLATE "C" AS place FROM named
),
filled AS (
    SELECT n, at, id, action, service, organisation, lead(at) OVER {_W} IS NULL AS is_last,
           substr(max(place || unit) OVER {_W}, 10) AS unit,
           substr(max(place || officer) OVER {_W}, 10) AS officer
    FROM placed
),
holder AS (
    SELECT n, at, id,
           CASE WHEN action = 'accepted' THEN concat_ws({_BAR}, service, organisation, '', '')
               WHEN is_last AND holder_service = '{SERVICE}' THEN
                   concat_ws({_BAR}, '{SERVICE}', :organisation, holder_unit, holder_officer_id)
               ELSE concat_ws({_BAR}, '{SERVICE}', :organisation, unit, officer) END AS party
    FROM filled JOIN written USING (n)
),
passed AS (
    SELECT *, party IS DISTINCT FROM lag(party) OVER {_W} AS is_new FROM holder
),
holding AS MATERIALIZED (
    -- What was given on in the same instant, as what comes back to whoever has left, nobody held.
    SELECT * FROM (
        SELECT n, party, at AS since, lead(at) OVER {_W} AS until FROM passed WHERE is_new
    ) every WHERE until > since OR until IS NULL
),
duty AS (
    SELECT party, outcome
    FROM judged JOIN holding USING (n)
    WHERE outcome <> 'running' AND clock <> ALL(:receivers) AND clock <> ALL(:complainants)
        AND holding.since < judged.at AND (until >= judged.at OR until IS NULL)
    UNION ALL
    SELECT concat_ws({_BAR}, receiver_service, receiver_organisation, '', ''), outcome
    FROM judged JOIN written USING (n)
    JOIN offer ON matter_id = complaint_id AND giver_service = '{SERVICE}'
        AND offered_at <= since AND (ended_at > since OR ended_at IS NULL)
    WHERE outcome <> 'running' AND clock = ANY(:receivers)
)
"""

_ROWS = f"""
SELECT 'cohort' AS section, 'complaints' AS a, '' AS b, '' AS c, 0 AS days, count(*) AS n
FROM cohort
UNION ALL
SELECT 'cohort', 'information', '', '', 0, count(*) FROM chosen WHERE NOT asks
UNION ALL
SELECT 'cohort', 'without_history', '', '', 0,
       (SELECT count(*) FROM cohort) - (SELECT count(*) FROM written)
UNION ALL
SELECT 'cohort', 'selesai', '', '', 0, count(*) FROM chosen
WHERE closed_at IS NOT NULL OR stage = '{Stage.WATCHED}'
UNION ALL
SELECT 'cohort', 'press', '', '', 0, count(*) FROM chosen
WHERE closed_at < :ends AND ground = 'demand_met'
UNION ALL
SELECT 'end', CASE WHEN stage IN ('{Stage.MERGED}', '{Stage.WATCHED}') THEN stage
           WHEN closed_at IS NULL THEN 'open' ELSE ground END,
       CASE WHEN answered THEN 'answered' ELSE '' END, '', 0, count(*)
FROM cohort GROUP BY 2, 3
UNION ALL
SELECT 'reopened', clock, '', '', 0, count(DISTINCT n)
FROM (
    SELECT n, action, clock, lead(action) OVER {_W} AS following
    FROM event WHERE action IN ({_ENDS[1:-1]}, {_REOPENS[1:-1]})
) e WHERE action IN {_ENDS} AND following IN {_REOPENS} GROUP BY 2
UNION ALL
SELECT 'now', stage, '', '', 0, count(*) FROM cohort GROUP BY 2
UNION ALL
SELECT 'visit', stage, '', '', {_days("since", "until")}, count(*)
FROM visit WHERE until IS NOT NULL AND stage NOT IN ('{Stage.CLOSED}', '{Stage.MERGED}')
GROUP BY 2, 5
UNION ALL
SELECT 'running_visit', stage, '', '', {_days("since", ":now")}, count(*)
FROM visit WHERE until IS NULL AND stage NOT IN ('{Stage.CLOSED}', '{Stage.MERGED}')
GROUP BY 2, 5
UNION ALL
SELECT 'run', clock, outcome, CASE WHEN extended THEN 'extended' ELSE '' END, 0, count(*)
FROM judged GROUP BY 2, 3, 4
UNION ALL
SELECT 'held', CASE holder_service
           WHEN '{SERVICE}' THEN concat_ws({_BAR}, holder_service, holder_organisation,
               holder_unit, holder_officer_id)
           ELSE concat_ws({_BAR}, holder_service, holder_organisation, '', '') END,
       '', '', 0, count(*)
FROM cohort WHERE closed_at IS NULL GROUP BY 2
UNION ALL
SELECT 'taken', party, '', '', 0, count(*) FROM holding GROUP BY party
UNION ALL
SELECT 'given_on', party, '', '', 0, count(*) FROM holding WHERE until IS NOT NULL GROUP BY party
UNION ALL
SELECT 'stay', party, '', '', (until {_JAKARTA})::date - (since {_JAKARTA})::date, count(*)
FROM holding WHERE until IS NOT NULL GROUP BY party, 5
UNION ALL
SELECT outcome, party, '', '', 0, count(*) FROM duty GROUP BY outcome, party
UNION ALL
SELECT 'ends_on', CASE WHEN closed_at IS NULL THEN 'open' WHEN ground = 'demand_met' THEN 'remedy'
           ELSE 'otherwise' END, '', '',
       (coalesce(closed_at, :now) {_JAKARTA})::date - (filed_at {_JAKARTA})::date, count(*)
FROM cohort WHERE stage <> '{Stage.MERGED}' GROUP BY 2, 5
UNION ALL
SELECT 'survey', CASE solved WHEN true THEN 'solved' WHEN false THEN 'not' ELSE '' END, '', '',
       score::int, count(*)
FROM survey JOIN cohort USING (complaint_id) WHERE stage = '{Stage.CLOSED}' GROUP BY 2, 5
"""

_TYPES: dict[str, Any] = {
    "now": sa.DateTime(timezone=True),
    "begins": sa.DateTime(timezone=True),
    "ends": sa.DateTime(timezone=True),
    "first": sa.Date(),
    "after": sa.Interval(),
    "ordinals": postgresql.ARRAY(sa.Integer),
    "working": postgresql.ARRAY(sa.Text),
    "receivers": postgresql.ARRAY(sa.Text),
    "complainants": postgresql.ARRAY(sa.Text),
    "lapses": sa.Integer(),
    **dict.fromkeys(
        ("category", "country", "unit", "here", "organisation", "coordinator"), sa.Text()
    ),
}
STATEMENT = sa.text(_SQL.replace("::", r"\:\:") + _ROWS.replace("::", r"\:\:")).bindparams(
    *(sa.bindparam(name, type_=type_) for name, type_ in _TYPES.items())
)
