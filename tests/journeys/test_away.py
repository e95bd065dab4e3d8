"""What ministries are told while the owner of personal data is away, and after exchange has read
everything once more."""

from __future__ import annotations

from itertools import pairwise

import psycopg
import pytest

from tests.faults.snapshot import of_one
from tests.journeys.referral import ReferralStory
from tests.journeys.relay import Relay
from tests.journeys.sanction import SanctionStory
from tests.support.ministries import Ministry
from tests.support.waiting import until

pytestmark = pytest.mark.stack


def test_while_placement_is_away_the_others_go_on_and_a_ministry_waits_in_order(
    relay: Relay,
) -> None:
    placement, story, sanction = relay.stack.process("placement"), *stories(relay)
    before = numbers(story.kemlu)
    placement.stop()
    try:
        story.refer()
        sanction.file(country="MYS").triage().offer().accept()
        told = {"p3mi_id": sanction.p3mi_id, "violation": "overcharging", "text": "contoh"}
        recommended = sanction.case_act("recommend_sanction", **told)
        until(lambda: not has_told_all(relay))
        assert numbers(story.kemlu) == before, "an offer was told without its worker"
    finally:
        placement.start()
        placement.wait()
    assert story.hears(story.kemlu, "offered")["worker"]["name"] == "Pekerja Contoh"
    assert numbers(story.kemlu)[: len(before)] == before
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers(story.kemlu)))
    sanction.sanction_id = recommended["matter_id"]
    until(lambda: sanction.sanction_offer().get("offer_no") == recommended["offer_no"])


def stories(relay: Relay) -> tuple[ReferralStory, SanctionStory]:
    """An open case about a known worker, and an agency that is in the register."""
    story = ReferralStory(relay)
    story.file(country="MYS").triage().offer().accept()
    story.link()
    return story, SanctionStory(relay).register()


def numbers(ministry: Ministry) -> list[int]:
    """The numbers on its stream, as they lie there."""
    return [int(event["sequence"]) for event in ministry.read()]


def test_exchange_that_reads_everything_once_more_tells_nothing_twice(relay: Relay) -> None:
    story = ReferralStory(relay)
    story.file(country="MYS").triage().offer().accept()
    story.link()
    story.refer().write(story.kemlu, "accept").hears(story.kemlu, "confirmed")
    story.write(story.kemlu, "return", result="helped", text="sudah (contoh)")
    story.hears(story.kemlu, "ended")
    until(lambda: relay.has_read_all("exchange") and has_told_all(relay))
    told = [ministry.read() for ministry in (story.kemlu, story.bpjs)]
    before, exchange = of_one(relay.stack, "exchange"), relay.stack.process("exchange")
    exchange.stop()
    with psycopg.connect(relay.stack.dsn("exchange")) as connection:
        assert connection.execute("DELETE FROM position").rowcount
    exchange.start()
    exchange.wait()
    until(lambda: relay.has_read_all("exchange") and has_told_all(relay))
    assert of_one(relay.stack, "exchange") == before
    assert [ministry.read() for ministry in (story.kemlu, story.bpjs)] == told


def has_told_all(relay: Relay) -> bool:
    return not relay.rows("exchange", "SELECT 1 FROM partner_news WHERE sent_at IS NULL")
