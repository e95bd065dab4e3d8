"""A ministry's inbox, at a real broker: what it answers is done once, or it is told why not."""

import pytest
import sqlalchemy as sa
from kafka.errors import MessageSizeTooLargeError

from services.exchange.domain import ReferralStatus
from services.exchange.reactions import ExchangeInbox
from services.handover.custody import OfferState, Party
from tests.exchange.builders import (
    R1,
    a_custody,
    a_referral,
    a_referred,
    an_answer,
    an_id,
    an_offer,
    written,
)
from tests.exchange.ministry import Exchange
from tests.support.waiting import until

pytestmark = [pytest.mark.database("exchange"), pytest.mark.broker]
REPLIES = "SELECT payload FROM outbox WHERE topic = 'estafet.exchange.handover.v1'"


def offered(exchange: Exchange, **how: object) -> str:
    """A matter that is offered to kemlu, unless it is said otherwise."""
    matter_id = an_id()
    exchange.keep(a_custody(an_offer(matter_id, **how)), a_referred(matter_id))  # type: ignore[arg-type] # of an_offer
    return matter_id


def reasons(exchange: Exchange, ministry: str = "kemlu") -> list[str]:
    return [error["reason"] for error in exchange.errors(ministry)]


def is_read(exchange: Exchange, letters: int, ministry: str = "kemlu") -> bool:
    [row] = exchange.rows(
        "SELECT coalesce(sum(next_offset), 0) - :start AS read FROM position WHERE topic = :topic",
        topic=f"partner.{ministry}.inbox.v1",
        start=beginning(exchange, ministry),
    )
    return bool(row.read >= letters)


def beginning(exchange: Exchange, ministry: str) -> int:
    from kafka import KafkaConsumer, TopicPartition

    source = KafkaConsumer(**exchange.stack.kafka_options("admin"), metrics_enabled=False)
    try:
        place = TopicPartition(f"partner.{ministry}.inbox.v1", 0)
        return int(source.beginning_offsets([place])[place])
    finally:
        source.close(autocommit=False)


def test_an_acceptance_is_the_reply_of_the_ministry(exchange: Exchange) -> None:
    matter_id = offered(exchange)
    exchange.write(written(an_answer("accept", matter_id)))
    with exchange.at_work(ExchangeInbox):
        until(lambda: exchange.rows(REPLIES))
    [referral] = exchange.rows("SELECT ministry, status FROM referral")
    assert (referral.ministry, referral.status) == ("kemlu", "pending")
    assert reasons(exchange) == []


def test_a_question_and_a_refusal_keep_their_texts_here(exchange: Exchange) -> None:
    asked, declined = offered(exchange), offered(exchange)
    exchange.write(written(an_answer("ask", asked, text="apa (contoh)?")))
    exchange.write(written(an_answer("decline", declined, code="not_ours", text="bukan (contoh)")))
    with exchange.at_work(ExchangeInbox):
        until(lambda: len(exchange.rows(REPLIES)) == 2)
    notes = {row.text for row in exchange.rows("SELECT text FROM note")}
    assert notes == {"apa (contoh)?", "bukan (contoh)"}
    assert not any(b"contoh" in bytes(row.payload) for row in exchange.rows(REPLIES))


def test_what_cannot_be_taken_is_an_error_record_each_and_the_next_message_runs(
    exchange: Exchange,
) -> None:
    other, late = offered(exchange, receiver=Party("exchange", "bpjs")), offered(exchange)
    exchange.rows(
        "UPDATE offer SET due_at = now() - interval '1 hour' WHERE matter_id = :m", m=late
    )
    answered, good = offered(exchange, state=OfferState.ACCEPTED), offered(exchange)
    letters = [
        b"{",
        written(an_answer("accept", good) | {"type": "referral.forget"}),
        written(an_answer("decline", good, code="because")),
        written(an_answer("accept", good) | {"nonsense": 1}),
        written(an_answer("accept", other)),
        written(an_answer("accept", an_id())),
        written(an_answer("accept", late)),
        written(an_answer("accept", answered)),
        written(an_answer("accept", good)),
        written(an_answer("decline", good, code="not_ours")),
    ]
    for letter in letters:
        exchange.write(letter)
    with exchange.at_work(ExchangeInbox):
        until(lambda: is_read(exchange, len(letters)))
    assert reasons(exchange) == [
        *("MALFORMED",) * 4,
        "NOT_FOUND",
        "NOT_FOUND",
        "OFFER_LAPSED",
        "OFFER_ACCEPTED",
        "OFFER_ANSWERED",
    ]
    assert len(exchange.rows(REPLIES)) == 1
    assert exchange.rows("SELECT 1 FROM parked") == []
    assert reasons(exchange, "bpjs") == []


