"""What is told of messages to Prometheus: what waits in the database, and what came of each."""

from enum import StrEnum
from itertools import product

from prometheus_client import Counter

from services.chassis.metrics import MESSAGES_HELD, MESSAGES_OVERDUE, MESSAGES_WAITING
from services.messages.channels.outlet import Closed, Delivered, Later, Refused, Result
from services.messages.claiming import CLOSED, FAULT, NO_NEUTRAL_SENDER, NOT_SET_UP
from services.messages.message import State
from services.messages.notice import Channel
from services.messages.plan import Reason

# A reason begins with one of these; its channel, or a channel's own words, come after a colon.
HELD_FOR = (*Reason, NOT_SET_UP, NO_NEUTRAL_SENDER, CLOSED, FAULT)
_HELD_FOR = ", ".join(f"'{each}'" for each in HELD_FOR)

# Columns as in `services.chassis.gauges`.
LOOK = f"""
    SELECT '{MESSAGES_WAITING.name}', '', '', count(*) FROM message WHERE state = '{State.WAITING}'
    UNION ALL SELECT '{MESSAGES_OVERDUE.name}', '', '',
        greatest(0, extract(epoch FROM CAST(:now AS timestamptz) - min(due_at)))
        FROM message WHERE state = '{State.WAITING}'
    UNION ALL SELECT '{MESSAGES_HELD.name}', '', why, count(message_id)
        FROM unnest(ARRAY[{_HELD_FOR}]) AS known (why)
        LEFT JOIN message ON state = '{State.HELD}' AND split_part(reason, ':', 1) = why
        GROUP BY why
"""


class Outcome(StrEnum):
    """What came of a message that was given to a channel."""

    DELIVERED = "delivered"
    LATER = "later"
    GIVEN_UP = "given_up"
    REFUSED = "refused"
    NOBODY = "nobody"
    CLOSED = "closed"


def outcome_of(result: Result, *, is_last: bool) -> Outcome:
    """In one word what came of it."""
    match result:
        case Delivered():
            return Outcome.DELIVERED
        case Closed():
            return Outcome.CLOSED
        case Later():
            return Outcome.GIVEN_UP if is_last else Outcome.LATER
        case Refused(of_address=of_address):
            return Outcome.NOBODY if of_address else Outcome.REFUSED


def count_from_nothing(counter: Counter) -> None:
    """What has not happened yet is shown as 0: a rate needs the value before the first."""
    for channel, outcome in product(Channel, Outcome):
        counter.labels(channel, outcome)
