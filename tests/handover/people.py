"""What people do in the simulated world. A refusal is an answer and changes nothing."""

from collections.abc import Callable
from datetime import datetime

from services.chassis.testing import FakeUnitOfWork
from services.handover import holding, receiving
from services.handover.custody import Custody, Offer, Party
from tests.handover.briefs import SERVICES, brief_for
from tests.handover.parts import HOUR, PARTIES
from tests.handover.world import World


def offer(world: World, who: int, how: int) -> None:
    """Somebody tries to offer a matter, whether it is his or not."""
    matter_id, receiver = world.matter(how), PARTIES[(who + how) % len(PARTIES)]
    due_at = world.now + HOUR * (1 + how % 40)
    brief = brief_for(receiver.service)
    for name in SERVICES:
        world.act(name, lambda uow: holding.offer(uow, matter_id, receiver, brief, due_at))


def reply(world: World, who: int, how: int) -> None:
    """Somebody answers an offer that his service knows of, open or not."""
    service = world.chosen(who)
    offers = [o for c in _rows(service.uow) for o in c.offers if _is_to(o, service.name)]
    if not offers:
        return
    offers.sort(key=lambda o: (o.is_open and not o.reply, o.offered_at))
    offer = offers[-1 - (how // 7) % min(2, len(offers))]
    world.act(service.name, lambda uow: _answer(uow, offer, how, world.now))


def give_back(world: World, _who: int, how: int) -> None:
    """Everybody tries to return a matter; only its holder can."""
    matter_id = world.matter(how)
    for name in SERVICES:
        world.act(name, lambda uow: holding.give_back(uow, matter_id, "ok"))


def other_act(world: World, who: int, how: int) -> None:
    """Everybody tries to withdraw, clarify, name an officer, open a child, close or reopen."""
    for name in SERVICES:
        party = next(party for party in PARTIES if party.service == name)
        _other_act(world, party, who, how)


def _other_act(world: World, party: Party, who: int, how: int) -> None:
    name, matter_id = party.service, world.matter(how)
    officer = Party(name, party.organisation, party.unit, f"officer-{how % 7}")
    child = f"{matter_id}.{len(world.watch.states)}"
    later = world.now + HOUR * (1 + how % 20)
    much_later = later + HOUR * 40
    deeds: tuple[Callable[[FakeUnitOfWork], object], ...] = (
        lambda uow: holding.clarify(uow, matter_id, "because", later),
        lambda uow: holding.withdraw(uow, matter_id),
        lambda uow: holding.extend(uow, matter_id, much_later, "papers", "an article"),
        lambda uow: holding.clarify(uow, matter_id, "because", later),
        lambda uow: holding.reassign(uow, matter_id, officer, "shift"),
        lambda uow: (
            len(world.watch.states) < 4 and holding.open_child(uow, matter_id, child, "part", party)
        ),
        lambda uow: holding.close(uow, matter_id, "done"),
        lambda uow: holding.reopen(uow, matter_id, "new facts", 50 * HOUR),
    )
    world.act(name, deeds[who % len(deeds)])


def _rows(uow: FakeUnitOfWork) -> list[Custody]:
    return sorted(
        (thing for thing in uow._things.values() if isinstance(thing, Custody)),
        key=lambda custody: custody.matter_id,
    )


def _is_to(offer: Offer, service: str) -> bool:
    return offer.receiver.service == service


def _answer(uow: FakeUnitOfWork, offer: Offer, how: int, now: datetime) -> object:
    matter_id, number = offer.matter_id, offer.offer_no
    if how % 5 == 0:
        return receiving.decline(uow, matter_id, number, "not_ours", "see the law")
    if how % 5 == 1:
        return receiving.ask(uow, matter_id, number, "who?", now + HOUR * (1 + how % 20))
    return receiving.accept(uow, matter_id, number, f"case-{number}")
