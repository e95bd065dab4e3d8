"""What a service writes, in its own transaction."""

from __future__ import annotations

import pytest

from services.chassis.errors import Invalid, NotFound
from services.chassis.testing import FakeUnitOfWork
from services.messages import outbox
from services.messages.message import Content, Message, State
from services.messages.notice import Notice
from services.messages.store import message
from services.messages.texts import TextsError
from tests.messages.builders import NUMBER, a_plan, a_question

PERSON = "complaint:c1"


def written(uow: FakeUnitOfWork, key: str = "q1") -> Message:
    return uow.read(Message, outbox.write(uow, a_question(), PERSON, key))


def test_a_message_waits_with_codes_only() -> None:
    found = written(FakeUnitOfWork())
    assert (found.state, found.code, found.matter_id, found.recipient) == (
        State.WAITING,
        "question",
        "c1",
        PERSON,
    )


def test_what_is_personal_lies_in_a_row_of_its_own() -> None:
    uow = FakeUnitOfWork()
    found = uow.read(Content, written(uow).message_id)
    assert found.values == {
        "number": NUMBER,
        "question": "Siapa nama majikan Anda (contoh)?",
        "until": "2024-03-18",
    }


def test_the_same_key_twice_is_one_message() -> None:
    uow = FakeUnitOfWork()
    assert written(uow) is written(uow)


def test_another_key_is_another_message() -> None:
    uow = FakeUnitOfWork()
    assert written(uow) is not written(uow, key="q2")


def test_one_key_of_two_matters_is_two_messages() -> None:
    assert outbox.message_id_of("c1", "q1") != outbox.message_id_of("c11", "q1")


def test_a_message_without_a_key_is_refused() -> None:
    with pytest.raises(Invalid, match="needs a key"):
        outbox.write(FakeUnitOfWork(), a_question(), PERSON, "")


def test_a_message_that_does_not_fit_its_text_is_refused_and_nothing_is_written() -> None:
    uow = FakeUnitOfWork()
    with pytest.raises(TextsError):
        outbox.write(uow, Notice("question", "c1", {"number": NUMBER}), PERSON, "q1")
    assert uow.find(Message, outbox.message_id_of("c1", "q1")) is None


def test_a_plan_is_kept_and_read() -> None:
    uow = FakeUnitOfWork()
    outbox.keep_plan(uow, PERSON, a_plan(language="en"), "c1")
    assert outbox.plan_of(uow, PERSON) == a_plan(language="en")


def test_of_somebody_unknown_there_is_no_plan() -> None:
    assert outbox.plan_of(FakeUnitOfWork(), PERSON) is None


def test_a_plan_that_nobody_gave_cannot_be_confirmed() -> None:
    with pytest.raises(NotFound):
        outbox.confirm_plan(FakeUnitOfWork(), PERSON)


def test_a_message_whose_words_are_forgotten_is_not_tried_again() -> None:
    found = written(FakeUnitOfWork())
    with pytest.raises(NotFound, match="no content any more: write another one"):
        outbox.again(FakeUnitOfWork(found), found.message_id)


def test_no_column_of_a_message_can_hold_an_address_or_a_text() -> None:
    assert {column.name for column in message.columns} == {
        "message_id",
        "matter_id",
        "recipient",
        "code",
        "severity",
        "written_at",
        "state",
        "reason",
        "due_at",
        "retry_at",
        "attempts",
        "plan_version",
        "channel",
        "saying",
        "settled_at",
        "journey_id",
        "headers",
    }
