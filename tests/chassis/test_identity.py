"""Published keys: fetched when needed, at most once a minute, and two may overlap."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import BadStatusLine
from threading import Event
from typing import Any

import jwt
import pytest

from services.chassis.errors import Unauthenticated, Unavailable
from services.chassis.identity import (
    FRESH_SECONDS,
    LEEWAY_SECONDS,
    Identity,
    PublishedKeys,
    keyed_hash,
    same,
)
from tests.chassis.counter import a_private_key, published


@dataclass
class Issuer:
    """Publishes keys by id, counts how often it is asked, and has a clock of its own."""

    keys: list[str]
    fetches: int = 0
    seconds: float = 1000.0
    trouble: Exception | None = None
    wrong: Mapping[str, Any] | None = None
    _made: dict[str, Any] = field(default_factory=dict)

    def fetch(self) -> Mapping[str, Any]:
        self.fetches += 1
        if self.trouble is not None:
            raise self.trouble
        for key_id in self.keys:
            self._made.setdefault(key_id, published(a_private_key(), key_id))
        return self.wrong or {"keys": [self._made[key_id] for key_id in self.keys]}

    def now(self) -> float:
        return self.seconds


def keys_of(issuer: Issuer) -> PublishedKeys:
    return PublishedKeys(issuer.fetch, now=issuer.now)


def refusal_of(act: Callable[[], object]) -> str:
    with pytest.raises((Unauthenticated, Unavailable)) as refused:
        act()
    return refused.value.reason


def test_keys_are_fetched_once() -> None:
    issuer = Issuer(["one"])
    keys = keys_of(issuer)
    for _ in range(5):
        keys.get("one")
    assert issuer.fetches == 1


def test_an_unknown_key_is_looked_up_at_most_once_a_minute() -> None:
    issuer = Issuer(["one"])
    keys = keys_of(issuer)
    for _ in range(5):
        assert refusal_of(lambda: keys.get("strange")) == "UNKNOWN_KEY"
    assert issuer.fetches == 1
    issuer.seconds += 61
    assert refusal_of(lambda: keys.get("strange")) == "UNKNOWN_KEY"
    assert issuer.fetches == 2


def test_many_callers_with_unknown_keys_ask_once() -> None:
    issuer = Issuer(["one"])
    keys = keys_of(issuer)
    with ThreadPoolExecutor(8) as callers:
        reasons = list(
            callers.map(lambda n: refusal_of(lambda: keys.get(f"strange-{n}")), range(50))
        )
    assert set(reasons) == {"UNKNOWN_KEY"}
    assert issuer.fetches == 1


def test_while_the_issuer_changes_keys_both_count() -> None:
    issuer = Issuer(["old"])
    keys = keys_of(issuer)
    keys.get("old")
    issuer.keys = ["old", "new"]
    issuer.seconds += 61
    assert keys.get("new").key_id == "new"
    assert keys.get("old").key_id == "old"


def test_a_key_that_was_withdrawn_no_longer_counts_after_the_next_look() -> None:
    issuer = Issuer(["old"])
    keys = keys_of(issuer)
    keys.get("old")
    issuer.keys = ["new"]
    issuer.seconds += 61
    keys.get("new")
    assert refusal_of(lambda: keys.get("old")) == "UNKNOWN_KEY"


TROUBLES = [OSError("refused"), BadStatusLine("?"), ValueError("no JSON")]


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
def test_an_issuer_that_is_down_is_not_the_callers_fault(trouble: Exception) -> None:
    issuer = Issuer(["one"], trouble=trouble)
    keys = keys_of(issuer)
    assert refusal_of(lambda: keys.get("one")) == "IDENTITY_DOWN"
    issuer.trouble = None
    issuer.seconds += 3
    assert keys.get("one").key_id == "one"


def test_callers_do_not_queue_for_an_issuer_that_is_down() -> None:
    issuer = Issuer(["one"], trouble=OSError("refused"))
    keys = keys_of(issuer)
    reasons = {refusal_of(lambda: keys.get("one")) for _ in range(10)}
    assert reasons == {"IDENTITY_DOWN"}
    assert issuer.fetches == 1


@pytest.mark.parametrize("wrong", [{"keys": []}, {"keys": "?"}, {"other": 1}], ids=str)
def test_an_issuer_that_publishes_rubbish_is_down(wrong: Mapping[str, Any]) -> None:
    assert refusal_of(lambda: keys_of(Issuer([], wrong=wrong)).get("one")) == "IDENTITY_DOWN"


def test_known_keys_count_while_the_issuer_is_down() -> None:
    issuer = Issuer(["one"])
    keys = keys_of(issuer)
    keys.get("one")
    issuer.trouble = OSError("refused")
    issuer.seconds += 61
    assert refusal_of(lambda: keys.get("two")) == "IDENTITY_DOWN"
    assert keys.get("one").key_id == "one"


def test_a_withdrawn_key_stops_counting_though_nobody_comes_with_a_new_one() -> None:
    issuer = Issuer(["old"])
    keys = keys_of(issuer)
    keys.get("old")
    issuer.keys = ["new"]
    issuer.seconds += 599
    assert keys.get("old").key_id == "old"
    issuer.seconds += 1
    assert refusal_of(lambda: keys.get("old")) == "UNKNOWN_KEY"


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
def test_keys_that_cannot_be_looked_up_again_count_for_an_hour(trouble: Exception) -> None:
    issuer = Issuer(["one"])
    keys = keys_of(issuer)
    keys.get("one")
    issuer.trouble = trouble
    issuer.seconds += 3599
    assert keys.get("one").key_id == "one"
    issuer.seconds += 1
    assert {refusal_of(lambda: keys.get("one")) for _ in range(5)} == {"IDENTITY_DOWN"}
    issuer.trouble = None
    issuer.seconds += 3
    assert keys.get("one").key_id == "one"


def test_a_known_key_is_not_waited_for_while_somebody_looks_again() -> None:
    issuer, entered, go_on = Issuer(["one"]), Event(), Event()
    keys = keys_of(issuer)
    keys.get("one")
    fetch = keys.fetch

    def slow() -> Mapping[str, Any]:
        entered.set()
        assert go_on.wait(10)
        return fetch()

    keys.fetch = slow
    issuer.seconds += 600
    with ThreadPoolExecutor(1) as other:
        looking = other.submit(keys.get, "one")
        assert entered.wait(10)
        assert keys.get("one").key_id == "one"
        go_on.set()
        assert looking.result().key_id == "one"
    assert issuer.fetches == 2


def test_a_keyed_hash_tells_lists_apart() -> None:
    assert not same(keyed_hash("k", "ab", "c"), keyed_hash("k", "a", "bc"))
    assert not same(keyed_hash("k", "a"), keyed_hash("other", "a"))
    assert same(keyed_hash("k", "a", "b"), keyed_hash("k", "a", "b"))


def a_token(private_key: str, key_id: str, issuer: str = "issuer") -> str:
    """An officer's token, good for a minute."""
    now = datetime.now(UTC)
    claims = {
        "iss": issuer,
        "sub": "officer:1",
        "aud": "estafet",
        "iat": now,
        "exp": now + timedelta(minutes=1),
    }
    return jwt.encode(claims, private_key, "ES256", headers={"kid": key_id})


