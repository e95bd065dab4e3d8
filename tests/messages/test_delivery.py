"""The sender at a real database: once, by the plan as it is, and never lost."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.messages import outbox, store
from services.messages.channels.outlet import Closed, Delivered, Later, Parcel, Refused, Result
from services.messages.delivery import MOST_ATTEMPTS
from services.messages.inbound import Incoming
from services.messages.message import State
from services.messages.notice import Channel, Notice, Value
from services.messages.plan import ASK_PAUSE, ASKS
from tests.messages.builders import (
    A_MORNING,
    AN_EVENING,
    EVENINGS,
    FakeOutlet,
    a_plan,
    a_question,
    a_way,
    an_alarm,
    an_officers_plan,
)
from tests.messages.post import PERSON, Post
from tests.support.waiting import until

pytestmark = pytest.mark.database("complaint")
MAIL = a_way(Channel.EMAIL)
A_WEEK = timedelta(days=7)
NOBODY = Refused("http_404", of_address=True)
ASKED = "Halo, apakah saya masih bisa menghubungi kamu di sini? Kalau bisa, balas ya."


class Killed(BaseException):
    """The process ends in the middle of its work."""


@pytest.fixture
def post(database: sa.Engine) -> Post:
    return Post(database)


def test_a_message_is_sent_once(post: Post) -> None:
    post.keep()
    post.write()
    post.send()
    post.send()
    assert [channel for channel, _ in post.said] == ["sms"]
    assert post.only().state is State.SENT


def test_what_is_written_in_a_transaction_that_fails_is_never_sent(post: Post) -> None:
    post.keep()

    def write_and_fail() -> None:
        with post.working() as uow:
            outbox.write(uow, a_question(), PERSON, "q1")
            raise Killed

    with pytest.raises(Killed):
        write_and_fail()
    post.send()
    assert post.said == []


def test_a_message_is_not_sent_before_its_time(post: Post) -> None:
    post.keep()
    post.write(not_before=AN_EVENING + timedelta(hours=1))
    post.send()
    assert post.said == []
    post.clock.at += timedelta(hours=1)
    post.send()
    assert len(post.said) == 1


def test_outside_safe_hours_a_message_waits_for_them(post: Post) -> None:
    post.clock.at = A_MORNING
    post.keep(a_plan(a_way(hours=EVENINGS)))
    post.write()
    post.send()
    assert post.said == []
    post.clock.at = AN_EVENING
    post.send()
    assert len(post.said) == 1


def test_what_could_not_be_sent_within_safe_hours_is_not_sent_after_them(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Later("busy")]
    post.keep(a_plan(a_way(hours=EVENINGS)))
    post.write()
    post.send()
    post.clock.at += timedelta(hours=3)
    post.pass_real(timedelta(hours=3))
    post.send()
    assert len(post.fakes[Channel.SMS].sent) == 1


def test_a_message_that_is_claimed_does_not_leave_once_the_safe_hour_is_over(post: Post) -> None:
    class SlowOutlet(FakeOutlet):
        def send(self, parcel: Parcel) -> Result:
            post.clock.at += timedelta(hours=3)
            return super().send(parcel)

    outlet = SlowOutlet()
    post.outlets[Channel.SMS] = outlet
    post.keep(a_plan(a_way(hours=EVENINGS)))
    post.write(key="q1")
    post.write(key="q2")
    post.send()
    assert len(outlet.sent) == 1


def test_a_message_that_is_claimed_does_not_leave_on_a_way_that_has_just_become_unsafe(
    post: Post,
) -> None:
    class TellingOutlet(FakeOutlet):
        def send(self, parcel: Parcel) -> Result:
            post.keep(a_plan(a_way(safe=False)))
            return super().send(parcel)

    outlet = TellingOutlet()
    post.outlets[Channel.SMS] = outlet
    post.keep()
    post.write(key="q1")
    post.write(key="q2")
    post.send()
    assert len(outlet.sent) == 1
    assert post.reasons == ["no_safe_way"]


def test_a_message_that_is_claimed_does_not_leave_once_its_matter_was_erased(post: Post) -> None:
    class ErasingOutlet(FakeOutlet):
        def send(self, parcel: Parcel) -> Result:
            with post.working() as uow:
                store.erase(uow.session, "c1")
            return super().send(parcel)

    outlet = ErasingOutlet()
    post.outlets[Channel.SMS] = outlet
    post.keep()
    post.write(key="q1")
    post.write(key="q2")
    post.send()
    assert (len(outlet.sent), post.all()) == (1, [])


def test_a_sender_that_is_killed_after_it_has_sent_repeats_under_the_same_key(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Killed()]
    post.keep()
    post.write()
    with pytest.raises(Killed):
        post.send()
    post.pass_real(timedelta(minutes=4))
    post.send()
    first, second = post.fakes[Channel.SMS].sent
    assert (first.key, first.text) == (second.key, second.text)
    assert post.only().state is State.SENT


def test_while_one_sender_has_a_message_no_other_sends_it(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Killed()]
    post.keep()
    post.write()
    with pytest.raises(Killed):
        post.send()
    post.send()
    assert len(post.fakes[Channel.SMS].sent) == 1


def test_a_mark_waits_for_who_has_the_plan_for_a_moment(post: Post) -> None:
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() <> pid"

    def hold(has_it: threading.Event) -> None:
        with post.engine.begin() as connection, post.engine.begin() as looking:
            connection.execute(sa.text("SELECT 1 FROM contact_plan FOR UPDATE"))
            has_it.set()
            for _ in range(2):
                until(lambda: looking.execute(sa.text(waiting)).all())
                until(lambda: not looking.execute(sa.text(waiting)).all())

    class HeldOutlet(FakeOutlet):
        def send(self, parcel: Parcel) -> Result:
            has_it = threading.Event()
            self.holder = threading.Thread(target=hold, args=(has_it,))
            self.holder.start()
            has_it.wait(60)
            return super().send(parcel)

    outlet = HeldOutlet([NOBODY])
    post.outlets[Channel.SMS] = outlet
    post.keep()
    post.write()
    post.a_sender().turn()
    outlet.holder.join()
    assert post.plan().doubt == "way_refused"


def test_a_mark_that_comes_after_the_lease_has_ended_changes_nothing(post: Post) -> None:
    class OvertakenOutlet(FakeOutlet):
        def send(self, parcel: Parcel) -> Result:
            post.pass_real(timedelta(minutes=4))
            post.outlets[Channel.SMS] = FakeOutlet([Refused("http_400")])
            post.send()
            super().send(parcel)
            return Delivered()

    post.outlets[Channel.SMS] = OvertakenOutlet()
    post.keep()
    post.write()
    post.send()
    assert (post.only().state, post.only().attempts) == (State.FAILED, 2)


def test_two_senders_at_once_take_different_messages(post: Post) -> None:
    post.keep()
    for number in range(15):
        post.write(key=f"q{number}")
    with post.working() as uow:
        first = {each.message_id for each in store.due(uow.session, post.clock.now(), 10)}
        with post.working() as other:
            second = {each.message_id for each in store.due(other.session, post.clock.now(), 10)}
    assert (len(first), len(second), first & second) == (10, 5, set())


def test_a_channel_that_is_busy_is_tried_again_after_growing_pauses(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Later("busy")] * 3
    post.keep()
    post.write()
    tries = []
    for _ in range(7):
        post.send()
        tries.append(len(post.fakes[Channel.SMS].sent))
        post.pass_real(timedelta(minutes=1))
    assert tries == [1, 2, 2, 3, 3, 3, 3]


def test_a_message_that_is_never_taken_is_given_up_and_told(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Later("busy")] * MOST_ATTEMPTS
    post.keep()
    post.write()
    for _ in range(MOST_ATTEMPTS + 2):
        post.send()
        post.pass_real(timedelta(hours=7))
    assert (post.only().state, post.only().reason) == (State.FAILED, "gave_up")
    assert post.reasons == ["gave_up"]


def test_what_was_given_up_can_be_tried_anew(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Refused("http_400")]
    post.keep()
    message_id = post.write()
    post.send()
    assert post.only().state is State.FAILED
    with post.working() as uow:
        outbox.again(uow, message_id)
    post.send()
    assert post.only().state is State.SENT


def test_a_message_that_is_refused_fails_at_once_and_is_told(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Refused("http_400")]
    post.keep()
    post.write()
    post.send()
    assert (post.only().state, post.reasons) == (State.FAILED, ["http_400"])


def test_an_address_where_nobody_is_has_the_person_asked_on_another_safe_way(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [NOBODY]
    post.keep(a_plan(a_way(), MAIL))
    post.write()
    post.send()
    assert post.fakes[Channel.EMAIL].texts == [ASKED]
    assert post.reasons == ["http_404"]


def test_after_the_person_has_confirmed_the_message_itself_goes_out(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [NOBODY]
    post.keep(a_plan(a_way(), MAIL))
    post.write()
    post.send()
    with post.working() as uow:
        outbox.confirm_plan(uow, PERSON)
    post.send()
    asked, told = post.fakes[Channel.EMAIL].texts
    assert (asked, told.splitlines()[1][:14]) == (ASKED, "Pertanyaannya:")


def test_two_messages_ask_one_question(post: Post) -> None:
    post.keep(a_plan().doubted("code_word_missing"))
    post.write(key="q1")
    post.write(key="q2")
    post.send()
    assert post.fakes[Channel.SMS].texts == [ASKED]


def test_who_never_answers_is_asked_a_few_times_and_then_the_officer_is_told(post: Post) -> None:
    post.keep(a_plan().doubted("code_word_missing"))
    post.write()
    for _ in range(ASKS + 2):
        post.send()
        post.clock.at += ASK_PAUSE
    assert post.fakes[Channel.SMS].texts == [ASKED] * ASKS
    assert post.reasons == ["no_answer"]


def reply(post: Post, text: str) -> None:
    """Somebody answers from the telephone of the plan."""
    sms = Channel.SMS
    told = Incoming(sms, a_way().address, text, post.clock.at, f"r-{post.clock.at:%d}")
    with post.working() as uow:
        outbox.hear(uow, [PERSON], told)


def test_who_answers_every_question_without_the_code_word_is_asked_three_times(post: Post) -> None:
    """And then an officer hears of it; as long as they are asked, nothing is told."""
    post.keep(a_plan(code_word="melati").doubted("no_code_word"))
    post.write()
    for _ in range(ASKS + 2):
        post.send()
        reply(post, "Ya, bisa.")
        post.clock.at += ASK_PAUSE
    assert post.fakes[Channel.SMS].texts == [f"{ASKED} melati"] * ASKS
    assert post.reasons == ["no_answer"]


def test_who_answers_with_the_code_word_is_told_what_waited(post: Post) -> None:
    post.keep(a_plan(code_word="melati").doubted("no_code_word"))
    post.write()
    post.send()
    reply(post, "Ya, melati.")
    post.send()
    asked, told = post.fakes[Channel.SMS].texts
    assert (asked, told.splitlines()[1][:14]) == (f"{ASKED} melati", "Pertanyaannya:")


def test_what_waits_for_whoever_is_forgotten_is_forgotten_with_their_plan(post: Post) -> None:
    post.keep(an_officers_plan(), "officer:o1")
    post.keep(a_plan())
    forgotten = post.write(an_alarm(), "officer:o1", "a1")
    kept = post.write()
    with post.working() as uow:
        assert store.forget_recipient(uow.session, "officer:o1") == [forgotten]
    post.send()
    assert [message.message_id for message, _ in post.all()] == [kept]
    assert post.reasons == []


def test_nobody_is_asked_once_there_is_no_doubt_any_more(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Later("busy")]
    post.keep(a_plan().doubted("code_word_missing"))
    post.write()
    post.send()
    with post.working() as uow:
        outbox.confirm_plan(uow, PERSON)
    post.pass_real(timedelta(hours=1))
    post.send()
    assert [text.splitlines()[0][:4] for text in post.fakes[Channel.SMS].texts] == ["Halo", "Kami"]
    assert post.only().state is State.SENT


def test_a_subscription_that_has_ended_is_forgotten_and_the_next_way_is_taken(post: Post) -> None:
    ended = Refused("http_410", of_address=True, has_ended=True)
    post.fakes[Channel.WEB_PUSH].answers = [ended]
    post.keep(a_plan(a_way(Channel.WEB_PUSH), MAIL))
    post.write()
    post.send()
    assert [way.channel for way in post.plan().ways] == [Channel.EMAIL]
    assert (post.only().channel, post.reasons) == ("email", [])


def test_without_a_safe_way_a_message_is_held_and_the_officer_is_told_once(post: Post) -> None:
    post.keep(a_plan(a_way(safe=False)))
    post.write()
    post.send()
    post.pass_real(A_WEEK)
    post.clock.at += A_WEEK
    post.send()
    assert (post.only().state, post.reasons, post.said) == (State.HELD, ["no_safe_way"], [])


def test_a_message_that_is_held_goes_out_when_the_person_names_a_safe_way(post: Post) -> None:
    post.keep(a_plan(a_way(safe=False)))
    post.write()
    post.send()
    post.keep(a_plan(MAIL))
    post.send()
    assert post.only().channel == "email"


def test_a_message_to_somebody_without_a_plan_is_held_until_there_is_one(post: Post) -> None:
    post.write()
    post.send()
    assert post.reasons == ["no_plan"]
    post.keep()
    post.send()
    assert post.only().state is State.SENT


def test_a_message_for_an_officer_never_goes_to_a_complainant(post: Post) -> None:
    post.keep()
    post.write(an_alarm())
    post.send()
    assert (post.reasons, post.said) == (["other_audience"], [])


def test_an_officers_mailbox_where_nobody_is_is_told_and_nobody_asked(post: Post) -> None:
    post.clock.at = A_MORNING
    post.fakes[Channel.EMAIL].answers = [NOBODY]
    post.keep(an_officers_plan(), "officer:1")
    post.write(an_alarm(), "officer:1")
    post.send()
    assert post.reasons == ["http_404", "no_safe_way"]
    assert len(post.said) == 1


def test_a_channel_that_is_not_set_up_holds_its_messages_and_says_so(post: Post) -> None:
    del post.outlets[Channel.SMS]
    post.keep()
    post.write()
    post.send()
    assert (post.only().state, post.reasons) == (State.HELD, ["channel_not_set_up:sms"])


def test_once_the_channel_is_set_up_they_go_out(post: Post) -> None:
    del post.outlets[Channel.SMS]
    post.keep()
    post.write()
    post.send()
    post.outlets[Channel.SMS] = post.fakes[Channel.SMS]
    post.pass_real(timedelta(minutes=6))
    post.send()
    assert (post.only().state, len(post.said)) == (State.SENT, 1)


def test_a_sender_without_a_neutral_name_holds_what_may_have_no_content(post: Post) -> None:
    post.outlets[Channel.SMS] = FakeOutlet(can_be_neutral=False)
    post.keep(a_plan(without_content=True, bare="greeting"))
    post.write()
    post.send()
    assert post.reasons == ["no_neutral_sender:sms"]


def test_a_gateway_that_does_not_know_us_closes_its_channel_and_loses_nothing(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Closed("http_401")]
    post.keep()
    post.write(key="q1")
    post.write(key="q2")
    post.send()
    assert (len(post.said), post.reasons) == (1, ["closed:http_401"])
    post.pass_real(timedelta(minutes=6))
    post.send()
    assert {message.state for message, _ in post.all()} == {State.SENT}


def test_a_channel_that_is_away_is_asked_once_and_not_for_every_message(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Later("away", is_away=True)]
    post.keep()
    for number in range(5):
        post.write(key=f"q{number}")
    post.send()
    assert len(post.said) == 1


def test_a_channel_that_is_away_does_not_stop_another(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [Later("away", is_away=True)]
    post.keep()
    post.keep(a_plan(MAIL), "complaint:c2")
    post.write()
    post.write(recipient="complaint:c2", key="q2")
    post.send()
    assert len(post.fakes[Channel.EMAIL].sent) == 1


def test_a_channel_gets_no_more_than_its_rate(post: Post) -> None:
    post.rates = dict.fromkeys(Channel, 6)
    post.keep()
    for number in range(9):
        post.write(key=f"q{number}")
    counts = []
    for _ in range(3):
        post.send()
        counts.append(len(post.said))
        post.pass_real(timedelta(seconds=20))
    assert counts == [2, 4, 6]


def test_a_fault_of_a_channel_is_no_loss(post: Post) -> None:
    post.fakes[Channel.SMS].answers = [RuntimeError("a fault of ours")]
    post.keep()
    post.write()
    post.send()
    assert (post.only().state, post.only().reason) == (State.WAITING, "RuntimeError")


def test_a_message_that_this_release_does_not_understand_waits_for_one_that_does(
    post: Post,
) -> None:
    post.keep()
    post.write(key="q1")
    post.write(key="q2")
    with post.engine.begin() as connection:
        code = "UPDATE message SET code = 'of_a_later_release' WHERE message_id = :id"
        connection.execute(sa.text(code), {"id": outbox.message_id_of("c1", "q1")})
    post.send()
    states = sorted(message.state for message, _ in post.all())
    assert (states, post.reasons) == (["held", "sent"], ["fault"])


def test_whoever_cannot_be_told_of_a_trouble_stops_no_message(post: Post) -> None:
    def fail(_trouble: object, connection: sa.Connection) -> None:
        connection.execute(sa.text("SELECT 1 / 0"))

    post.keep(a_plan(a_way(safe=False)))
    post.keep(a_plan(MAIL), "complaint:c2")
    post.write(key="q1")
    post.write(recipient="complaint:c2", key="q2")
    sender = post.a_sender()
    sender.tell = fail
    sender.turn()
    assert sorted(message.state for message, _ in post.all()) == ["held", "sent"]


def test_the_words_of_a_message_are_forgotten_some_days_after_and_its_codes_are_not(
    post: Post,
) -> None:
    post.keep()
    post.write()
    post.send()
    post.pass_real(timedelta(days=31))
    with post.working() as uow:
        assert store.forget(uow.session, timedelta(days=30)) == 1
    [(message, content)] = post.all()
    assert (message.state, content) == (State.SENT, None)


def test_the_words_of_a_message_that_still_waits_are_kept(post: Post) -> None:
    post.write()
    post.send()
    post.pass_real(timedelta(days=300))
    with post.working() as uow:
        assert store.forget(uow.session, timedelta(days=30)) == 0


def test_an_officer_sees_what_was_told_and_that_no_speaker_has_read_it(post: Post) -> None:
    post.keep(a_plan(language="jv"))
    post.write()
    post.send()
    [(_, content)] = post.all()
    assert content is not None
    assert (content.reviewed, content.language, content.address) == (False, "jv", a_way().address)


def test_an_erased_matter_leaves_no_message_no_words_and_no_plan(post: Post) -> None:
    post.keep()
    post.write()
    post.send()
    with post.working() as uow:
        store.erase(uow.session, "c1")
    with post.engine.begin() as connection:
        tables = ("message", "message_content", "contact_plan")
        left = [connection.execute(sa.text(f"SELECT count(*) FROM {t}")).scalar() for t in tables]
    assert left == [0, 0, 0]


def test_the_officers_list_has_what_is_held_and_what_has_failed_the_oldest_first(
    post: Post,
) -> None:
    post.keep(a_plan(a_way(safe=False)))
    post.write(key="q1")
    post.clock.at += timedelta(minutes=1)
    post.write(recipient="complaint:c2", key="q2")
    post.send()
    with post.working() as uow:
        first = store.troubles(uow.session, None, 1)
        after = (first[0].written_at, first[0].message_id)
        second = store.troubles(uow.session, after, 5)
    assert [each.reason for each in (*first, *second)] == ["no_safe_way", "no_plan"]


def test_who_may_have_written_from_an_address_is_found(post: Post) -> None:
    post.keep(a_plan(a_way(), MAIL))
    post.keep(a_plan(a_way(Channel.WHATSAPP)), "complaint:c2")
    with post.working() as uow:
        found = store.recipients_at(uow.session, Channel.SMS, a_way().address)
        others = store.recipients_at(uow.session, Channel.WHATSAPP, a_way().address)
    assert (found, others) == ([(PERSON, "c1")], [])


def test_an_officers_digest_is_one_per_day(post: Post) -> None:
    values: dict[str, Value] = {
        "day": date(2024, 3, 4),
        "due": 2,
        "late": 1,
        "matters": ["Contoh."],
    }
    post.clock.at = A_MORNING
    post.keep(an_officers_plan(), "officer:1")
    for _ in range(2):
        post.write(Notice("digest", "", values), "officer:1", "digest/officer:1/2024-03-04")
    post.send()
    assert [text.splitlines()[1] for _, text in post.said] == [
        "Jatuh tempo hari ini: 2. Terlambat: 1."
    ]
