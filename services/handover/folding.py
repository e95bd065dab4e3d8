"""Custody records folded many at once: with few statements for a whole batch."""

from collections.abc import Callable, Sequence

from services.chassis.envelope import Record
from services.chassis.together import Rows
from services.handover.custody import Custody, Party
from services.handover.fold import Entry, fold

# A record of the custody topic, and the entry that it is.
Told = tuple[Record, Entry]
# What else a record changes: the custody after it, who held the matter before it, and the record.
Then = Callable[[Custody, Party | None, Record], None]


def fold_all(rows: Rows, told: Sequence[Told], then: Then) -> None:
    """Fold records in their order, and after each do what it changes besides. BrokenLog.

    A record that was folded before is passed over. The matters stay locked to the commit.
    """
    matters = rows.get_all(Custody, {record.key for record, _ in told})
    for record, entry in told:
        before = matters.get(record.key)
        if before is not None and entry.seq <= before.custody_no:
            continue
        held_by = holder_of(before)
        custody = fold(before, entry)
        if before is None:
            rows.add(custody)
            matters[record.key] = custody
        then(custody, held_by, record)


def holder_of(custody: Custody | None) -> Party | None:
    """Who holds a matter; nobody holds one that is closed, or not yet opened."""
    return None if custody is None or custody.closed else custody.holder
