"""What people are told of the clocks of their matters, and the digests in which they were."""

from alembic import op

revision = "process_0002"
down_revision = "process_0001"

TABLES = """
CREATE TABLE notice (
    notice_id text PRIMARY KEY,
    matter_id text NOT NULL,
    unit text NOT NULL,
    officer_id text DEFAULT '' NOT NULL,
    clock text NOT NULL,
    percent smallint NOT NULL,
    deed text NOT NULL,
    severity smallint NOT NULL,
    due_at timestamptz NOT NULL,
    noted_at timestamptz NOT NULL,
    tell_at timestamptz NOT NULL,
    told_at timestamptz,
    digest_id text DEFAULT '' NOT NULL
);

CREATE INDEX notice_tell ON notice (tell_at) WHERE told_at IS NULL;

CREATE INDEX notice_digest ON notice (digest_id) WHERE digest_id <> '';

CREATE TABLE digest (
    digest_id text PRIMARY KEY,
    unit text NOT NULL,
    officer_id text DEFAULT '' NOT NULL,
    told_on text DEFAULT '' NOT NULL,
    made_at timestamptz NOT NULL,
    notices integer NOT NULL
);

CREATE INDEX digest_last ON digest (unit, officer_id, made_at);

CREATE UNIQUE INDEX digest_day ON digest (unit, officer_id, told_on) WHERE told_on <> '';
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
