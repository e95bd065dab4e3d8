"""Records that no service of ours wrote: they have no envelope, so no key order to keep.

Each gets a key of its own, so that it is parked with an alarm and nothing waits behind it.
"""

from collections.abc import Mapping

from services.chassis.clock import real_now
from services.chassis.envelope import Record

FOREIGN = "foreign"


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
