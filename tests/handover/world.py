"""A world in memory: four services with the real kernel, a broker that repeats and delays, one
clock. `settle` lets everything arrive. `people` act in it, `watch` checks it all the time.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from estafet.handover.v1.reply_pb2 import HandoverReply

from services.chassis import catalogue
from services.chassis.errors import EstafetError, NotFound, TryAgain
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_record
from services.handover import holding, writing
from services.handover.custody import Custody, Party
from tests.handover.briefs import SERVICES
from tests.handover.parts import (
    CUSTODY,
    HOUR,
    PARTIES,
    Place,
    Sent,
    Service,
    Violation,
    a_service,
    must,
    reactions_of,
)
from tests.handover.watch import Watch


def _open(matter_id: str, party: Party, uow: FakeUnitOfWork) -> None:
    holding.open_matter(uow, matter_id, "test", party)


class World:
    """Services, topics and a clock."""

    def __init__(self) -> None:
        self.now = A_MORNING
        self.generation = 0
        self.services = {name: a_service(name) for name in SERVICES}
        self.topics: dict[Place, list[Sent]] = defaultdict(list)
        self.published_at: dict[tuple[str, str, int], datetime] = {}
        self.watch = Watch(self.services, self.topics, self.published_at)
        for matter_id, party in zip(("m1", "m2"), PARTIES, strict=False):
            self.act(party.service, partial(_open, matter_id, party))

    # What the world may do, apart from people.

    def chosen(self, who: int) -> Service:
        """A service by number."""
        return self.services[SERVICES[who % len(SERVICES)]]

    def matter(self, how: int) -> str:
        """A matter by number."""
        known = sorted(self.watch.states)
        return known[how % len(known)]

    def relay(self, who: int, how: int) -> None:
        """A relay sends some events; keys do not wait for each other."""
        service = self.chosen(who)
        for turn in range(1 + how % 4):
            places = sorted(place for place, rows in service.unsent.items() if rows)
            if places:
                self._publish(service, places[(how + turn) % len(places)])

    def _publish(self, service: Service, place: Place) -> None:
        sent = service.unsent[place].pop(0)
        service.last_sent[place] = sent
        self.topics[place].append(sent)
        self.published_at[sent.topic, sent.key, sent.seq] = self.now

    def repeat(self, who: int, how: int) -> None:
        """A relay that took over sends again what was sent before."""
        service = self.chosen(who)
        places = sorted(service.last_sent)
        if places:
            place = places[how % len(places)]
            self.topics[place].append(service.last_sent[place])

    def deliver(self, who: int, how: int) -> None:
        """A consumer reads some records, in order within a key, in any order between topics."""
        service = self.chosen(who)
        for turn in range(1 + how % 7):
            places = sorted(p for p, sent in self.topics.items() if service.read[p] < len(sent))
            if places:
                self._read(service, places[(how + turn) % len(places)])

    def rush(self, who: int, how: int) -> None:
        """All goes well for one matter: what was sent about it arrives nearly everywhere."""
        matter_id = self.matter(how)
        for service in self.services.values():
            for place in [p for p, rows in service.unsent.items() if rows and p[1] == matter_id]:
                while service.unsent[place]:
                    self._publish(service, place)
        late = SERVICES[(who // 5) % len(SERVICES)] if who % 5 == 0 else ""
        for service in self.services.values():
            for place in [p for p in self.topics if p[1] == matter_id and service.name != late]:
                while service.read[place] < len(self.topics[place]) and self._read(service, place):
                    pass

    def _read(self, service: Service, place: Place) -> bool:
        """Whether the record was run or passed over; False: it is parked and tried again."""
        sent = self.topics[place][service.read[place]]
        if sent.seq > service.done[place]:
            must(sent.seq == service.done[place] + 1, f"{place} has a gap before {sent.seq}")
            parked = (service.reactions.name, *place)
            if not self._react(service, sent):
                service.uow.parked.add(parked)
                return False
            service.uow.parked.discard(parked)
            service.done[place] = sent.seq
        service.read[place] += 1
        return True

    def _react(self, service: Service, sent: Sent) -> bool:
        record = a_record(sent.event, service=sent.writer, seq=sent.seq, time=sent.at)
        reactions = service.reactions
        method = (
            reactions.decide_reply
            if isinstance(sent.event, HandoverReply)
            else reactions.follow_custody
        )
        try:
            self._work(service, lambda _: method(sent.event), record=record)
        except (TryAgain, NotFound):
            return False
        return True

    def reread(self, who: int, how: int) -> None:
        """Rarely: a new class of reactions reads all history again over the tables that exist."""
        if how % 3:
            return
        service = self.chosen(who)
        self.generation += 1
        name = f"{service.name}.custody{self.generation}"
        service.reactions = reactions_of(name, service.uow, service.told)
        service.read.clear()
        service.done.clear()

    def look(self, who: int, _how: int) -> None:
        """A consumer notes which topics it has read to their end."""
        service = self.chosen(who)
        for name in SERVICES:
            topic = catalogue.route(HandoverReply, name).topic
            ends = ((p, len(sent)) for p, sent in self.topics.items() if p[0] == topic)
            if all(service.read[place] == end for place, end in ends):
                service.uow.heard[service.reactions.name, topic] = self.now

    def wait(self, who: int, how: int) -> None:
        """Time passes; often what is due by then runs at once, before anything else arrives."""
        self.now += HOUR * (1 + (who + how) % 12)
        for service in self.services.values() if who % 2 else ():
            for key in [key for key, at in service.uow.timers.items() if at <= self.now]:
                self._fire(service, key)

    def fire(self, who: int, how: int) -> None:
        """A clock that is due runs."""
        service = self.chosen(who)
        due = sorted(key for key, at in service.uow.timers.items() if at <= self.now)
        if due:
            self._fire(service, due[how % len(due)])

    def _fire(self, service: Service, key: tuple[str, str, int]) -> None:
        matter_id, kind, number = key
        reactions = service.reactions
        method = reactions.lapse_offer if kind == writing.LAPSE else reactions.end_question

        def run(uow: FakeUnitOfWork) -> None:
            method(matter_id, number)
            uow.timers.pop(key, None)  # it may have been dropped by what it did itself

        try:
            self._work(service, run)
        except TryAgain:
            return

    def act(self, service: str, deed: Callable[[FakeUnitOfWork], object]) -> bool:
        """Whether a person's act was allowed."""
        try:
            self._work(self.services[service], deed)
        except EstafetError as refusal:
            must(not isinstance(refusal, TryAgain), f"a person was told {refusal}")
            return False
        return True

    def _work(
        self, service: Service, deed: Callable[[FakeUnitOfWork], object], record: Any = None
    ) -> None:
        uow = service.uow
        uow.now, uow.record = self.now, record
        with uow.transaction():
            deed(uow)
        committed = [
            Sent(row.topic, row.key, row.seq, row.event, self.now, service.name)
            for row in uow.outbox
        ]
        uow.outbox.clear()
        for sent in committed:
            service.unsent[sent.topic, sent.key].append(sent)
            if sent.topic == CUSTODY:
                self.watch.committed(sent)
        self.watch.check_row(service, record.key if record else None)

    # The end of every history.

    def settle(self) -> None:
        """Everything sent arrives, every clock runs out; then each matter can go on."""
        for _ in range(200):
            self._quiet()
            due = [at for service in self.services.values() for at in service.uow.timers.values()]
            if not due:
                break
            self.now = max(self.now, min(due))
        else:
            raise Violation("clocks never end")
        for matter_id in sorted(self.watch.states):
            self.watch.check_settled(matter_id)
            self._must_go_on(matter_id)

    def _quiet(self) -> None:
        moved = True
        while moved:
            moved = False
            for who, service in enumerate(self.services.values()):
                for place in [place for place, rows in service.unsent.items() if rows]:
                    self._publish(service, place)
                    moved = True
                for place in list(self.topics):
                    while service.read[place] < len(self.topics[place]):
                        if not self._read(service, place):
                            break
                        moved = True
                self.look(who, 0)
                for key in [k for k, at in service.uow.timers.items() if at <= self.now]:
                    self._fire(service, key)
                    moved = moved or key not in service.uow.timers

    def _must_go_on(self, matter_id: str) -> None:
        """Whoever holds can write the next record."""
        end = self.watch.states[matter_id][-1]
        holder, organisation, unit, _ = end.holder
        officer = Party(holder, organisation, unit, "the next one")
        if not end.closed:
            go_on = self.act(holder, lambda uow: holding.reassign(uow, matter_id, officer, "x"))
            must(go_on, f"{matter_id} is stuck: {holder} holds and cannot write")
            return
        go_on = self.act(holder, lambda uow: holding.reopen(uow, matter_id, "x", 9999 * HOUR))
        parent = self.services[holder].uow.find(Custody, matter_id.rpartition(".")[0])
        must(go_on or (parent and parent.closed), f"{matter_id} cannot be reopened")
