"""The clocks of a deputy, counted again once a decree has moved days off.

By which clock an offer runs, and since when, its act tells. A service whose matters have a clock of
their own (`process.clocks`) does not need this.
"""

from collections.abc import Sequence
from typing import ClassVar

from services.chassis.timers import every
from services.handover import holding
from services.handover.acting import OFFERED, standing
from services.handover.baton import HandoverReactions
from services.handover.custody import Custody, OfferState
from services.handover.store import given
from services.process.aside import Aside
from services.process.calendar import local_day
from services.process.calendars import CALENDARS, Calendars
from services.process.law import Law
from services.process.recount import Move
from services.process.recounting import Counted, note_moves
from services.process.store import acts_of

RECOUNT_SECONDS = 3600
# So many clocks are moved in one transaction.
BATCH = 200
LAPSES = "lapse_offer"


class RecountingReactions(HandoverReactions):
    """The custody of a service whose clocks are in its acts."""

    law: ClassVar[Law]
    # By which calendar this process has found every clock counted; a new one comes with a release,
    # or with the day from which a decree is known.
    counted_by: ClassVar[dict[str, str]] = {}

    @every(RECOUNT_SECONDS, when_moved=True)
    def recount_clocks(self) -> bool:
        """A decree has moved days off: what was counted without it is counted again."""
        by = CALENDARS.of(known_on=local_day(self.uow.now)).counted_by
        if self.counted_by.get(self.name) == by:
            return False
        moved = self.recount_by(CALENDARS)
        if not moved:
            self.counted_by[self.name] = by
        return bool(moved)

    def recount_by(self, calendars: Calendars) -> int:
        """Count the clocks that run again, each that moves with an act; how many were moved, BATCH
        at most."""
        raise NotImplementedError


class DeputyReactions(RecountingReactions):
    """The custody of a deputy that offers matters by the clocks of its `law`."""

    def recount_by(self, calendars: Calendars) -> int:
        moved, aside = 0, Aside()
        for custody in given(self.uow.session, self.uow.service):
            with aside.each(custody.matter_id):
                if self._moves(custody, calendars):
                    moved += self._move(custody.matter_id, calendars)
            if moved == BATCH:
                break
        return moved

    def subject_of(self, custody: Custody) -> str:
        """About what the acts are by which a matter was offered: the matter, or what a deputy calls
        its work on it."""
        return custody.matter_id

    def _moves(self, custody: Custody, calendars: Calendars) -> Sequence[Move]:
        """None for an offer that stands still, lapses now, or was made before acts were kept."""
        offer = custody.open_offer
        if offer is None or offer.state is OfferState.ASKED or offer.due_at <= self.uow.now:
            return ()
        acts = acts_of(self.uow.session, self.subject_of(custody))
        own = (each for each in acts if each.acted_at >= offer.offered_at)
        counted = Counted.of(own, self.law, LAPSES)
        if counted is None:
            return ()
        return counted.moves(self.law, offer.due_at, calendars, self.uow.now)

    def _move(self, matter_id: str, calendars: Calendars) -> bool:
        """Under the lock of its matter, by what is so then; each decree is a record, too."""
        custody = self.uow.get(Custody, matter_id)
        moves = self._moves(custody, calendars)
        if moves:
            subject_id, opened_at = self.subject_of(custody), custody.opened_at
            where = standing("", subject_id, OFFERED, opened_at, self.uow.now)
            due_at = note_moves(self.uow, self.law, where, moves, calendars)
            holding.recount(self.uow, matter_id, due_at, moves[-1].because)
        return bool(moves)
