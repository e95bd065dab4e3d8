"""The number that people copy by hand."""

import pytest

from services.complaint.number import ALPHABET, new_number, normal


def test_a_number_is_read_as_it_is_written() -> None:
    number = new_number()
    assert normal(number) == number


def test_numbers_are_not_counted() -> None:
    assert len({new_number() for _ in range(200)}) == 200


def test_a_number_may_be_typed_carelessly() -> None:
    number = new_number()
    assert normal(f" {number.lower().replace('-', ' ')} ") == number


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    number = next(made for made in (new_number() for _ in range(999)) if "0" in made[4:])
    assert normal(number.replace("0", "O")) == number


def test_every_single_wrong_character_is_found() -> None:
    number = new_number()
    places = [place for place in range(4, len(number)) if number[place] != "-"]
    wrong = (
        number[:place] + character + number[place + 1 :]
        for place in places
        for character in ALPHABET
        if character != number[place]
    )
    assert all(normal(text) is None for text in wrong)


def test_every_two_swapped_characters_are_found() -> None:
    plain = new_number().replace("-", "")
    swaps = [(i, j) for i in range(3, 12) for j in range(i + 1, 12) if plain[i] != plain[j]]
    assert all(normal(_swapped(plain, i, j)) is None for i, j in swaps)


def _swapped(text: str, i: int, j: int) -> str:
    characters = list(text)
    characters[i], characters[j] = characters[j], characters[i]
    return "".join(characters)


@pytest.mark.parametrize("text", ["", "ADU", "ADU-1234-5678", "1", "ADU-UUUU-UUUU-U", "٣" * 9])
def test_what_is_no_number_is_told(text: str) -> None:
    assert normal(text) is None
