"""Custody records folded many at once: with few statements for a whole batch."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.handover.custody import Custody, Party
from services.handover.fold import Entry, fold
from services.insight.domain import Holding
from services.insight.store import custody_of, last_holdings

# A record's key and the record: the fold says what is wrong with one of another matter.
Told = tuple[str, Entry]


def fold_all(session: Session, told: list[Told]) -> None:
    """Fold records in their order, and note whose each matter is from then on. BrokenLog.

    Nobody else writes these rows: whoever runs a key's records holds the lock of its progress.
    """
    known = {matter_id for matter_id, entry in told if entry.seq > 1}
    matters = custody_of(session, known) if known else {}
    last = last_holdings(session, known) if known else {}
    for matter_id, entry in told:
        before = matters.get(matter_id)
        holder = _holder(before)
        custody = fold(before, entry)
        if before is None:
            session.add(custody)
            matters[matter_id] = custody
        if _holder(custody) != holder:
            _hand_on(session, custody, entry.at, last)


def _hand_on(session: Session, custody: Custody, at: datetime, last: dict[str, Holding]) -> None:
    """End the holding that there is, and begin the next one, unless the matter is closed."""
    ended = last.get(custody.matter_id)
    since = ended.end(at) if ended else at
    if not custody.closed:
        begun = Holding(custody.matter_id, custody.custody_no, **vars(custody.holder), since=since)
        session.add(begun)
        last[custody.matter_id] = begun


def _holder(custody: Custody | None) -> Party | None:
    """Who holds a matter; nobody holds one that is closed, or not yet opened."""
    return None if custody is None or custody.closed else custody.holder
