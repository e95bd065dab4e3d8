"""Referrals to ministries, what ministries are told, and which of their messages were taken."""

from alembic import op

revision = "exchange_0001"
down_revision = None
branch_labels = ("exchange",)

TABLES = """
CREATE TABLE referred (
    matter_id text PRIMARY KEY,
    request text DEFAULT '' NOT NULL,
    category text DEFAULT '' NOT NULL,
    severity smallint DEFAULT 0 NOT NULL,
    country text DEFAULT '' NOT NULL,
    worker_id text DEFAULT '' NOT NULL
);

CREATE TABLE referral (
    referral_id text PRIMARY KEY,
    matter_id text NOT NULL,
    offer_no bigint NOT NULL,
    ministry text NOT NULL,
    request text DEFAULT '' NOT NULL,
    opened_at timestamptz NOT NULL,
    status text NOT NULL,
    answer_by timestamptz,
    reminders smallint DEFAULT 0 NOT NULL,
    result text DEFAULT '' NOT NULL
);

CREATE INDEX referral_in_work ON referral (opened_at, referral_id)
    WHERE status IN ('pending', 'open');

CREATE TABLE partner_stream (
    topic text PRIMARY KEY,
    last_no bigint NOT NULL
);

CREATE TABLE partner_news (
    topic text NOT NULL,
    number bigint NOT NULL,
    type text NOT NULL,
    payload bytea NOT NULL,
    happened_at timestamptz NOT NULL,
    journey_id text DEFAULT '' NOT NULL,
    traceparent text DEFAULT '' NOT NULL,
    replayed boolean DEFAULT false NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (topic, number)
);

CREATE INDEX partner_news_unsent ON partner_news (topic, number) WHERE sent_at IS NULL;

CREATE TABLE partner_letter (
    ministry text NOT NULL,
    letter_id text NOT NULL,
    hash bytea NOT NULL,
    taken_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (ministry, letter_id)
);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
