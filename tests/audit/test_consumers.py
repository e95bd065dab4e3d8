"""Every number of every key has run or is parked, and nothing ran that was not written."""

from services.cli.audit.accounts import Head, Progress, Reader
from tests.audit.books import (
    EVENT,
    EVENTS,
    balanced_books,
    said,
    with_head,
    with_progress,
)

READER = "protection.reactions"


def test_books_that_balance_have_no_difference() -> None:
    assert said(balanced_books()) == []


def test_a_number_that_never_came_is_named() -> None:
    books = with_head(balanced_books(), "complaint", EVENT, Head(3, open=True))
    assert said(books) == [f"{READER}: {EVENTS} m1: 3 neither ran nor are parked"]


def test_a_key_that_was_never_read_is_named() -> None:
    books = balanced_books()
    del books.pages["protection"].progress[READER][EVENT]
    assert said(books) == [f"{READER}: {EVENTS} m1: 1 to 2 were never read"]


def test_a_consumer_that_began_later_owes_no_older_key() -> None:
    books = balanced_books()
    del books.pages["protection"].progress[READER][EVENT]
    books.readers = (*books.readers[:2], Reader(READER, "protection", (EVENTS,), from_start=False))
    assert said(books) == []


def test_parked_numbers_are_accounted_for() -> None:
    parked = Progress(0, frozenset({1, 2}))
    assert said(with_progress(balanced_books(), READER, EVENT, parked)) == []


def test_a_parked_number_that_is_gone_is_named() -> None:
    parked = Progress(0, frozenset({2}))
    books = with_progress(balanced_books(), READER, EVENT, parked)
    assert said(books) == [f"{READER}: {EVENTS} m1: 1 neither ran nor are parked"]


def test_a_number_that_ran_and_is_parked_still_is_named() -> None:
    books = with_progress(balanced_books(), READER, EVENT, Progress(2, frozenset({2})))
    assert said(books) == [f"{READER}: {EVENTS} m1: 2 ran and are parked still"]


def test_progress_beyond_what_was_written_is_named() -> None:
    books = with_progress(balanced_books(), READER, EVENT, Progress(3))
    assert said(books) == [f"{READER}: {EVENTS} m1: has run 3, and only 2 were written"]


def test_what_a_partner_wrote_is_numbered_by_no_service_and_runs_once() -> None:
    answer = ("partner.kemlu.inbox.v1", "outside:0:7")
    assert said(with_progress(balanced_books(), READER, answer, Progress(1))) == []
    (twice,) = said(with_progress(balanced_books(), READER, answer, Progress(2)))
    assert twice.endswith("outside:0:7: has run 2, and only 1 were written")


def test_progress_beyond_the_cut_is_traffic() -> None:
    books = with_progress(balanced_books(), READER, EVENT, Progress(5))
    books.later["complaint"][EVENT] = Head(6, open=True)
    assert said(books) == []


def test_a_topic_that_is_shorter_than_what_was_read_is_named() -> None:
    books = balanced_books()
    books.ends[EVENTS, 0] = 1
    assert said(books) == [f"{READER}: {EVENTS} partition 0: was read to 2, and ends at 1"]
