"""What must never happen in the simulated world, looked for as soon as it can be seen.

`committed` sees each custody record in the order of its log, `check_row` a service's row after
each of its transactions, `check_settled` a matter when everything has arrived.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from estafet.handover.v1 import custody_pb2 as pb
from estafet.handover.v1.reply_pb2 import HandoverReply

from services.chassis import catalogue
from services.handover.custody import Custody, Party
from tests.handover.parts import CUSTODY, Place, Sent, Service, must
from tests.handover.simple_fold import State, after

CLOSING = (
    pb.HandoverAccepted,
    pb.HandoverDeclined,
    pb.HandoverLapsed,
    pb.HandoverWithdrawn,
)
NEVER = datetime.max.replace(tzinfo=UTC)


class Watch:
    """The true logs and the plain fold of each of their prefixes."""

    def __init__(
        self,
        services: Mapping[str, Service],
        topics: Mapping[Place, list[Sent]],
        published_at: Mapping[tuple[str, str, int], datetime],
    ) -> None:
        self._services = services
        self._topics = topics
        self._published_at = published_at
        self.states: dict[str, list[State]] = defaultdict(lambda: [State()])
        self.logs: dict[str, list[Sent]] = defaultdict(list)

    def committed(self, sent: Sent) -> None:
        """One more custody record: numbered next, by the holder, and right in its place."""
        states, log = self.states[sent.key], self.logs[sent.key]
        before, name = states[-1], f"{sent.key} {sent.seq} {sent.event.DESCRIPTOR.name}"
        must(sent.seq == len(states), f"{name}: the log stands at {len(states) - 1}")
        if before.holders:
            must(before.holder[0] == sent.writer, f"{name} is written by {sent.writer}")
        if isinstance(sent.event, pb.HandoverOffered):
            must(not before.offer_no, f"{name}: a second open offer")
        if isinstance(sent.event, CLOSING):
            must(sent.event.offer_no == before.offer_no, f"{name} closes no open offer")
            self._check_clock(sent, before)
        if isinstance(sent.event, pb.MatterClosed):
            open_ones = [c for c in before.children if not self.states[c][-1].closed]
            must(not open_ones or self._was_closed(open_ones), f"{name}: a child is open")
        log.append(sent)
        states.append(after(before, sent.seq, sent.event))
        must(states[-1].holders, f"{name}: nobody holds")

    def _was_closed(self, children: list[str]) -> bool:
        """A child that was reopened elsewhere may still be read as closed."""
        return all(any(state.closed for state in self.states[child]) for child in children)

    def _check_clock(self, sent: Sent, before: State) -> None:
        """A reply in time that was there to be read counts; one that came too late does not."""
        if before.asked or not isinstance(sent.event, (pb.HandoverAccepted, pb.HandoverLapsed)):
            return
        due_at = self._due_at(sent.key)
        replies = [r for r in self._replies(sent.key) if r.event.offer_no == before.offer_no]
        if isinstance(sent.event, pb.HandoverLapsed):
            must(sent.at >= due_at, f"{sent.key} {sent.seq} lapses before its clock")
            asked = sum(isinstance(r.event, pb.HandoverAsked) for r in self._since_offer(sent.key))
            there = [r for r in replies if self._published(r) <= due_at and r.at <= due_at]
            must(len(there) <= asked, f"{sent.key} {sent.seq} lapses over a reply that was there")
        else:
            wins = [r for r in replies if r.event.HasField("acceptance") and r.at <= due_at]
            must(wins, f"{sent.key} {sent.seq} accepts without an acceptance in time")

    def _since_offer(self, key: str) -> list[Sent]:
        return self.logs[key][self.states[key][-1].offer_no - 1 :]

    def _due_at(self, key: str) -> datetime:
        clocks = (pb.HandoverOffered, pb.HandoverClarified, pb.HandoverExtended)
        last = [s.event for s in self._since_offer(key) if isinstance(s.event, clocks)][-1]
        return last.due_at.ToDatetime(tzinfo=UTC)

    def _replies(self, key: str) -> Iterator[Sent]:
        for service in self._services.values():
            place = catalogue.route(HandoverReply, service.name).topic, key
            seen: set[int] = set()
            for sent in (*self._topics[place], *service.unsent[place]):
                if sent.seq not in seen:
                    seen.add(sent.seq)
                    yield sent

    def _published(self, sent: Sent) -> datetime:
        return self._published_at.get((sent.topic, sent.key, sent.seq), NEVER)

    def check_row(self, service: Service, key: str | None) -> None:
        """The service's own column is the plain fold of the same prefix; at most one open head."""
        for matter_id in [key] if key else list(self.states):
            row = service.uow.find(Custody, matter_id)
            if row is not None:
                must(
                    _seen(row) == self.states[matter_id][row.custody_no],
                    f"{service.name} sees {matter_id} {row.custody_no} otherwise: {_seen(row)}",
                )
            self._check_heads(matter_id)

    def _check_heads(self, matter_id: str) -> None:
        heads = {
            name: head
            for name, service in self._services.items()
            if (head := service.uow.heads.get((CUSTODY, matter_id))) is not None and head.open
        }
        must(len(heads) <= 1, f"{matter_id} has open heads at {sorted(heads)}")
        for name, head in heads.items():
            row = self._services[name].uow.find(Custody, matter_id)
            must(row is not None and row.custody_no == head.seq, f"{matter_id}: {name}'s head")
            must(self.states[matter_id][-1].holder[0] == name, f"{matter_id}: {name} writes")

    def check_settled(self, matter_id: str) -> None:
        """Everybody knows the end of the log, was told of it once, and has his answers."""
        end = self.states[matter_id][-1]
        must(not end.offer_no, f"{matter_id} has an offer that never ends")
        for service in self._services.values():
            row = service.uow.find(Custody, matter_id)
            must(row is not None and _seen(row) == end, f"{service.name} misses {matter_id}'s end")
            for place in self._topics:
                last = max((sent.seq for sent in self._topics[place]), default=0)
                must(service.done[place] == last, f"{service.name} is stuck at {place}")
        self._check_told(matter_id)
        self._check_answered(matter_id)

    def _check_told(self, matter_id: str) -> None:
        """Each offer's receiver and giver were told of its beginning and its end, once."""
        for sent in self.logs[matter_id]:
            if isinstance(sent.event, pb.HandoverOffered):
                how = dict(self.states[matter_id][-1].ended)[sent.seq]
                won = how == "accepted"
                receiver = self._services[sent.event.receiver.service].told
                giver = self._services[sent.event.giver.service].told
                expected = (
                    receiver["on_offered", matter_id, sent.seq],
                    receiver["on_confirmed" if won else "on_offer_over", matter_id, sent.seq],
                    giver["on_accepted" if won else "on_refused", matter_id, sent.seq],
                )
                must(expected == (1, 1, 1), f"{matter_id} {sent.seq} {how} was told {expected}")

    def _check_answered(self, matter_id: str) -> None:
        """No acceptance is lost: each names an offer that has one end, and knows it."""
        ended = [number for number, _ in self.states[matter_id][-1].ended]
        must(len(ended) == len(set(ended)), f"{matter_id} has an offer with two ends")
        for reply in self._replies(matter_id):
            must(reply.event.offer_no in ended, f"{matter_id}: a reply without an outcome")
            row = self._services[reply.writer].uow.read(Custody, matter_id)
            offer = row.offer(reply.event.offer_no)
            must(offer is not None and not offer.reply, f"{matter_id}: {reply.writer} still waits")


def _seen(row: Custody) -> State:
    """The kernel's fold in the words of the plain one."""
    offer = row.open_offer
    return State(
        holders=tuple(_words(party) for party in (*row.stack, row.holder)),
        offer_no=offer.offer_no if offer else 0,
        asked=offer is not None and offer.state == "asked",
        children=frozenset(row.children),
        closed=row.closed,
        lapses=row.lapses,
        ended=tuple((o.offer_no, str(o.state)) for o in row.offers if not o.is_open),
    )


def _words(party: Party) -> tuple[str, ...]:
    return (party.service, party.organisation, party.unit, party.officer_id)
