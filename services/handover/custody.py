"""Who holds a matter, who held it before, and what is offered to whom: one service's own view.

Plain data. `fold` is the only thing that changes it; `store` maps it to the tables `matter` and
`offer`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from estafet.common.v1 import party_pb2

# Codes of HandoverWithdrawn that the kernel itself writes; they count as setbacks.
NOT_CLARIFIED = "not_clarified"
ASKED_TOO_OFTEN = "asked_too_often"
SILENT = "silent"
# Codes of a HandoverExtended by which an offer's clock may end earlier: because days off were
# moved, or because a life turned out to be in danger.
MOVED, IN_DANGER = "calendar_moved", "in_danger"
MAY_SHORTEN = frozenset({MOVED, IN_DANGER})


@dataclass(frozen=True)
class Party:
    """Somebody who can hold a matter: an organisation's unit, or one officer of it.

    `service` speaks for it: a deputy, or exchange for a ministry.
    """

    service: str
    organisation: str
    unit: str = ""
    officer_id: str = ""

    @classmethod
    def of(cls, proto: party_pb2.Party) -> "Party":
        """The party that a message names."""
        return cls(proto.service, proto.organisation, proto.unit, proto.officer_id)

    def to_proto(self) -> party_pb2.Party:
        """The party as messages carry it."""
        return party_pb2.Party(
            service=self.service,
            organisation=self.organisation,
            unit=self.unit,
            officer_id=self.officer_id,
        )

    def answers_for(self, addressee: "Party") -> bool:
        """Whether this is the addressee's organisation, whatever unit or officer it names."""
        return (self.service, self.organisation) == (addressee.service, addressee.organisation)


class OfferState(StrEnum):
    """Where an offer stands; all but the first two are over."""

    OFFERED = "offered"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


@dataclass(eq=False)
class Offer:
    """One offered hand-over, numbered by its record in the custody log.

    `clock_no` is the record that set the clock that runs now. `reply` and `pending_id` are the
    receiver's own: what it answered and has no outcome of yet, and the resource it named.
    """

    matter_id: str
    offer_no: int
    giver: Party
    receiver: Party
    kind: str
    regulation: str
    offered_at: datetime
    due_at: datetime
    clock_no: int
    state: OfferState = OfferState.OFFERED
    asks: int = 0
    # The reason of each time that its clock was made to end later.
    extensions: tuple[str, ...] = ()
    answer_by: datetime | None = None
    question_note_id: str = ""
    answer_note_id: str = ""
    code: str = ""
    note_id: str = ""
    resource_id: str = ""
    ended_at: datetime | None = None
    reply: str = ""
    pending_id: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its closing record."""
        return self.state in (OfferState.OFFERED, OfferState.ASKED)

    @property
    def is_over(self) -> bool:
        """Whether it ended without an acceptance."""
        return not self.is_open and self.state is not OfferState.ACCEPTED


@dataclass(eq=False)
class Custody:
    """One matter as far as this service has read or written its custody log: up to `custody_no`.

    `stack` is who gets it back, the next one last. `told_no` is the last record of which the
    service's own hooks were told. `setbacks` counts offers that came back without acceptance.
    `traceparent` is the trace of the newest record here, to which the next human act links back.
    """

    matter_id: str
    journey_id: str
    parent_id: str
    kind: str
    holder: Party
    opened_at: datetime
    held_since: datetime
    custody_no: int = 1
    told_no: int = 0
    stack: tuple[Party, ...] = ()
    children: tuple[str, ...] = ()
    lapses: int = 0
    setbacks: int = 0
    ground: str = ""
    article: str = ""
    closed_at: datetime | None = None
    traceparent: str = ""
    offers: list[Offer] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether the obligation has ended."""
        return self.closed_at is not None

    @property
    def is_bare(self) -> bool:
        """Whether it was opened and no more: then nothing was offered."""
        return self.custody_no <= 1

    @property
    def last_offer(self) -> Offer | None:
        """The newest offer, open or over."""
        return self.offers[-1] if self.offers else None

    @property
    def open_offer(self) -> Offer | None:
        """The one offer that waits for its closing record."""
        last = self.last_offer
        return last if last is not None and last.is_open else None

    def offer(self, offer_no: int) -> Offer | None:
        """The offer with this number."""
        return next((offer for offer in self.offers if offer.offer_no == offer_no), None)

    def led_to(self, resource_id: str) -> bool:
        """Whether an offer, of whenever, was accepted as this resource."""
        return any(offer.resource_id == resource_id for offer in self.offers)


@dataclass(frozen=True)
class Limits:
    """How often a receiver may ask about one offer, and how many lapses name a coordinator."""

    asks: int = 3
    lapses: int = 2


DEFAULT_LIMITS = Limits()
