"""What complaint itself does with a complaint, its clock, merging, the survey, officers, consent.

The three columns of the follow-up stay for the release before; its clocks go on as the new ones.
"""

from alembic import op

revision = "complaint_0005"
down_revision = "complaint_0004"

COLUMNS = """
ALTER TABLE complaint
    ADD COLUMN IF NOT EXISTS work text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS documents text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_from timestamptz,
    ADD COLUMN IF NOT EXISTS clock_due_at timestamptz,
    ADD COLUMN IF NOT EXISTS clock_step_at timestamptz,
    ADD COLUMN IF NOT EXISTS clock_percent smallint DEFAULT 0 NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_unit text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_version text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_counts text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS merged_into text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS has_plan boolean DEFAULT false NOT NULL,
    ADD COLUMN IF NOT EXISTS version bigint DEFAULT 0 NOT NULL;

UPDATE complaint
SET clock = 'follow_up', clock_from = least(now(), follow_up_due_at),
    clock_due_at = follow_up_due_at, clock_percent = CASE WHEN follow_up_missed THEN 100 ELSE 0 END,
    clock_step_at = CASE WHEN follow_up_missed THEN NULL ELSE follow_up_due_at END
WHERE follow_up_due_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS complaint_clock ON complaint (clock_step_at)
    WHERE clock_step_at IS NOT NULL;

CREATE TABLE survey (
    complaint_id text PRIMARY KEY,
    score smallint NOT NULL,
    solved boolean NOT NULL,
    note_id text DEFAULT '' NOT NULL,
    answered_at timestamptz NOT NULL
);

CREATE TABLE officer (
    officer_id text PRIMARY KEY,
    unit text NOT NULL,
    appointed_at timestamptz NOT NULL,
    released_at timestamptz
);

CREATE INDEX officer_unit ON officer (unit, officer_id);

CREATE TABLE consent (
    consent_id text PRIMARY KEY,
    complaint_id text NOT NULL,
    ministry text NOT NULL,
    given boolean NOT NULL,
    how text NOT NULL,
    said_at timestamptz NOT NULL
);

CREATE INDEX consent_complaint ON consent (complaint_id, consent_id);

CREATE TABLE unclaimed (
    incoming_id text PRIMARY KEY,
    channel text NOT NULL,
    address text NOT NULL,
    text text NOT NULL,
    received_at timestamptz NOT NULL
);

CREATE INDEX unclaimed_order ON unclaimed (received_at, incoming_id);

CREATE TABLE received (
    received_id text PRIMARY KEY,
    received_at timestamptz NOT NULL
);

CREATE INDEX received_age ON received (received_at);
"""


# In an empty database the chassis may not have its tables yet.
TIMERS = """
DO $$ BEGIN
    IF to_regclass('timer') IS NOT NULL THEN
        DELETE FROM timer WHERE kind = 'complaint.follow_up';
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(COLUMNS)
    op.execute(TIMERS)
