"""Books that balance: one complaint, filed, offered with 2, accepted with 3; and ways to spoil
them."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

from google.protobuf.message import Message

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import A_MORNING
from services.cli.audit.accounts import (
    Books,
    Difference,
    Head,
    Page,
    Progress,
    Reader,
    consumer_differences,
)
from services.cli.audit.custody import custody_differences
from services.cli.audit.matters import Account, follow
from services.handover.fold import Entry
from services.handover.ledger import Ledger
from tests.handover.builders import accepted, offered, opened

EVENTS = "estafet.complaint.v1"
CUSTODY = (CUSTODY_TOPIC, "m1")
EVENT = (EVENTS, "m1")
READERS = (
    Reader("complaint.custody", "complaint", (CUSTODY_TOPIC,)),
    Reader("protection.custody", "protection", (CUSTODY_TOPIC,)),
    Reader("protection.reactions", "protection", (EVENTS,)),
)


def an_entry(seq: int, event: Message, writer: str = "complaint") -> Entry:
    at = A_MORNING + timedelta(hours=seq)
    return Entry(seq, event, at, writer, record_id=f"r{seq}")


LOG = (an_entry(1, opened()), an_entry(2, offered()), an_entry(3, accepted()))


def a_ledger(*entries: Entry) -> Ledger:
    ledger = Ledger()
    for entry in entries:
        ledger.take("m1", entry)
    return ledger


def an_account(number: int = 3) -> Account:
    return follow(LOG[:number], {number}).accounts[number]


def balanced_books() -> Books:
    complaint = Page(
        heads={CUSTODY: Head(3, open=False), EVENT: Head(2, open=True)},
        progress={"complaint.custody": {CUSTODY: Progress(3)}},
        matters={"m1": an_account()},
    )
    protection = Page(
        heads={CUSTODY: Head(3, open=True)},
        progress={
            "protection.custody": {CUSTODY: Progress(3)},
            "protection.reactions": {EVENT: Progress(2)},
        },
        positions={"protection.reactions": {(EVENTS, 0): 2}},
        matters={"m1": an_account()},
    )
    pages = {"complaint": complaint, "protection": protection}
    heads = {service: dict(page.heads) for service, page in pages.items()}
    return Books(READERS, deepcopy(heads), pages, deepcopy(heads), ends={(EVENTS, 0): 2})


def with_head(books: Books, service: str, key: tuple[str, str], head: Head) -> Books:
    """Books in which a service's head stands thus, in every reading."""
    for heads in (books.cut[service], books.pages[service].heads, books.later[service]):
        heads[key] = head
    return books


def with_progress(books: Books, consumer: str, key: tuple[str, str], progress: Progress) -> Books:
    for page in books.pages.values():
        if consumer in page.progress:
            page.progress[consumer][key] = progress
    return books


def with_row(books: Books, service: str, **changes: object) -> Books:
    rows = books.pages[service].matters
    rows["m1"] = replace(rows["m1"], **changes)  # type: ignore[arg-type] # any field may change
    return books


def said(books: Books, ledger: Ledger | None = None) -> list[str]:
    """What an audit of these books says."""
    found: list[Difference] = [
        *consumer_differences(books),
        *custody_differences(books, ledger or a_ledger(*LOG)),
    ]
    return [str(each) for each in found]
