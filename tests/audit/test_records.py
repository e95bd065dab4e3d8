"""The topics themselves: every number once, with one id; one effect of one cause."""

from collections import defaultdict

import pytest

from services.chassis.testing import a_record
from services.cli.audit.accounts import Head, effect_of, record_differences
from tests.audit.books import EVENT, EVENTS, balanced_books, with_head
from tests.handover.builders import opened

Found = dict[tuple[str, str], dict[int, set[str]]]


def found() -> Found:
    books = balanced_books()
    records: Found = {}
    for page in books.pages.values():
        for key, head in page.heads.items():
            records[key] = {number: {f"r{number}"} for number in range(1, head.seq + 1)}
    return records


def said(records: Found) -> list[str]:
    return [str(each) for each in record_differences(records, {}, balanced_books())]


def test_complete_topics_have_no_difference() -> None:
    assert said(found()) == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_record_that_is_gone_is_named(number: int) -> None:
    records = found()
    del records[EVENT][number]
    assert said(records) == [f"topic: {EVENTS} m1: {number} missing"]


def test_a_repeated_record_is_no_difference_and_one_with_a_new_id_is() -> None:
    records = found()
    records[EVENT][2].add("r2")
    assert said(records) == []
    records[EVENT][2].add("another")
    assert said(records) == [f"topic: {EVENTS} m1: 2 came with more than one id"]


def test_a_record_that_no_service_wrote_is_named() -> None:
    records = found()
    records[EVENT][3] = {"r3"}
    assert said(records) == [f"topic: {EVENTS} m1: 3 written by no service"]


def test_a_record_that_came_while_the_topics_were_read_is_no_difference() -> None:
    records = found()
    records[EVENT][3] = {"r3"}
    books = balanced_books()
    books.later["complaint"][EVENT] = Head(3, open=True)
    assert list(record_differences(records, {}, books)) == []


def test_two_effects_of_one_cause_on_one_key_are_named() -> None:
    effects = defaultdict(set)
    for record_id in ("a", "b"):
        caused = a_record(opened(), service="complaint", seq=1)
        headers = {"ce_causationid": "cause"}
        effect = effect_of(type(caused)(**{**vars(caused), "headers": headers}))
        assert effect is not None
        effects[effect].add(record_id)
    books = with_head(balanced_books(), "complaint", EVENT, Head(2, open=True))
    (only,) = record_differences(found(), effects, books)
    assert only.key == "m1"
    assert only.what.endswith("emitted estafet.handover.v1.MatterOpened 2 times for one cause")


def test_what_a_person_began_is_no_effect() -> None:
    assert effect_of(a_record(opened(), service="complaint")) is None
