"""The chassis' own tables, which lie in every service's database beside the service's.

`metadata` is the one MetaData of a service's database: the kernels and the service's `store.py`
add their tables to it, and the migrations are checked against it.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData()

# One row per (topic, key) that this service writes: the last number taken. It is the per-key lock
# of `emit`. `open` matters for custody only: whether this service serves the matter's holder.
stream_head = sa.Table(
    "stream_head",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False, server_default=sa.true()),
)

# Events that are committed and not yet acknowledged by the broker. Rows live for milliseconds.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("shard", sa.SmallInteger, primary_key=True),
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("headers", postgresql.JSONB, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    ),
)

# Keys whose next row the broker will never take (too large, no permission, no such topic).
outbox_held = sa.Table(
    "outbox_held",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("held_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

# How far a reactions class has come with each key: done_seq is the last number it ran.
progress = sa.Table(
    "progress",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("done_seq", sa.BigInteger, nullable=False),
    sa.Column("last_id", sa.Text, nullable=False),
)

# Where a reactions class reads on after a start: the truth, group offsets are for tools only.
# at_end_at is the last domain instant at which it had read the partition to its end.
position = sa.Table(
    "position",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("at_end_at", sa.DateTime(timezone=True)),
)

# Records that could not run yet: exactly done_seq + 1 … newest seen of their key.
parked = sa.Table(
    "parked",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("headers", postgresql.JSONB, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    # failed, undecodable, waiting, behind or gap.
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column(
        "parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    ),
    # When it runs again by itself; null: only `estafet requeue` runs it.
    sa.Column("retry_at", sa.DateTime(timezone=True)),
    # Set by `estafet requeue`: the next run is a new trace that links back.
    sa.Column("requeued", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("parked_retry", "consumer", "retry_at"),
)

# A reactions class that parked too much waits here for `estafet consumer resume`.
consumer_stopped = sa.Table(
    "consumer_stopped",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column(
        "stopped_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    ),
)

# Answers to commands, so that a repeated command is answered and not run again. Kept 7 days.
command_log = sa.Table(
    "command_log",
    metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("rpc", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary),
    sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    ),
    sa.Index("command_log_age", "created_at"),
)

# Request ids whose answers are forgotten: they are never new again.
command_spent = sa.Table(
    "command_spent",
    metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("rpc", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Uuid(as_uuid=False), primary_key=True),
)

# Clocks on matters. `number` is what the matter stood at when the clock was set.
timer = sa.Table(
    "timer",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("headers", postgresql.JSONB, nullable=False),
    # Real time before which a timer that was not yet right to run is not claimed again.
    sa.Column("retry_at", sa.DateTime(timezone=True)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Index("timer_due", "due_at"),
)

# When each @every method of a service runs next, whatever the number of replicas.
tick = sa.Table(
    "tick",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
)

# Who read whose personal data, and why. With an evidence_id: who was given a reference to that
# file, and how often it was opened by it.
personal_read = sa.Table(
    "personal_read",
    metadata,
    sa.Column("read_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("rpc", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("evidence_id", sa.Uuid(as_uuid=False)),
    sa.Column("opened", sa.Integer, nullable=False, server_default="0"),
    sa.Index("personal_read_subject", "subject_id"),
)

# Files that people handed in: what they are. Their bytes lie in the evidence store under the id.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("evidence_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("kept_by", sa.Text, nullable=False),
    sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("evidence_matter", "matter_id"),
)

# Texts that this service wrote: questions, reasons, results, answers. Records carry the id only.
note = sa.Table(
    "note",
    metadata,
    sa.Column("note_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("note_matter", "matter_id"),
)
