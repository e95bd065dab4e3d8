"""What Prometheus is told of messages: those that wait, those held, and what came of each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.messages.channels.outlet import Closed, Delivered, Later, Refused, Result
from services.messages.delivery import MOST_ATTEMPTS
from services.messages.gauges import HELD_FOR, LOOK, outcome_of
from services.messages.notice import Channel
from tests.messages.builders import AN_EVENING
from tests.messages.post import Post
from tests.support.promtool import fires, without_promtool
from tests.support.scraped import Scraped, scrape, shown

HELD = "estafet_messages_held"
AN_HOUR = timedelta(hours=1)


def told(post: Post) -> Scraped:
    """What a process that sends messages shows."""
    runtime = post.runtime
    runtime.metrics.looks.add(LOOK)
    with shown(runtime) as port:
        return scrape(port)


@pytest.fixture
def post(database: sa.Engine) -> Post:
    return Post(database)


@pytest.mark.database("complaint")
def test_a_message_that_waits_for_its_hour_is_counted_and_is_not_late(post: Post) -> None:
    post.keep()
    post.write(not_before=AN_EVENING + AN_HOUR)
    found = told(post)
    shown_now = [found.value(f"estafet_messages_{name}") for name in ("waiting", "overdue_seconds")]
    assert shown_now == [1, 0]


@pytest.mark.database("complaint")
def test_a_message_is_late_from_when_it_could_have_left(post: Post) -> None:
    post.keep()
    post.write()
    post.clock.at += AN_HOUR
    assert told(post).value("estafet_messages_overdue_seconds") == AN_HOUR.total_seconds()


@pytest.mark.database("complaint")
def test_a_message_that_was_sent_waits_no_longer(post: Post) -> None:
    post.keep()
    post.write()
    post.send()
    assert told(post).value("estafet_messages_waiting") == 0


@pytest.mark.database("complaint")
def test_somebody_without_a_plan_is_counted_as_one_who_cannot_be_told(post: Post) -> None:
    post.write()
    post.send()
    assert told(post).value(HELD, reason="no_plan") == 1


@pytest.mark.database("complaint")
def test_what_a_channel_that_is_not_set_up_holds_is_counted_without_the_channel(post: Post) -> None:
    del post.outlets[Channel.SMS]
    post.keep()
    post.write()
    post.send()
    assert told(post).value(HELD, reason="channel_not_set_up") == 1


@pytest.mark.database("complaint")
def test_what_a_channel_that_does_not_take_us_holds_is_counted_without_its_words(
    post: Post,
) -> None:
    post.fakes[Channel.SMS].answers.append(Closed("http_401"))
    post.keep()
    post.write()
    post.send()
    assert told(post).value(HELD, reason="closed") == 1


@pytest.mark.database("complaint")
def test_while_nothing_is_held_each_reason_is_told_as_none(post: Post) -> None:
    found = told(post)
    assert {each["reason"]: found.value(HELD, **each) for each in found.labels(HELD)} == (
        dict.fromkeys(HELD_FOR, 0)
    )


@pytest.mark.database("complaint")
def test_a_process_that_sends_nothing_is_not_asked_for_messages(post: Post) -> None:
    with shown(post.runtime) as port:
        assert scrape(port).labels("estafet_messages_waiting") == []


@without_promtool
@pytest.mark.database("complaint")
def test_a_channel_that_is_not_set_up_raises_its_alert(post: Post, tmp_path: Path) -> None:
    del post.outlets[Channel.SMS]
    post.keep()
    post.write()
    post.send()
    assert fires("MessagesHeld", told(post).lasting, tmp_path)


@pytest.mark.database("complaint")
def test_each_try_is_counted_by_channel_and_by_what_came_of_it(post: Post) -> None:
    post.fakes[Channel.SMS].answers.append(Later("busy"))
    post.keep()
    post.write()
    post.send()
    post.pass_real(AN_HOUR)
    post.send()
    assert post.counted == [("sms", "later"), ("sms", "delivered")]


@pytest.mark.database("complaint")
def test_a_message_that_is_given_up_is_counted_as_that(post: Post) -> None:
    post.fakes[Channel.SMS].answers.extend([Later("busy")] * MOST_ATTEMPTS)
    post.keep()
    post.write()
    for _ in range(MOST_ATTEMPTS):
        post.send()
        post.pass_real(timedelta(days=1))
    assert post.counted == [("sms", "later")] * (MOST_ATTEMPTS - 1) + [("sms", "given_up")]


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (Delivered(), "delivered"),
        (Later("busy"), "later"),
        (Closed("http_401"), "closed"),
        (Refused("http_400"), "refused"),
        (Refused("http_404", of_address=True), "nobody"),
    ],
)
def test_what_came_of_a_message_is_one_word(result: Result, outcome: str) -> None:
    assert outcome_of(result, is_last=False) == outcome
