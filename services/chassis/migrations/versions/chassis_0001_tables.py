"""The chassis' tables: heads, outbox, progress, parked records, command log, clocks, notes."""

from alembic import op

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)

TABLES = """
CREATE TABLE stream_head (
    topic text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    open boolean DEFAULT true NOT NULL,
    PRIMARY KEY (topic, key)
) WITH (fillfactor = 80);

CREATE TABLE outbox (
    shard smallint NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    headers jsonb NOT NULL,
    payload bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (shard, position)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE outbox_held (
    topic text NOT NULL,
    key text NOT NULL,
    reason text NOT NULL,
    held_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (topic, key)
);

CREATE TABLE progress (
    consumer text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    first_seq bigint NOT NULL,
    done_seq bigint NOT NULL,
    last_id text NOT NULL,
    PRIMARY KEY (consumer, topic, key)
) WITH (fillfactor = 80);

CREATE TABLE position (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    at_end_at timestamptz,
    PRIMARY KEY (consumer, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE parked (
    consumer text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    record_id text NOT NULL,
    headers jsonb NOT NULL,
    payload bytea NOT NULL,
    reason text NOT NULL,
    error text DEFAULT '' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    parked_at timestamptz DEFAULT now() NOT NULL,
    retry_at timestamptz,
    requeued boolean DEFAULT false NOT NULL,
    PRIMARY KEY (consumer, topic, key, seq)
);
CREATE INDEX parked_retry ON parked (consumer, retry_at);

CREATE TABLE consumer_stopped (
    consumer text PRIMARY KEY,
    reason text NOT NULL,
    stopped_at timestamptz DEFAULT now() NOT NULL
);

CREATE TABLE command_log (
    caller text NOT NULL,
    rpc text NOT NULL,
    request_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    answer bytea,
    created_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (caller, rpc, request_id)
);
CREATE INDEX command_log_age ON command_log (created_at);

CREATE TABLE timer (
    matter_id text NOT NULL,
    kind text NOT NULL,
    number bigint NOT NULL,
    due_at timestamptz NOT NULL,
    journey_id text NOT NULL,
    headers jsonb NOT NULL,
    retry_at timestamptz,
    attempts integer DEFAULT 0 NOT NULL,
    PRIMARY KEY (matter_id, kind, number)
);
CREATE INDEX timer_due ON timer (due_at);

CREATE TABLE tick (
    name text PRIMARY KEY,
    next_at timestamptz NOT NULL
);

CREATE TABLE personal_read (
    read_id uuid PRIMARY KEY,
    subject_id text NOT NULL,
    caller text NOT NULL,
    rpc text NOT NULL,
    purpose text NOT NULL,
    read_at timestamptz NOT NULL
);
CREATE INDEX personal_read_subject ON personal_read (subject_id);

CREATE TABLE note (
    note_id uuid PRIMARY KEY,
    matter_id text NOT NULL,
    text text NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX note_matter ON note (matter_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
