"""Calls to a neighbour: one suite for fake and real, then what only a real one shows."""

import math
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as complaint
from estafet.protection.v1 import service_pb2 as pb
from google.protobuf.message import Message
from opentelemetry.trace import SpanKind
from sqlalchemy.orm import Session

from services.chassis import client
from services.chassis.client import Calls, GrpcCalls, Neighbour, NeighbourRefused
from services.chassis.clock import monotonic
from services.chassis.container import Container
from services.chassis.errors import (
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    TooMany,
    TryAgain,
    Unauthenticated,
    Unavailable,
)
from services.chassis.rpc import rpc
from services.chassis.runtime import Work
from services.chassis.service_token import ServiceToken
from services.chassis.settings import Settings
from services.chassis.telemetry import tracer
from services.chassis.testing_client import FakeNeighbour
from services.complaint.api import ComplaintApi
from tests.chassis.counter import Counter, a_complaint, serving
from tests.databases import a_runtime, evidence_folder
from tests.gateway.deputies import Answer, Deputy, refusing
from tests.gateway.spans import Spans

Answers = Mapping[type[Message], Message | Exception]
Reached = Callable[[Answers], AbstractContextManager[Calls]]
CASE = pb.GetCaseRequest(case_id="0190a000-0000-7000-8000-000000000001")
A_CASE = pb.GetCaseResponse(case=pb.Case(case_id=CASE.case_id))


def a_token() -> ServiceToken:
    return ServiceToken(lambda _seconds: {"access_token": "own", "expires_in": 600})


def a_work(seconds: float = math.inf) -> Work:
    return Work("ShowCase", ends_at=monotonic() + seconds)


@contextmanager
def calls_to(address: str, work: Work, token: ServiceToken | None = None) -> Iterator[Calls]:
    with grpc.insecure_channel(address, options=client._OPTIONS) as to:
        yield GrpcCalls("protection", to, token or a_token(), work)


@contextmanager
def really(answers: Answers) -> Iterator[Calls]:
    by_name: dict[str, Answer] = {}
    for request_type, told in answers.items():
        name = request_type.DESCRIPTOR.name.removesuffix("Request")
        by_name[name] = refusing(told) if isinstance(told, Exception) else _always(told)
    with Deputy(answers=by_name).serving() as deputy, calls_to(deputy.address, a_work()) as calls:
        yield calls


def _always(told: Message) -> Answer:
    return lambda _request, _context: told


@pytest.fixture(params=["fake", "real"])
def reached(request: pytest.FixtureRequest) -> Reached:
    """A neighbour that answers as it is told: the fake, and then one behind gRPC."""
    if request.param == "real":
        return really
    return lambda answers: nullcontext(FakeNeighbour("protection", answers))


def test_a_neighbour_answers(reached: Reached) -> None:
    with reached({pb.GetCaseRequest: A_CASE}) as protection:
        assert protection.call(CASE, pb.GetCaseResponse) == A_CASE


