"""One holder by every prefix of a log, in every service's books, also while matters move."""

from dataclasses import replace

from estafet.handover.v1 import custody_pb2 as pb

from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.audit.accounts import Books, Head, Progress
from tests.audit.books import (
    CUSTODY,
    LOG,
    a_ledger,
    an_account,
    an_entry,
    balanced_books,
    said,
    with_head,
    with_progress,
    with_row,
)


def test_the_giver_that_could_go_on_is_a_second_holder() -> None:
    books = with_head(balanced_books(), "complaint", CUSTODY, Head(3, open=True))
    assert said(books) == [
        f"custody: {CUSTODY_TOPIC} m1: complaint and protection can go on; the log names protection"
    ]


def test_a_giver_restored_to_an_earlier_day_is_a_second_holder() -> None:
    books = with_head(balanced_books(), "complaint", CUSTODY, Head(2, open=True))
    assert f"custody: {CUSTODY_TOPIC} m1: complaint wrote 3, and its head stands at 2" in said(
        books
    )


def test_a_holder_that_cannot_go_on_leaves_nobody() -> None:
    books = with_head(balanced_books(), "protection", CUSTODY, Head(3, open=False))
    assert said(books) == [
        f"custody: {CUSTODY_TOPIC} m1: nobody can go on; the log names protection"
    ]


def test_a_holder_without_a_head_leaves_nobody() -> None:
    books = balanced_books()
    for heads in (books.pages["protection"].heads, books.later["protection"]):
        del heads[CUSTODY]
    assert said(books) == [
        f"custody: {CUSTODY_TOPIC} m1: nobody can go on; the log names protection"
    ]


def test_a_baton_that_is_parked_is_no_difference() -> None:
    books = balanced_books()
    parked = Progress(2, frozenset({3}))
    del books.pages["protection"].heads[CUSTODY]
    books.pages["protection"].matters["m1"] = an_account(2)
    assert said(with_progress(books, "protection.custody", CUSTODY, parked)) == []


def test_a_head_beyond_the_log_is_named() -> None:
    books = with_head(balanced_books(), "protection", CUSTODY, Head(4, open=True))
    assert f"custody: {CUSTODY_TOPIC} m1: the highest head is 4, the log ends at 3" in said(books)


def test_a_hole_in_a_log_is_named() -> None:
    ledger = a_ledger(LOG[0], LOG[2])
    assert "follows 1" in "".join(said(balanced_books(), ledger))


def test_heads_without_a_log_are_named() -> None:
    assert f"custody: {CUSTODY_TOPIC} m1: has heads and no log" in said(
        balanced_books(), a_ledger()
    )


def test_a_row_apart_from_the_log_names_what_is_apart() -> None:
    holder = replace(an_account().holder, unit="another")
    books = with_row(balanced_books(), "complaint", holder=holder, lapses=1)
    assert said(books) == [
        f"complaint: {CUSTODY_TOPIC} m1: its row at 3 is not the log's: holder, lapses"
    ]


def test_a_row_that_is_older_than_what_its_service_ran_is_named() -> None:
    books = balanced_books()
    books.pages["complaint"].matters["m1"] = an_account(2)
    assert said(books) == [f"complaint: {CUSTODY_TOPIC} m1: its row stands at 2, and it has run 3"]


def test_a_matter_that_a_service_ran_and_does_not_know_is_named() -> None:
    books = balanced_books()
    del books.pages["protection"].matters["m1"]
    assert said(books) == [
        f"protection: {CUSTODY_TOPIC} m1: has run 3 of the log, and has no row of the matter"
    ]


def moving() -> Books:
    """Complaint was read before it gave the matter away, protection after it had gone on."""
    books = balanced_books()
    for heads in (books.cut["complaint"], books.pages["complaint"].heads):
        heads[CUSTODY] = Head(2, open=True)
    books.pages["complaint"].matters["m1"] = an_account(2)
    with_progress(books, "complaint.custody", CUSTODY, Progress(2))
    books.cut["protection"].clear()
    return with_head(books, "protection", CUSTODY, Head(4, open=True))


def test_a_matter_that_moves_while_it_is_read_is_no_difference() -> None:
    books = moving()
    log = a_ledger(
        *LOG, an_entry(4, pb.MatterClosed(matter_id="m1", ground="resolved"), "protection")
    )
    books.cut["protection"].clear()
    assert said(books, log) == []


def test_a_baton_between_two_hands_is_no_difference() -> None:
    books = balanced_books()
    books.cut["complaint"][CUSTODY] = Head(2, open=True)
    books.cut["protection"].clear()
    books.pages["protection"].heads.clear()
    books.pages["protection"].matters["m1"] = an_account(2)
    with_progress(books, "protection.custody", CUSTODY, Progress(2))
    assert said(books) == []
