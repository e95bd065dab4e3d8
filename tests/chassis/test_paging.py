"""Page tokens: ours are read, others are told by field."""

import pytest

from services.chassis.errors import Invalid
from services.chassis.paging import Place, next_page, page_token, place_of, size_of
from services.chassis.testing import A_MORNING


def test_a_token_names_the_place_that_it_was_made_of() -> None:
    assert place_of(page_token(3, A_MORNING, "c1")) == (3, A_MORNING, "c1")


def test_the_first_page_has_no_place() -> None:
    assert place_of("") is None


@pytest.mark.parametrize("token", ["!", "abc", "W10", "WzEsMiwzXQ", "ü", "bnVsbA"])
def test_what_is_no_token_of_ours_is_told_by_field(token: str) -> None:
    with pytest.raises(Invalid) as told:
        place_of(token)
    assert told.value.fields[0][0] == "page_token"


def test_a_page_has_50_rows_unless_the_caller_says() -> None:
    assert (size_of(0), size_of(7)) == (50, 7)


def a_place(row: str) -> Place:
    return 0, A_MORNING, row


def test_the_next_page_begins_after_the_last_row_that_is_shown() -> None:
    assert place_of(next_page(["c1", "c2", "c3"], 2, a_place)) == (0, A_MORNING, "c2")


@pytest.mark.parametrize("found", [[], ["c1"], ["c1", "c2"]])
def test_there_is_no_next_page_unless_one_row_more_was_found(found: list[str]) -> None:
    assert next_page(found, 2, a_place) == ""
