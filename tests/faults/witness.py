"""What the databases themselves saw: every event as it was committed, every step of a consumer.

Triggers that the test puts into each service's database note them in the transaction that does
them, under the lock of the row that is written: so their order for a key is the order of commits.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import psycopg

from infra.local.stack import Stack
from tests.support.superuser import superuser_dsn

TopicKey = tuple[str, str]

_MADE = """
CREATE TABLE IF NOT EXISTS witness (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL, topic text NOT NULL, key text NOT NULL,
    before bigint NOT NULL, after bigint NOT NULL
);
CREATE OR REPLACE FUNCTION witness_emitted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.witness (consumer, topic, key, before, after)
    VALUES ('', NEW.topic, NEW.key, NEW.seq - 1, NEW.seq);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION witness_ran() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.witness (consumer, topic, key, before, after)
    VALUES (NEW.consumer, NEW.topic, NEW.key, OLD.done_seq, NEW.done_seq);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER witness_emitted AFTER INSERT ON outbox
    FOR EACH ROW EXECUTE FUNCTION witness_emitted();
CREATE OR REPLACE TRIGGER witness_ran AFTER UPDATE OF done_seq ON progress
    FOR EACH ROW WHEN (OLD.done_seq <> NEW.done_seq) EXECUTE FUNCTION witness_ran();
"""
_SEEN = "SELECT consumer, topic, key, before, after FROM witness ORDER BY number"


@dataclass
class Seen:
    """In the order of commits: the numbers that were taken, and the steps of each consumer."""

    emitted: dict[TopicKey, list[int]] = field(default_factory=lambda: defaultdict(list))
    ran: dict[tuple[str, str, str], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def call_witnesses(stack: Stack) -> None:
    """Have every service's database note what happens in it from now on."""
    for service in stack.services:
        with psycopg.connect(superuser_dsn(stack, service)) as connection:
            connection.execute(_MADE.encode())


def testimony(stack: Stack) -> dict[str, Seen]:
    """What each service's database saw."""
    found: dict[str, Seen] = {}
    for service in stack.services:
        seen = found[service] = Seen()
        with psycopg.connect(superuser_dsn(stack, service)) as connection:
            for consumer, topic, key, before, after in connection.execute(_SEEN.encode()):
                if consumer:
                    seen.ran[consumer, topic, key].append((before, after))
                else:
                    seen.emitted[topic, key].append(after)
    return found
