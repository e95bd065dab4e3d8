"""What every rpc that acts on a complaint does: ask the table, write the act, mind the clock."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.chassis.errors import NotFound
from services.chassis.unit_of_work import Database
from services.complaint import steps, store
from services.complaint.categories import categories
from services.complaint.domain import DANGER, Complaint
from services.complaint.status import MINISTRIES, stage_of, standing
from services.complaint.workflow import LAW
from services.handover.custody import Custody, Offer, OfferState
from services.process.acts import Allowed, Guards, act

REFERRAL = "referral"


class Acting:
    """Custody is locked before the complaint."""

    uow = Database()
    last_act = staticmethod(store.last)

    def _act(
        self, action: str, complaint: Complaint, custody: Custody, reason: str = "", other: str = ""
    ) -> Allowed:
        """What the table allows is written down, with the law that holds for the complaint.

        `other`: the complaint that it is to be merged into.
        """
        where = standing(complaint, stage_of(complaint, custody), self.uow.now)
        asked = guards(complaint, custody, lambda: self._is_open(other))
        last = partial(self.last_act, self.uow.session, complaint.complaint_id)
        return act(self.uow, LAW, where, action, asked, reason, last)

    def _is_open(self, other: str) -> bool:
        """Whether another complaint goes on. NotFound: there is none."""
        found = self.uow.find(Complaint, other)
        if found is None:
            raise NotFound(f"complaint {other} does not exist")
        return found.closed_at is None

    def _start(self, allowed: Allowed, clock: str, complaint: Complaint) -> datetime:
        """An action that ends the clock which ran, and starts another; until when that runs."""
        return steps.start(self.uow, allowed, clock, complaint)

    def _end(self, allowed: Allowed, complaint: Complaint) -> None:
        """The clock that ran ends; whoever is late is written down as late."""
        steps.end(self.uow, allowed, complaint)


def is_referral(offer: Offer) -> bool:
    """Whether it is to a ministry."""
    return offer.receiver.service == MINISTRIES


def guards(complaint: Complaint, custody: Custody, other_is_open: Callable[[], bool]) -> Guards:
    """What the actions of workflow.toml may need, by its names."""
    offer = custody.open_offer
    return {
        "has_receiver": lambda: complaint.is_for(categories().get(complaint.category)),
        "is_asked": lambda: offer is not None and offer.state is OfferState.ASKED,
        "is_unasked": lambda: offer is not None and offer.state is OfferState.OFFERED,
        "other_is_open": other_is_open,
    }


def clock_of(offer: Offer | None, complaint: Complaint) -> str:
    """The clock that runs on an open offer."""
    return REFERRAL if offer is not None and is_referral(offer) else offer_clock(complaint)


def offer_clock(complaint: Complaint) -> str:
    """The clock of a receiver: shorter when a life is in danger."""
    return "offer_in_danger" if complaint.severity == DANGER else "offer"
