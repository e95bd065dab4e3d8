"""Broken JSON is told apart and told where."""

import pytest

from services.gateway.bodies import parse_object
from services.gateway.problems import Problem


def test_an_empty_body_is_an_empty_object() -> None:
    assert parse_object(b"") == {}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1,\n  b}', "line 2, column 3"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": 1, "a": 2}', "twice in one object: a"),
        (b"[1]", "must be a JSON object"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
    ],
)
def test_a_broken_body_is_a_400_that_says_what_is_wrong(body: bytes, said: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_object(body)
    assert caught.value.status == 400
    assert said in caught.value.detail