@pytest.mark.parametrize(
    "refusal",
    [
        NotFound("case c1 does not exist"),
        NotAllowed("case c1 is void", reason="CASE_VOID"),
        TooMany("too many tries"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_neighbour_says_of_the_thing_is_told_as_it_was(
    reached: Reached, refusal: NotFound
) -> None:
    with (
        reached({pb.GetCaseRequest: refusal}) as protection,
        pytest.raises(type(refusal)) as raised,
    ):
        protection.call(CASE, pb.GetCaseResponse)
    assert (str(raised.value), raised.value.reason) == (str(refusal), refusal.reason)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (complaint.GetStatusRequest(), complaint.GetStatusResponse),
        (CASE, pb.ListCasesResponse),
    ],
    ids=["of another service", "with another answer"],
)
def test_a_call_that_the_neighbours_proto_does_not_have_is_no_call(
    reached: Reached, request_: Message, answer: type[Message]
) -> None:
    with reached({}) as protection, pytest.raises(TypeError, match="protection has no rpc"):
        protection.call(request_, answer)


@pytest.mark.parametrize(
    "refusal",
    [Refused("no"), Unauthenticated("who?"), Invalid("what?"), ValueError("oops")],
    ids=lambda error: type(error).__name__,
)
def test_a_neighbour_that_will_not_take_our_call_is_our_mistake(refusal: Exception) -> None:
    with really({pb.GetCaseRequest: refusal}) as protection, pytest.raises(NeighbourRefused):
        protection.call(CASE, pb.GetCaseResponse)


def test_a_neighbour_that_cannot_now_is_unavailable() -> None:
    told = TryAgain("the row is busy", reason="BUSY")
    with really({pb.GetCaseRequest: told}) as protection, pytest.raises(Unavailable) as raised:
        protection.call(CASE, pb.GetCaseResponse)
    assert raised.value.reason == "PEER_DOWN"


def nobody_listens() -> str:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{bound.getsockname()[1]}"


def test_a_neighbour_that_is_down_is_unavailable_and_its_address_is_not_told() -> None:
    address = nobody_listens()
    with calls_to(address, a_work()) as protection, pytest.raises(Unavailable) as raised:
        protection.call(CASE, pb.GetCaseResponse)
    assert (raised.value.reason, str(raised.value)) == (
        "PEER_DOWN",
        "protection is down; try again",
    )


def test_a_neighbour_that_came_back_at_once_is_asked_again() -> None:
    asked: list[Any] = []

    def second_time(request: Any, _context: grpc.ServicerContext) -> Message:
        asked.append(request)
        if len(asked) == 1:
            raise TryAgain("stopping")
        return A_CASE

    with (
        Deputy(answers={"GetCase": second_time}).serving() as deputy,
        calls_to(deputy.address, a_work()) as protection,
    ):
        assert protection.call(CASE, pb.GetCaseResponse) == A_CASE


def test_a_neighbour_that_is_slow_is_given_what_is_left_of_the_callers_time() -> None:
    def wait(_request: Any, context: grpc.ServicerContext) -> Message:
        ended = threading.Event()
        context.add_callback(ended.set)
        assert ended.wait(10)
        return A_CASE

    started = monotonic()
    with (
        Deputy(answers={"GetCase": wait}).serving() as deputy,
        calls_to(deputy.address, a_work(0.6)) as protection,
        pytest.raises(Unavailable) as raised,
    ):
        protection.call(CASE, pb.GetCaseResponse)
    assert raised.value.reason == "PEER_SLOW"
    assert monotonic() - started < 5  # the neighbour would have taken ten
    # the caller's own 0.6 less its margin of 0.1; gRPC rounds a deadline up on its way
    assert deputy.calls[0].seconds < 0.55


def test_with_no_time_left_nobody_is_asked() -> None:
    with (
        Deputy().serving() as deputy,
        calls_to(deputy.address, a_work(0.05)) as protection,
        pytest.raises(Unavailable),
    ):
        protection.call(CASE, pb.GetCaseResponse)
    assert deputy.calls == []


def test_a_call_carries_the_services_own_token_and_the_trace(spans: Spans) -> None:
    with (
        Deputy().serving() as deputy,
        calls_to(deputy.address, a_work()) as protection,
        tracer().start_as_current_span("a call") as span,
    ):
        protection.call(CASE, pb.GetCaseResponse)
    (asked,) = deputy.calls
    made = spans.wait_for(lambda one: one.kind is SpanKind.CLIENT)
    assert asked.metadata["authorization"] == "Bearer own"
    assert made.name == "estafet.protection.v1.ProtectionService/GetCase"
    assert made.parent is not None
    assert made.parent.span_id == span.get_span_context().span_id
    assert format(made.context.span_id, "016x") in asked.metadata["traceparent"]


@pytest.mark.database
def test_nobody_is_asked_inside_a_transaction(database: sa.Engine) -> None:
    with Session(database) as session, Deputy().serving() as deputy:
        uow: Any = SimpleNamespace(session=session)
        work = replace(a_work(), unit_of_work=uow)
        with calls_to(deputy.address, work) as protection:
            protection.call(CASE, pb.GetCaseResponse)
            session.execute(sa.text("SELECT 1"))
            with pytest.raises(RuntimeError, match="ShowCase asks protection inside a transaction"):
                protection.call(CASE, pb.GetCaseResponse)
        with database.connect() as connection:
            work = replace(a_work(), connection=connection)
            with calls_to(deputy.address, work) as protection, pytest.raises(RuntimeError):
                protection.call(CASE, pb.GetCaseResponse)
    assert len(deputy.calls) == 1


class Api(ComplaintApi):
    """Complaint, with an rpc for its holder that asks protection first, and a command that does."""

    protection = Neighbour("protection")

    @rpc
    def GetComplaint(  # noqa: N802 - the rpc's
        self, request: complaint.GetComplaintRequest
    ) -> complaint.GetComplaintResponse:
        self.protection.call(CASE, pb.GetCaseResponse)
        return ComplaintApi.GetComplaint(self, request)

    @rpc
    def WithdrawOffer(  # noqa: N802 - the rpc's
        self, _request: complaint.WithdrawOfferRequest
    ) -> complaint.WithdrawOfferResponse:
        self.protection.call(CASE, pb.GetCaseResponse)
        raise AssertionError


@contextmanager
def counter_beside(deputy: Deputy, engine: sa.Engine, monkeypatch: Any) -> Iterator[Counter]:
    monkeypatch.setattr(client, "fetch_with", lambda *_: a_token().fetch)
    with serving(Api, engine, peers={"protection": deputy.address}) as counter:
        yield counter


@pytest.mark.database("complaint")
def test_an_rpc_that_reads_passes_its_callers_deadline_on(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder's permission is looked up before; no transaction is left of that."""
    with Deputy().serving() as deputy, counter_beside(deputy, database, monkeypatch) as counter:
        filed = counter.call("FileComplaint", a_complaint())
        request = complaint.GetComplaintRequest(complaint_id=filed.complaint_id, purpose="a test")
        token = counter.token("case_officer", service="complaint", organisation="kp2mi")
        counter.call("GetComplaint", request, token, timeout=2)
    (asked,) = deputy.calls
    # gRPC rounds what it sends up to three digits.
    assert 1.0 < asked.seconds < 2 - client.MARGIN_SECONDS / 2


@pytest.mark.database("complaint")
def test_a_command_may_not_ask_a_neighbour(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Deputy().serving() as deputy, counter_beside(deputy, database, monkeypatch) as counter:
        filed = counter.call("FileComplaint", a_complaint())
        request = complaint.WithdrawOfferRequest(
            request_id=filed.complaint_id, complaint_id=filed.complaint_id
        )
        refused = counter.refusal("WithdrawOffer", request, counter.token())
    assert refused.code is grpc.StatusCode.INTERNAL
    assert deputy.calls == []


@pytest.mark.parametrize("peers", [{}, {"nobody": "127.0.0.1:1"}], ids=["unset", "no proto"])
def test_a_service_does_not_start_without_its_neighbour(peers: dict[str, str]) -> None:
    class Lonely:
        name = "lonely"
        neighbour = Neighbour("nobody")

    settings = Settings(peers=peers, evidence_dir=evidence_folder())
    runtime = replace(a_runtime(sa.create_engine("sqlite://")), settings=settings)
    with pytest.raises(ValueError, match="nobody is no peer"):
        Container(Lonely, runtime).start()
