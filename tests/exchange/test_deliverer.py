"""The deliverer at a real broker: every number once and in order, with the agreed fields only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from estafet.exchange.v1.partner_pb2 import AnswerRefused
from estafet.placement.v1 import service_pb2 as placement
from estafet.placement.v1.events_pb2 import WorkerDeparted
from google.protobuf.message import Message
from typer.testing import CliRunner

from services.chassis.clock import Clock
from services.chassis.errors import NotFound, Unavailable
from services.chassis.runtime import Work
from services.chassis.settings import Settings
from services.chassis.testing import a_record
from services.chassis.testing_client import FakeNeighbour
from services.exchange import commands, news, partners
from services.exchange.deliverer import sends
from services.exchange.names import stream_of
from services.exchange.reactions import ExchangeStreams
from services.exchange.sealing import Row, sealed
from tests.databases import working
from tests.exchange.ministry import Exchange
from tests.support.waiting import until

pytestmark = [pytest.mark.database("exchange"), pytest.mark.broker]
KEMLU, BPJS = stream_of("kemlu"), stream_of("bpjs")
SOMEBODY = placement.GetWorkerResponse(
    worker_id="w1", name="Contoh Fiktif", nik="nik 1", passport_no="paspor 1", contact="telepon 1"
)


@dataclass
class Register:
    """Placement's answers: by worker_id an error, else everybody is the same person."""

    errors: dict[str, Exception] = field(default_factory=dict)
    purposes: list[str] = field(default_factory=list)

    def call(self, request: Any, answer: type[Message]) -> Any:
        self.purposes.append(request.purpose)
        found = self.errors.get(request.worker_id, SOMEBODY)
        told = FakeNeighbour("placement", {placement.GetWorkerRequest: found})
        return told.call(request, answer)


def streams(register: Register) -> type:
    """The class of production, with this register in the place of placement."""

    class Streams(ExchangeStreams):
        @sends
        def send_out(self, row: Row) -> bytes:
            return sealed(row, {"placement": register}, self.uow.now)

    return Streams


def tell(exchange: Exchange, *workers: str) -> None:
    """Each of these workers has departed."""
    for worker_id in workers:
        event = WorkerDeparted(
            placement_id=f"p-{worker_id}",
            worker_id=worker_id,
            p3mi_id="secret of the agency",
            country="SAU",
            departed_on="2024-03-04",
        )
        record = a_record(event, service="placement")
        with working(exchange.runtime(), Work("test", record=record)) as uow:
            news.tell_everybody(uow, event)


@contextmanager
def delivering(exchange: Exchange, register: Register, replicas: int = 1) -> Iterator[None]:
    cls = streams(register)
    with exchange.at_work(cls):
        if replicas == 1:
            yield
            return
        with exchange.at_work(cls, replica=1):
            yield


def numbers(told: list[dict[str, Any]]) -> list[int]:
    return [int(event["sequence"]) for event in told]


def first_seen(found: list[int]) -> list[int]:
    return list(dict.fromkeys(found))


def test_each_ministry_reads_the_fields_that_its_agreement_names_and_no_other(
    exchange: Exchange,
) -> None:
    register = Register()
    tell(exchange, "w1")
    with delivering(exchange, register):
        [kemlu], [bpjs] = exchange.told(KEMLU, 1), exchange.told(BPJS, 1)
    assert kemlu == {
        "specversion": "1.0",
        "id": "partner.kemlu.v1/1",
        "source": "estafet.exchange",
        "type": "estafet.placement.v1.WorkerDeparted",
        "time": "2024-03-04T03:00:00+00:00",
        "sequence": "1",
        "datacontenttype": "application/json",
        "data": {
            "placement_id": "p-w1",
            "worker_id": "w1",
            "country": "SAU",
            "departed_on": "2024-03-04",
            "worker": {"name": "Contoh Fiktif", "passport_no": "paspor 1"},
        },
    }
    worker = {"name": "Contoh Fiktif", "nik": "nik 1"}
    assert bpjs["data"] == {"worker_id": "w1", "departed_on": "2024-03-04", "worker": worker}
    assert sorted(register.purposes) == [
        "bpjs: the worker's social security begins",
        "kemlu: consular protection of workers abroad",
    ]


def test_somebody_who_was_erased_leaves_a_numbered_tombstone(exchange: Exchange) -> None:
    tell(exchange, "w1", "gone", "w2")
    with delivering(exchange, Register({"gone": NotFound("nobody")})):
        told = exchange.told(KEMLU, 3)
    assert numbers(told) == [1, 2, 3]
    assert [event.get("tombstone") for event in told] == [None, "erased", None]
    assert "data" not in told[1]


