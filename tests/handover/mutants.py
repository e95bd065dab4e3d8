"""Faults planted into the custody kernel, each of which some history must find."""

from datetime import datetime

import pytest
from estafet.handover.v1.custody_pb2 import HandoverAccepted
from estafet.handover.v1.reply_pb2 import HandoverReply

from services.chassis import catalogue
from services.chassis.testing import FakeUnitOfWork, Head
from services.chassis.unit_of_work import UnitOfWork
from services.handover import baton, deciding, fold, holding, hooks, writing
from services.handover.custody import Custody, Limits


def accepts_whatever_is_offered(patch: pytest.MonkeyPatch) -> None:
    """A reply is not held against the number of the open offer."""
    decide = deciding.decide

    def careless(uow: UnitOfWork, reply: HandoverReply, sent_at: datetime, limits: Limits) -> None:
        custody = uow.find(Custody, reply.matter_id)
        if custody is not None and custody.last_offer is not None:
            reply.offer_no = custody.last_offer.offer_no
            reply.party.CopyFrom(custody.last_offer.receiver.to_proto())
        decide(uow, reply, sent_at, limits)

    patch.setattr(deciding, "decide", careless)


def lapses_without_listening(patch: pytest.MonkeyPatch) -> None:
    """A lapse does not wait until the receiver's topic was read to its end."""
    patch.setattr(deciding, "_wait_until_heard", lambda *_: None)


def takes_the_baton_back(patch: pytest.MonkeyPatch) -> None:
    """receive_baton ignores that the head is higher already."""

    def receive(self: FakeUnitOfWork, matter_id: str, seq: int) -> None:
        head = self.heads.get((catalogue.CUSTODY_TOPIC, matter_id))
        if head is None or not head.open:
            self.heads[catalogue.CUSTODY_TOPIC, matter_id] = Head(seq)

    patch.setattr(FakeUnitOfWork, "receive_baton", receive)


def turns_the_head_back(patch: pytest.MonkeyPatch) -> None:
    """receive_baton ignores that the head is open."""

    def receive(self: FakeUnitOfWork, matter_id: str, seq: int) -> None:
        self.heads[catalogue.CUSTODY_TOPIC, matter_id] = Head(seq)

    patch.setattr(FakeUnitOfWork, "receive_baton", receive)


def never_takes_the_baton(patch: pytest.MonkeyPatch) -> None:
    """The next holder does not open its head."""
    patch.setattr(baton, "_names_as_holder", lambda *_: False)


def drops_the_baton_at_home(patch: pytest.MonkeyPatch) -> None:
    """The head closes although the next holder is served by the same service."""
    patch.setattr(writing, "_stays_here", lambda *_: False)


def keeps_the_baton(patch: pytest.MonkeyPatch) -> None:
    """The head stays open although another service holds."""
    patch.setattr(writing, "_stays_here", lambda *_: True)


def offers_twice(patch: pytest.MonkeyPatch) -> None:
    """A second offer is made while one is open, and the kernel's fold lets it pass."""
    patch.setattr(holding, "must_have_no_offer", lambda *_: None)
    patch.setattr(fold, "_must_be_free", lambda *_: None)


def closes_over_a_child(patch: pytest.MonkeyPatch) -> None:
    """A parent closes although a child is open."""
    patch.setattr(holding, "_read_as_closed", lambda *_: True)


def forgets_who_gave_it(patch: pytest.MonkeyPatch) -> None:
    """Acceptance does not push the giver onto the stack."""

    def accepted(custody: Custody, entry: fold.Entry, event: object) -> None:
        real(custody, entry, event)
        custody.stack = custody.stack[:-1]

    real = fold._RULES[HandoverAccepted]
    patch.setitem(fold._RULES, HandoverAccepted, accepted)


def forgets_the_clock(patch: pytest.MonkeyPatch) -> None:
    """An offer is made without its timer."""
    patch.setattr(writing, "LAPSE", writing.ANSWER)


def tells_again(patch: pytest.MonkeyPatch) -> None:
    """Hooks are called for records that were told before."""

    def tell(self: hooks.Hooks, custody: Custody, seq: int, event: object) -> None:
        real(self, custody, seq, event)  # type: ignore[arg-type] # handed through as it came
        custody.told_no = 0

    real = hooks.Hooks.tell
    patch.setattr(hooks.Hooks, "tell", tell)


ALL = (
    accepts_whatever_is_offered,
    lapses_without_listening,
    takes_the_baton_back,
    turns_the_head_back,
    never_takes_the_baton,
    drops_the_baton_at_home,
    keeps_the_baton,
    offers_twice,
    closes_over_a_child,
    forgets_who_gave_it,
    forgets_the_clock,
    tells_again,
)
