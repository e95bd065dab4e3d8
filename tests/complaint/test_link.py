"""The link of an invitation: it opens once and until its end, and whoever guesses gets nowhere."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from services.chassis import identity
from services.chassis.clock import real_now
from services.chassis.errors import NotAllowed, TooMany, Unauthenticated
from services.chassis.identity import Identity
from services.complaint import access
from services.complaint.access import TRIES, TRIES_COUNT_FOR
from tests.complaint.agency import LINK, Hearing

NO_LINK = "zyxwvutsrqponmlkjihgfedcba"


def refused(reason: str) -> pytest.RaisesExc[NotAllowed]:
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def invited() -> Hearing:
    hearing = Hearing()
    hearing.invite()
    return hearing


def test_a_link_buys_a_token_for_one_clarification_for_two_hours() -> None:
    hearing = invited()
    grant = hearing.open()
    tokens = hearing.access.tokens
    caller = Identity("estafet", {tokens.issuer: tokens.published()}).caller(grant.token)
    assert (caller.subject, caller.roles, caller.matter_id) == (
        hearing.found.subject,
        frozenset({"p3mi"}),
        hearing.found.clarification_id,
    )
    left = grant.expires_at.ToDatetime(real_now().tzinfo) - real_now()
    assert timedelta(minutes=119) < left <= timedelta(hours=2)


def test_a_link_used_twice_is_refused_by_the_rule_that_it_opens_once() -> None:
    hearing = invited()
    hearing.open()
    with pytest.raises(NotAllowed, match=r"a link opens once: ask the officer .*\(belum") as told:
        hearing.open()
    assert told.value.reason == "LINK_USED"


def test_a_link_is_refused_after_its_end() -> None:
    hearing = invited()
    hearing.uow.now += timedelta(days=7, seconds=1)
    with pytest.raises(NotAllowed, match="until 2024-03-11 03:00 UTC") as told:
        hearing.open()
    assert told.value.reason == "LINK_ENDED"


def test_a_link_opens_until_its_last_second() -> None:
    hearing = invited()
    hearing.uow.now += timedelta(days=7)
    assert hearing.open().token


def test_a_fresh_link_ends_the_one_before() -> None:
    hearing = invited()
    hearing.uow.secret = NO_LINK
    hearing.officer("RenewInvitation")
    with pytest.raises(Unauthenticated):
        hearing.open(LINK)
    assert hearing.open(NO_LINK).token


def test_whoever_came_in_by_a_link_that_was_renewed_is_out() -> None:
    hearing = invited()
    before = hearing.found.subject
    hearing.officer("RenewInvitation")
    with refused("LINK_RENEWED"):
        hearing.agency("GetInvitation", subject=before)


def test_a_link_opens_nothing_once_the_session_was_held() -> None:
    hearing = invited()
    hearing.hold()
    with refused("INVITATION_OVER"):
        hearing.open()


def test_the_link_is_kept_as_a_hash_only() -> None:
    hearing = invited()
    assert LINK.encode() not in hearing.found.link_hash
    assert LINK not in repr(vars(hearing.found))


def test_a_wrong_link_and_an_unknown_clarification_are_refused_in_the_same_words() -> None:
    hearing = invited()
    told = set()
    for clarification_id in ("", str(uuid4())):
        with pytest.raises(Unauthenticated) as wrong:
            hearing.open(NO_LINK, clarification_id)
        told.add((str(wrong.value), wrong.value.reason))
    assert len(told) == 1


def test_a_wrong_link_does_not_use_the_right_one_up() -> None:
    hearing = invited()
    with pytest.raises(Unauthenticated):
        hearing.open(NO_LINK)
    assert hearing.open().token


def test_a_link_of_one_clarification_does_not_open_another() -> None:
    first, second = invited(), invited()
    second.found.link_hash = first.found.link_hash
    second.found.clarification_id = str(uuid4())
    second.uow.add(second.found)
    with pytest.raises(Unauthenticated):
        second.open(LINK, second.found.clarification_id)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_after_five_wrong_tries_an_invitation_is_shut_for_fifteen_minutes(known: bool) -> None:
    hearing = invited()
    clarification_id = hearing.found.clarification_id if known else str(uuid4())
    for _ in range(TRIES):
        with pytest.raises(Unauthenticated):
            hearing.open(NO_LINK, clarification_id)
    with pytest.raises(TooMany):
        hearing.open(LINK, clarification_id)


def test_a_shut_invitation_opens_again() -> None:
    hearing = invited()
    for _ in range(TRIES):
        with pytest.raises(Unauthenticated):
            hearing.open(NO_LINK)
    hearing.keys.now += TRIES_COUNT_FOR
    assert hearing.open().token


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_a_guess_is_compared_in_constant_time_and_with_a_hash_as_long(
    known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []

    def noted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return identity.same(one, other)

    monkeypatch.setattr(access, "same", noted)
    hearing = invited()
    with pytest.raises(Unauthenticated):
        hearing.open(NO_LINK, "" if known else str(uuid4()))
    assert compared == [(32, 32)]
