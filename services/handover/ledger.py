"""All custody logs of a topic, folded: for the audit, the demo's counts and `estafet journey`.

Reads records, writes nothing. It is folded by custody_no, so the order between matters is free.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from services.chassis import catalogue
from services.chassis.envelope import Record
from services.handover.custody import Custody
from services.handover.fold import BrokenLog, Entry, entry_of, fold


@dataclass(frozen=True)
class Break:
    """A matter whose log cannot be followed, from which number on, and why."""

    matter_id: str
    seq: int
    why: str


@dataclass
class Ledger:
    """Every matter as its log tells it; a log that breaks is followed no further."""

    matters: dict[str, Custody] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    breaks: dict[str, Break] = field(default_factory=dict)

    def read(self, record: Record, payload: bytes) -> None:
        """Take one record of the custody topic; a type that this release does not know breaks."""
        cls = catalogue.message_type(record.type)
        try:
            if cls is None:
                raise BrokenLog(f"matter {record.key}: record {record.seq} is a {record.type}")
            self.take(record.key, entry_of(record, cls.FromString(payload)))
        except (BrokenLog, DecodeError) as error:
            self._break(record.key, record.seq, str(error))

    def take(self, matter_id: str, entry: Entry) -> None:
        """Fold one record; the same record again (a relay's repeat) changes nothing."""
        if matter_id in self.breaks:
            return
        entries = self.entries.setdefault(matter_id, [])
        try:
            if 0 < entry.seq <= len(entries):
                _must_be_the_same(matter_id, entries[entry.seq - 1], entry)
                return
            self.matters[matter_id] = fold(self.matters.get(matter_id), entry)
            entries.append(entry)
        except BrokenLog as error:
            self._break(matter_id, entry.seq, str(error))

    def _break(self, matter_id: str, seq: int, why: str) -> None:
        self.breaks.setdefault(matter_id, Break(matter_id, seq, why))

    def ends(self) -> Counter[tuple[str, str]]:
        """How many hand-overs of each kind stand how: (kind, accepted), (kind, lapsed), …"""
        return Counter(
            (offer.kind, str(offer.state))
            for custody in self.matters.values()
            for offer in custody.offers
        )

    def still_open(self) -> Iterator[Custody]:
        """The matters that somebody still owes an answer."""
        return (custody for custody in self.matters.values() if not custody.closed)

    def journey(self, journey_id: str) -> list[Custody]:
        """The matters of one journey, the root first, then by their opening."""
        found = [c for c in self.matters.values() if c.journey_id == journey_id]
        return sorted(found, key=lambda c: (c.matter_id != journey_id, c.opened_at, c.matter_id))


def _must_be_the_same(matter_id: str, known: Entry, again: Entry) -> None:
    if (known.record_id, known.event) != (again.record_id, again.event):
        raise BrokenLog(f"matter {matter_id}: two different records are numbered {again.seq}")
