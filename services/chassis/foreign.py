"""Records that no service of ours wrote: they have no envelope, so no key order to keep.

Each gets a key of its own, so that nothing waits behind it. One that is where it should not be is
parked with an alarm. One of a topic that a partner writes runs (`outside`): the topic is called
partner.<name>.<what>.v1, and tells who has written; what the record says of itself counts nothing.
"""

from collections.abc import Mapping

from services.chassis.clock import real_now
from services.chassis.envelope import Record

FOREIGN = "foreign"
OUTSIDE = "outside"


def as_foreign(
    topic: str, headers: Mapping[str, str], position: tuple[int, int], why: str
) -> Record:
    """A record that stands for one that could not be read; its type says why."""
    name = f"{FOREIGN}:{position[0]}:{position[1]}"
    return Record(
        topic=topic,
        key=name,
        seq=1,
        record_id=name,
        type=f"{FOREIGN}: {why}",
        time=real_now(),
        journey_id=name,
        actor="",
        source=FOREIGN,
        headers=headers,
        position=position,
    )


def is_foreign(record: Record) -> bool:
    """Whether a record stands for one without an envelope."""
    return record.source == FOREIGN


def type_of(topic: str) -> str:
    """What stands for the type of a partner's records: their topic without its version."""
    return topic.rpartition(".")[0]


def partner_of(topic: str) -> str:
    """The partner that writes a topic."""
    return topic.split(".")[1]


def from_outside(topic: str, position: tuple[int, int], key: str = "") -> Record:
    """The record that a partner's bytes are; `key`: the one under which they were parked."""
    name = key or f"{OUTSIDE}:{position[0]}:{position[1]}"
    return Record(
        topic=topic,
        key=name,
        seq=1,
        record_id=f"{topic}:{name}",
        type=type_of(topic),
        time=real_now(),
        journey_id="",
        actor=f"partner:{partner_of(topic)}",
        source=OUTSIDE,
        headers={},
        position=position,
    )


def is_outside(record: Record | None) -> bool:
    """Whether a record is of a topic that a partner writes."""
    return record is not None and record.source == OUTSIDE


def is_outside_key(key: str) -> bool:
    """Whether a record of a partner was parked under this key."""
    return key.startswith(f"{OUTSIDE}:")