def test_an_owner_that_is_away_is_waited_for_and_the_order_stays(exchange: Exchange) -> None:
    register = Register({"w2": Unavailable("away")})
    tell(exchange, "w1", "w2", "w3")
    with delivering(exchange, register):
        until(lambda: exchange.rows("SELECT 1 FROM partner_news WHERE sent_at IS NOT NULL"))
        assert numbers(exchange.told(KEMLU, 1)) == [1]
        register.errors.clear()
        assert numbers(exchange.told(KEMLU, 3)) == [1, 2, 3]


def test_what_cannot_be_sealed_holds_its_own_ministry_only(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    tell(exchange, "w1")
    exchange.rows("UPDATE partner_news SET type = 'estafet.later.v1.News' WHERE topic = :t", t=BPJS)
    with delivering(exchange, Register()):
        assert numbers(exchange.told(KEMLU, 1)) == [1]
        until(lambda: "alarm: delivery stands still" in caplog.messages)
    assert exchange.rows("SELECT 1 FROM partner_news WHERE topic = :t AND sent_at IS NULL", t=BPJS)


def test_errors_reach_the_ministry_while_an_owner_is_away(exchange: Exchange) -> None:
    tell(exchange, "w1")
    with working(exchange.runtime(), Work("test")) as uow:
        news.tell_error(uow, "kemlu", AnswerRefused(reason="MALFORMED", detail="?"))
    with delivering(exchange, Register({"w1": Unavailable("away")})):
        [error] = exchange.told("partner.kemlu.errors.v1", 1)
    assert error["data"]["reason"] == "MALFORMED"
    assert error["sequence"] == "1"


def test_a_lease_that_is_lost_again_and_again_loses_nothing_and_keeps_the_order(
    exchange: Exchange,
) -> None:
    many = [f"w{number}" for number in range(300)]
    with delivering(exchange, Register(), replicas=2):
        for start in range(0, len(many), 50):
            tell(exchange, *many[start : start + 50])
            exchange.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND classid = 28769"
            )
        until(lambda: not exchange.rows("SELECT 1 FROM partner_news WHERE sent_at IS NULL"))
    found = numbers(exchange.told(KEMLU, 300))
    assert first_seen(found) == list(range(1, 301))


def test_on_the_day_on_which_an_agreement_ends_its_numbers_are_empty(
    exchange: Exchange, tmp_path: Path
) -> None:
    exchange.clock = Clock(tmp_path / "clock.json", movable=True)
    exchange.clock.advance_to(datetime(2029, 12, 31, 16, 59, tzinfo=UTC))
    tell(exchange, "w1")
    with delivering(exchange, Register()):
        until(lambda: exchange.told(KEMLU, 1))
        exchange.clock.advance_to(datetime(2029, 12, 31, 17, 0, 1, tzinfo=UTC))
        tell(exchange, "w2")
        last, ended = exchange.told(KEMLU, 2)
    assert last["data"]["worker"]
    assert ended["tombstone"] == "agreement_ended"
    assert "data" not in ended


def test_an_interval_is_sent_again_marked_under_its_old_numbers(exchange: Exchange) -> None:
    register = Register()
    tell(exchange, "w1", "w2", "w3")
    with delivering(exchange, register):
        exchange.told(KEMLU, 3)
        until(lambda: not exchange.rows("SELECT 1 FROM partner_news WHERE sent_at IS NULL"))
        register.errors["w2"] = NotFound("erased meanwhile")
        with exchange.engine.begin() as connection:
            assert partners.replay(connection, "kemlu", 2, 7) == 2
        told = exchange.told(KEMLU, 5)
    assert numbers(told) == [1, 2, 3, 2, 3]
    assert [event.get("replayed", False) for event in told] == [False, False, False, True, True]
    assert told[3]["tombstone"] == "erased"
    assert len(exchange.told(BPJS, 3)) == 3


def test_what_the_topics_have_forgotten_cannot_be_sent_again(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(exchange, "w1", "w2", "w3")
    with delivering(exchange, Register()):
        exchange.told(KEMLU, 3)
        until(lambda: not exchange.rows("SELECT 1 FROM partner_news WHERE sent_at IS NULL"))
    tell(exchange, "w4")
    exchange.rows("UPDATE partner_news SET sent_at = sent_at - interval '30 days' WHERE number < 3")
    exchange.rows("DELETE FROM tick")  # the hour is over
    with exchange.at_work(ExchangeStreams):
        until(lambda: len(exchange.rows("SELECT 1 FROM partner_news")) == 4)
    kept = exchange.rows("SELECT topic, number FROM partner_news ORDER BY topic, number")
    assert kept == [(BPJS, 3), (BPJS, 4), (KEMLU, 3), (KEMLU, 4)]
    monkeypatch.setattr(commands, "make_engine", lambda *_: exchange.engine)
    asked = ["replay", "kemlu", "--from", "2", "--to", "3"]
    said = CliRunner().invoke(commands.app, asked, obj=lambda _owner: Settings())
    assert said.exit_code == 0, said.output
    assert "1 of 2 numbers are sent again" in said.output
    assert "more than 30 days ago" in said.output
