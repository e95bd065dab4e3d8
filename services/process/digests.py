"""Digests are made when they are due: looked for often, made once a day for each addressee."""

from collections.abc import Callable

from services.chassis.unit_of_work import UnitOfWork
from services.process.notices import Digest, digest_days, make_digests
from services.process.store import told_days, untold
from services.process.units import Units

BATCH = 500


def tell_digests(uow: UnitOfWork, units: Units, tell: Callable[[Digest], None]) -> bool:
    """Make the digests that are due and have each told; whether there may be more."""
    due = untold(uow.session, uow.now, BATCH)
    if not due:
        return False
    told = told_days(uow.session, digest_days(units, due, uow.now))
    for digest in make_digests(uow, units, due, told):
        tell(digest)
    return len(due) == BATCH