@dataclass
class Rotating:
    """An issuer with one key after the other, and two clocks."""

    private_keys: dict[str, str]
    seconds: float = 0.0

    def identity(self) -> Identity:
        keys = PublishedKeys(self.fetch, now=lambda: self.seconds)
        return Identity("estafet", {"issuer": keys}, now=lambda: time.time() + self.seconds)

    def fetch(self) -> Mapping[str, Any]:
        return {"keys": [published(key, key_id) for key_id, key in self.private_keys.items()]}


def test_a_token_that_is_known_is_no_longer_verified() -> None:
    issuer = Rotating({"one": a_private_key()})
    identity, token = issuer.identity(), a_token(issuer.private_keys["one"], "one")
    assert identity.caller(token) is identity.caller(token)


def test_a_token_that_is_known_still_expires() -> None:
    issuer = Rotating({"one": a_private_key()})
    identity, token = issuer.identity(), a_token(issuer.private_keys["one"], "one")
    assert identity.caller(token).subject == "officer:1"
    issuer.seconds = 60 + LEEWAY_SECONDS
    assert refusal_of(lambda: identity.caller(token)) == "TOKEN_EXPIRED"


def test_a_token_that_is_known_ends_with_its_key() -> None:
    issuer = Rotating({"one": a_private_key()})
    identity, token = issuer.identity(), a_token(issuer.private_keys["one"], "one")
    assert identity.caller(token).subject == "officer:1"
    issuer.private_keys = {"two": a_private_key()}
    issuer.seconds = FRESH_SECONDS
    assert refusal_of(lambda: identity.caller(token)) == "UNKNOWN_KEY"


def test_a_key_of_the_same_name_but_another_does_not_keep_a_known_token_good() -> None:
    issuer = Rotating({"one": a_private_key()})
    identity, token = issuer.identity(), a_token(issuer.private_keys["one"], "one")
    assert identity.caller(token).subject == "officer:1"
    issuer.private_keys = {"one": a_private_key()}
    issuer.seconds = FRESH_SECONDS
    assert refusal_of(lambda: identity.caller(token)) == "BAD_TOKEN"


def test_a_bad_token_is_refused_every_time() -> None:
    issuer = Rotating({"one": a_private_key()})
    identity, token = issuer.identity(), a_token(a_private_key(), "one")
    assert [refusal_of(lambda: identity.caller(token)) for _ in range(2)] == ["BAD_TOKEN"] * 2