def test_ten_megabytes_are_an_error_record_and_are_not_kept(exchange: Exchange) -> None:
    answer = an_answer("ask", offered(exchange), text="x" * 10 * 1024 * 1024)
    exchange.write(written(answer), compression_type="gzip", max_request_size=20 * 1024 * 1024)
    with exchange.at_work(ExchangeInbox):
        until(lambda: reasons(exchange) == ["TOO_LARGE"])
    assert exchange.rows("SELECT 1 FROM note") == []
    assert exchange.rows("SELECT 1 FROM parked") == []


def test_ten_megabytes_as_they_are_do_not_reach_the_inbox(exchange: Exchange) -> None:
    answer = an_answer("ask", offered(exchange), text="x" * 10 * 1024 * 1024)
    with pytest.raises(MessageSizeTooLargeError):
        exchange.write(written(answer), max_request_size=20 * 1024 * 1024)
    exchange.write(written(an_answer("ask", offered(exchange), text="apa (contoh)?")))
    with exchange.at_work(ExchangeInbox):
        until(lambda: exchange.rows("SELECT 1 FROM note WHERE text = 'apa (contoh)?'"))
    assert len(exchange.rows("SELECT 1 FROM note")) == 1
    assert reasons(exchange) == []


def test_a_message_that_comes_again_changes_nothing_and_another_under_its_id_is_refused(
    exchange: Exchange,
) -> None:
    matter_id = offered(exchange)
    answer = an_answer("accept", matter_id)
    changed = an_answer("decline", matter_id, code="not_ours") | {"id": answer["id"]}
    for letter in (answer, answer, changed):
        exchange.write(written(letter))
    with exchange.at_work(ExchangeInbox):
        until(lambda: is_read(exchange, 3))
    assert reasons(exchange) == ["ID_REUSED"]
    assert len(exchange.rows(REPLIES)) == 1


def test_headers_that_look_like_ours_make_no_event_of_it(exchange: Exchange) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(**exchange.signed_in("kemlu"), metrics_enabled=False)
    headers = [("ce_type", b"estafet.handover.v1.HandoverReply"), ("ce_sequence", b"1")]
    producer.send("partner.kemlu.inbox.v1", b"?", headers=headers).get(30)
    producer.close(timeout=5)
    with exchange.at_work(ExchangeInbox):
        until(lambda: reasons(exchange) == ["MALFORMED"])


def test_a_reader_that_forgets_where_it_was_takes_no_message_twice(exchange: Exchange) -> None:
    exchange.write(b"{")
    exchange.write(written(an_answer("accept", offered(exchange))))
    with exchange.at_work(ExchangeInbox):
        until(lambda: is_read(exchange, 2))
    exchange.rows("DELETE FROM position")
    with exchange.at_work(ExchangeInbox):
        until(lambda: is_read(exchange, 2))
    assert reasons(exchange) == ["MALFORMED"]
    assert len(exchange.rows(REPLIES)) == 1


def test_a_result_that_comes_before_the_confirmation_waits_for_it(exchange: Exchange) -> None:
    matter_id = an_id()
    custody = a_custody(an_offer(matter_id, OfferState.ACCEPTED))
    exchange.keep(custody, a_referred(matter_id), a_referral(matter_id, ReferralStatus.PENDING))
    exchange.holds(matter_id)
    exchange.write(written(an_answer("return", matter_id, result="helped", text="(contoh)")))
    with exchange.at_work(ExchangeInbox):
        until(lambda: exchange.rows("SELECT 1 FROM parked WHERE reason = 'waiting'"))
        exchange.rows("UPDATE referral SET status = 'open' WHERE referral_id = :r", r=R1)
        until(lambda: exchange.rows("SELECT 1 FROM referral WHERE status = 'returned'"))
    [matter] = exchange.rows("SELECT holder_service FROM matter WHERE matter_id = :m", m=matter_id)
    assert matter.holder_service == "protection"
    assert reasons(exchange) == []


def test_an_answer_does_not_overtake_one_that_waits(exchange: Exchange) -> None:
    matter_id = offered(exchange)
    exchange.write(written(an_answer("accept", matter_id)))
    exchange.write(written(an_answer("return", matter_id, result="helped")))
    with exchange.at_work(ExchangeInbox):
        with exchange.engine.begin() as another:
            locked = sa.text("SELECT 1 FROM matter WHERE matter_id = :m FOR UPDATE")
            another.execute(locked, {"m": matter_id})
            until(lambda: len(exchange.rows("SELECT 1 FROM parked WHERE reason = 'waiting'")) == 2)
        until(lambda: exchange.rows("SELECT 1 FROM referral"))
    assert reasons(exchange) == []
