"""Number and secret: who has them gets in, who guesses does not get far.

The keys in memory that the other tests use pass the same suite as those in the database.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.clock import real_now
from services.chassis.errors import TooMany, Unauthenticated
from services.chassis.identity import Identity
from services.complaint.access import TRIES, TRIES_COUNT_FOR, Keys
from services.complaint.access_store import SqlKeys, forget_tries
from services.complaint.domain import Particulars
from services.complaint.number import new_number
from tests.complaint.builders import C1, MemoryKeys, an_access

WORDS = "abcd efgh"
NUMBER = new_number()
KEY = b"a number's hash"


def with_one_complaint() -> MemoryKeys:
    keys = MemoryKeys()
    keys.kept[NUMBER] = C1, an_access(keys).hash(NUMBER, "abcdefgh")
    return keys


def guess_wrongly(keys: MemoryKeys, times: int, number: str = NUMBER) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated, match="do not fit"):
            an_access(keys).open(number, "wrong")


def test_number_and_secret_buy_a_token_for_one_matter_for_30_minutes() -> None:
    access = an_access(with_one_complaint())
    grant = access.open(NUMBER, WORDS)
    caller = Identity("estafet", {access.tokens.issuer: access.tokens.published()}).caller(
        grant.token
    )
    assert (caller.matter_id, caller.roles) == (C1, frozenset({"complainant"}))
    assert timedelta(minutes=29) < grant.expires_at - real_now() <= timedelta(minutes=30)


def test_number_and_secret_may_be_typed_carelessly() -> None:
    grant = an_access(with_one_complaint()).open(NUMBER.lower().replace("-", ""), "ABCD-EFGH ")
    assert grant.complaint_id == C1


def test_a_wrong_secret_is_refused() -> None:
    guess_wrongly(with_one_complaint(), 1)


def test_an_unknown_number_is_refused_in_the_same_words() -> None:
    guess_wrongly(with_one_complaint(), 1, new_number())


def test_text_that_is_no_number_is_refused_in_the_same_words() -> None:
    guess_wrongly(with_one_complaint(), 1, "my complaint")


@pytest.mark.parametrize("number", [NUMBER, new_number()], ids=["known", "unknown"])
def test_after_five_wrong_tries_a_number_is_shut(number: str) -> None:
    keys = with_one_complaint()
    guess_wrongly(keys, TRIES, number)
    with pytest.raises(TooMany):
        an_access(keys).open(number, WORDS)


def test_a_shut_number_opens_again_after_15_minutes() -> None:
    keys = with_one_complaint()
    guess_wrongly(keys, TRIES)
    keys.now += TRIES_COUNT_FOR
    assert an_access(keys).open(NUMBER, WORDS).complaint_id == C1


def test_the_right_secret_forgives_earlier_tries() -> None:
    keys = with_one_complaint()
    guess_wrongly(keys, TRIES - 1)
    an_access(keys).open(NUMBER, WORDS)
    guess_wrongly(keys, TRIES)


# The suite that every Keys passes.


def in_memory(_: pytest.FixtureRequest) -> Keys:
    keys = MemoryKeys()
    keys.kept[NUMBER] = C1, b"a hash"
    return keys


def in_the_database(request: pytest.FixtureRequest) -> Keys:
    engine: sa.Engine = request.getfixturevalue("database")
    with Session(engine) as session:
        session.add(Particulars(C1, NUMBER, b"a hash", "narrative"))
        session.commit()
    return SqlKeys(engine, TRIES_COUNT_FOR)


EVERY_KEYS = pytest.mark.parametrize(
    "make", [in_memory, pytest.param(in_the_database, marks=pytest.mark.database("complaint"))]
)
Make = Callable[[pytest.FixtureRequest], Keys]


@EVERY_KEYS
def test_tries_are_counted_by_number(make: Make, request: pytest.FixtureRequest) -> None:
    keys = make(request)
    assert [keys.spend(KEY), keys.spend(KEY), keys.spend(b"another"), keys.spend(KEY)] == [
        1,
        2,
        1,
        3,
    ]


@EVERY_KEYS
def test_forgiven_tries_do_not_count(make: Make, request: pytest.FixtureRequest) -> None:
    keys = make(request)
    keys.spend(KEY)
    keys.forgive(KEY)
    assert keys.spend(KEY) == 1


@EVERY_KEYS
def test_a_number_is_found_with_its_hash(make: Make, request: pytest.FixtureRequest) -> None:
    assert make(request).find(NUMBER) == (C1, b"a hash")


@EVERY_KEYS
def test_an_unknown_number_is_not_found(make: Make, request: pytest.FixtureRequest) -> None:
    assert make(request).find(new_number()) is None


@pytest.mark.database("complaint")
def test_tries_older_than_the_window_do_not_count(database: sa.Engine) -> None:
    keys = SqlKeys(database, TRIES_COUNT_FOR)
    keys.spend(KEY)
    let_pass(database, TRIES_COUNT_FOR)
    assert keys.spend(KEY) == 1


@pytest.mark.database("complaint")
def test_tries_are_forgotten_when_they_no_longer_count(database: sa.Engine) -> None:
    keys = SqlKeys(database, TRIES_COUNT_FOR)
    keys.spend(b"old")
    let_pass(database, TRIES_COUNT_FOR)
    keys.spend(b"new")
    with Session(database) as session:
        forget_tries(session, TRIES_COUNT_FOR)
        left = session.execute(sa.text("SELECT number_hash FROM access_try")).scalars().all()
    assert [bytes(key) for key in left] == [b"new"]


def let_pass(engine: sa.Engine, time: timedelta) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE access_try SET began_at = began_at - :t"), {"t": time})
