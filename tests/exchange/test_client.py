"""The sample client of a ministry's folder, run as it is against a real broker."""

from __future__ import annotations

import json
import stat

import pytest
from jsonschema import Draft202012Validator

from services.exchange import documents, partners
from services.exchange.reactions import ExchangeInbox
from services.handover.custody import OfferState
from tests.chassis.trial import settings_of
from tests.exchange.builders import a_custody, a_referral, a_referred, an_id, an_offer
from tests.exchange.ministry import Exchange
from tests.exchange.test_deliverer import Register, delivering, tell
from tests.support.ministries import Ministry
from tests.support.waiting import until

pytestmark = [pytest.mark.database("exchange"), pytest.mark.broker]


def a_ministry(exchange: Exchange) -> Ministry:
    """Kemlu, which has read nothing yet."""
    ministry = Ministry(exchange.folders / "kemlu")
    (ministry.folder / "done.json").unlink(missing_ok=True)
    return ministry


def test_the_client_prints_every_number_once_and_what_is_sent_again(exchange: Exchange) -> None:
    kemlu = a_ministry(exchange)
    tell(exchange, "w1", "w2")
    with delivering(exchange, Register()):
        exchange.told("partner.kemlu.v1", 2)
        first = kemlu.client("listen", "--idle-seconds", "3")
        tell(exchange, "w3")
        exchange.told("partner.kemlu.v1", 3)
        second = kemlu.client("listen", "--idle-seconds", "3")
        with exchange.engine.begin() as connection:
            partners.replay(connection, "kemlu", 2, 2)
        exchange.told("partner.kemlu.v1", 4)
        again = kemlu.client("listen", "--idle-seconds", "3")
    assert [int(event["sequence"]) for event in first] == [1, 2]
    assert [int(event["sequence"]) for event in second] == [3]
    assert [(event["sequence"], event["replayed"]) for event in again] == [("2", True)]
    schema = json.loads((kemlu.folder / "stream.schema.json").read_text())
    for event in (*first, *second, *again):
        Draft202012Validator(schema).validate(event)


def test_the_client_answers_and_reads_what_was_wrong(exchange: Exchange) -> None:
    kemlu, matter_id = a_ministry(exchange), an_id()
    exchange.keep(a_custody(an_offer(matter_id)), a_referred(matter_id))
    about = ("--matter_id", matter_id, "--offer_no", "2")
    kemlu.client("accept", *about)
    kemlu.client("decline", *about, "--code", "not_ours", "--text", "terlambat (contoh)")
    with exchange.at_work(ExchangeInbox), delivering(exchange, Register()):
        until(lambda: exchange.rows("SELECT 1 FROM referral"))
        exchange.told("partner.kemlu.errors.v1", 1)
        [error] = kemlu.client("errors", "--idle-seconds", "3")
    assert error["data"]["reason"] == "OFFER_ANSWERED"
    Draft202012Validator(documents.errors_schema()).validate(error)


def test_the_client_asks_and_returns(exchange: Exchange) -> None:
    kemlu, asked, done = a_ministry(exchange), an_id(), an_id()
    exchange.keep(a_custody(an_offer(asked)), a_referred(asked))
    accepted = a_custody(an_offer(done, OfferState.ACCEPTED))
    exchange.keep(accepted, a_referred(done), a_referral(done))
    exchange.holds(done)
    kemlu.client("ask", "--matter_id", asked, "--offer_no", "2", "--text", "apa (contoh)?")
    kemlu.client("return", "--matter_id", done, "--offer_no", "2", "--result", "helped")
    with exchange.at_work(ExchangeInbox):
        until(lambda: exchange.rows("SELECT 1 FROM referral WHERE status = 'returned'"))
        until(lambda: exchange.rows("SELECT 1 FROM note WHERE text = 'apa (contoh)?'"))
    assert exchange.errors("kemlu") == []


def test_a_folder_keeps_its_password_and_is_for_its_owner_only(exchange: Exchange) -> None:
    folder = exchange.folders / "bpjs"
    before = (folder / "credentials.json").read_text()
    partners.add(settings_of(exchange.stack.environment("admin")), "bpjs", folder)
    assert (folder / "credentials.json").read_text() == before
    assert stat.S_IMODE((folder / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
