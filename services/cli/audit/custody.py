"""Custody in an audit: one holder by every prefix of every log, in every service's books. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.audit.accounts import Books, Difference, Head, Progress, highest
from services.cli.audit.matters import Log, follow
from services.handover.ledger import Ledger

Heads = Mapping[str, Head]


@dataclass(frozen=True)
class Matter:
    """One matter in all books. `heads` are those of the pages, `later` those read last, by
    service; `cut` is the highest head of the cut."""

    matter_id: str
    log: Log
    heads: Heads
    later: Heads
    cut: int


def custody_differences(books: Books, ledger: Ledger) -> Iterator[Difference]:
    """Matters with a broken log, two open heads or none, a wrong holder, or a row apart from it."""
    for broken in ledger.breaks.values():
        yield _difference("custody", broken.matter_id, broken.why)
    for matter in _matters(books, ledger):
        if not matter.log.last:
            yield _difference("custody", matter.matter_id, "has heads and no log")
            continue
        for what in (*_length(matter), *_writers(matter), *_holder(matter, books)):
            yield _difference("custody", matter.matter_id, what)
        for service in books.pages:
            for what in _row(matter, service, books):
                yield _difference(service, matter.matter_id, what)


def _difference(where: str, matter_id: str, what: str) -> Difference:
    return Difference(where, CUSTODY_TOPIC, matter_id, what)


def _matters(books: Books, ledger: Ledger) -> Iterator[Matter]:
    heads = _by_matter({service: page.heads for service, page in books.pages.items()})
    later, cut = _by_matter(books.later), highest(books.cut)
    rows = {matter_id for page in books.pages.values() for matter_id in page.matters}
    for matter_id in sorted({*ledger.matters, *heads, *rows} - set(ledger.breaks)):
        own = (page.matters.get(matter_id) for page in books.pages.values())
        wanted = {row.custody_no for row in own if row is not None}
        yield Matter(
            matter_id,
            follow(ledger.entries.get(matter_id, []), wanted),
            heads.get(matter_id, {}),
            later.get(matter_id, {}),
            cut.get((CUSTODY_TOPIC, matter_id), 0),
        )


def _by_matter(
    heads: Mapping[str, Mapping[tuple[str, str], Head]],
) -> dict[str, dict[str, Head]]:
    found: dict[str, dict[str, Head]] = defaultdict(dict)
    for service, own in heads.items():
        for (topic, key), head in own.items():
            if topic == CUSTODY_TOPIC:
                found[key][service] = head
    return found


def _length(matter: Matter) -> Iterator[str]:
    """The topic holds every number that any head had reached, and none beyond the heads now."""
    top = max((head.seq for head in matter.heads.values()), default=0)
    newest = max((head.seq for head in matter.later.values()), default=0)
    if top > matter.log.last or matter.log.last > newest:
        yield f"the highest head is {newest}, the log ends at {matter.log.last}"


def _writers(matter: Matter) -> Iterator[str]:
    """A head never falls behind what its service has written."""
    for service in sorted(set(matter.log.writers)):
        wrote = matter.log.last_of(service)
        head = matter.later.get(service, Head(0, open=False))
        if head.seq < wrote:
            yield f"{service} wrote {wrote}, and its head stands at {head.seq}"


def _holder(matter: Matter, books: Books) -> Iterator[str]:
    """Each open head is the holder's by the log up to it, each closed one gave away with it; and
    the holder by the log up to the cut can go on, unless it could not yet run that record."""
    log, heads = matter.log, matter.heads
    wrong = [
        service
        for service, head in heads.items()
        if head.seq <= log.last
        and (log.holder(head.seq) != service if head.open else not log.gave_away(service, head.seq))
    ]
    at = min(matter.cut, log.last)
    holder = log.holder(at)
    settled = not at or _can_go_on(heads.get(holder), at) or _waits(matter, holder, at, books)
    if wrong or not settled:
        holding = sorted(service for service, head in heads.items() if head.open)
        named = holder or log.holder(log.last)
        yield f"{' and '.join(holding) or 'nobody'} can go on; the log names {named}"


def _can_go_on(head: Head | None, at: int) -> bool:
    """Whether a head is open at a number, or has gone on from it."""
    return head is not None and (head.seq > at or (head.seq == at and head.open))


def _waits(matter: Matter, service: str, number: int, books: Books) -> bool:
    """Whether a service has this number of the log parked, or a lower one before it."""
    return any(
        progress.done_seq < number
        for progress in _follows(service, matter.matter_id, books)
        if progress.parked
    )


def _follows(service: str, matter_id: str, books: Books) -> list[Progress]:
    key = (CUSTODY_TOPIC, matter_id)
    readers = [
        reader
        for reader in books.readers
        if reader.service == service and CUSTODY_TOPIC in reader.topics
    ]
    return [books.progress(reader)[key] for reader in readers if key in books.progress(reader)]


def _row(matter: Matter, service: str, books: Books) -> Iterator[str]:
    """A service's row is the log folded to the row's number, which is what it ran at least."""
    row = books.page(service).matters.get(matter.matter_id)
    done = min((p.done_seq for p in _follows(service, matter.matter_id, books)), default=0)
    if row is None:
        if done:
            yield f"has run {done} of the log, and has no row of the matter"
        return
    if row.custody_no < done:
        yield f"its row stands at {row.custody_no}, and it has run {done}"
    told = matter.log.accounts.get(row.custody_no)
    if told is None:
        yield f"its row stands at {row.custody_no}, the log ends at {matter.log.last}"
    elif unlike := row.unlike(told):
        yield f"its row at {row.custody_no} is not the log's: {', '.join(unlike)}"
