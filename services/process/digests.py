"""Digests are made when they are due: looked for often, made once a day for each addressee."""

from collections.abc import Callable, Sequence

from services.chassis.unit_of_work import UnitOfWork
from services.process.notices import Digest, Notice, digest_days, make_digests
from services.process.offices import Offices
from services.process.store import told_days, untold

BATCH = 500


Tell = Callable[[Digest, Sequence[Notice]], None]


def tell_digests(uow: UnitOfWork, offices: Offices, tell: Tell) -> bool:
    """Make the digests that are due and have each told; whether there may be more."""
    due = untold(uow.session, uow.now, BATCH)
    if not due:
        return False
    told = told_days(uow.session, digest_days(offices, due, uow.now))
    for digest in make_digests(uow, offices, due, told):
        tell(digest, [each for each in due if each.digest_id == digest.digest_id])
    return len(due) == BATCH
