"""The clocks of a deputy's own offers, counted again once a decree has moved days off.

By which clock an offer runs, and since when, its act tells; what a decree has moved before is an
act, too. A service whose matters have a clock of their own (`process.clocks`) does not need this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from services.chassis.timers import every
from services.handover import holding
from services.handover.acting import OFFERED, standing
from services.handover.baton import HandoverReactions
from services.handover.custody import Custody, OfferState
from services.handover.store import given
from services.process.acts import RECOUNTED, Act, recounted
from services.process.calendar import KP2MI, local_day
from services.process.calendars import CALENDARS, Calendars
from services.process.law import Law
from services.process.recount import Move, Running, recount
from services.process.recounting import not_past
from services.process.store import acts_of
from services.process.workflow import WHOLE

RECOUNT_SECONDS = 3600
# So many offers are moved in one transaction.
BATCH = 200
LAPSES = "lapse_offer"


@dataclass(frozen=True)
class Counted:
    """The clock of an open offer: the act that started it, and the last that has counted it."""

    custody: Custody
    started: Act
    last: Act

    def moves(self, law: Law, calendars: Calendars) -> Sequence[Move]:
        """What the decrees that came meanwhile make of it. One of a version that this release does
        not have runs on as it was counted."""
        version, offer = law.named(self.started.version), self.custody.open_offer
        if version is None or offer is None:
            return ()
        clock = version.workflow.clocks[self.started.clock]
        running = Running(
            matter_id=self.custody.matter_id,
            clock=clock.name,
            unit=KP2MI,
            started_at=self.started.acted_at,
            counts=((clock.value, clock.span),),
            due_at=offer.due_at,
            version=calendars.version(local_day(self.last.acted_at)),
        )
        return tuple(recount([running], calendars))


class DeputyReactions(HandoverReactions):
    """The custody of a deputy that offers matters by the clocks of its `law`."""

    law: ClassVar[Law]
    # By which calendar this process has found every offer counted; a new one comes with a release,
    # or with the day from which a decree is known.
    counted_by: ClassVar[dict[str, str]] = {}

    @every(RECOUNT_SECONDS, when_moved=True)
    def recount_offers(self) -> bool:
        """A decree has moved days off: what was counted without it is counted again."""
        by = CALENDARS.of(known_on=local_day(self.uow.now)).counted_by
        if self.counted_by.get(self.name) == by:
            return False
        moved = self.recount_by(CALENDARS)
        if not moved:
            self.counted_by[self.name] = by
        return bool(moved)

    def recount_by(self, calendars: Calendars) -> int:
        """Count the open offers again, each that moves with an act and a record of its custody; how
        many were moved, BATCH at most."""
        moved = 0
        for custody in given(self.uow.session, self.uow.service):
            found = self._counted(custody)
            if found is not None and found.moves(self.law, calendars):
                moved += self._move(custody.matter_id, calendars)
            if moved == BATCH:
                break
        return moved

    def _move(self, matter_id: str, calendars: Calendars) -> bool:
        """Under the lock of its matter, by what is so then."""
        found = self._counted(self.uow.get(Custody, matter_id))
        moves = found.moves(self.law, calendars) if found else ()
        if found is None or not moves:
            return False
        now, custody = self.uow.now, found.custody
        where = standing("", found.started.matter_id, OFFERED, custody.opened_at, now)
        for each in moves:
            recounted(self.uow, self.law, where, each.clock, each.would, each.because)
        due_at = not_past(moves[-1].would, now, calendars.of(KP2MI, local_day(now)))
        holding.recount(self.uow, matter_id, due_at, moves[-1].because)
        return True

    def subject_of(self, custody: Custody) -> str:
        """About what the acts are by which a matter was offered: the matter, or what a deputy calls
        its work on it."""
        return custody.matter_id

    def _counted(self, custody: Custody) -> Counted | None:
        """None for an offer that stands still, lapses now, or was made before acts were kept."""
        offer = custody.open_offer
        if offer is None or offer.state is OfferState.ASKED or offer.due_at <= self.uow.now:
            return None
        own = [each for each in self._acts(custody) if each.acted_at >= offer.offered_at]
        begun = [each for each in own if each.action != RECOUNTED]
        return Counted(custody, begun[-1], own[-1]) if begun else None

    def _acts(self, custody: Custody) -> Iterator[Act]:
        """Those that have counted the clock of an offer, in order."""
        for each in acts_of(self.uow.session, self.subject_of(custody)):
            clock = self.law.base.clocks.get(each.clock)
            if clock is not None and clock.at.get(WHOLE) == LAPSES:
                yield each
