"""The gRPC server: health, reflection, what it refuses to start with, and how it stops."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from google.protobuf import descriptor_pb2, descriptor_pool, empty_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from services.chassis.clock import monotonic
from services.chassis.container import Container
from services.chassis.rpc import RpcNotDeclared, rpc
from tests.chassis.counter import Plan, a_complaint, a_private_key, an_api, runtime_of, serving
from tests.support.waiting import until

pytestmark = pytest.mark.database("complaint")
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def test_reflection_lists_the_services(database: sa.Engine) -> None:
    with serving(an_api(Plan()), database) as counter:
        found = ProtoReflectionDescriptorDatabase(counter.channel).get_services()
    assert set(found) == {
        "estafet.complaint.v1.ComplaintService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


def watch(channel: grpc.Channel) -> Any:
    """What the health service says from now on."""
    ask: Any = channel.unary_stream(
        "/grpc.health.v1.Health/Watch",
        health_pb2.HealthCheckRequest.SerializeToString,
        health_pb2.HealthCheckResponse.FromString,
    )
    return ask(health_pb2.HealthCheckRequest(), timeout=20)


def test_a_stopping_service_says_so_and_answers_the_call_in_flight(database: sa.Engine) -> None:
    plan, go_on, request = Plan(), threading.Event(), a_complaint()

    def wait() -> None:
        assert go_on.wait(10)

    plan.before = wait
    with serving(an_api(plan), database) as counter, ThreadPoolExecutor(2) as others:
        states = watch(counter.channel)
        assert next(states).status == SERVING
        answer = others.submit(counter.call, "FileComplaint", request)
        until(lambda: plan.ran != [])
        stopped = others.submit(counter.container.stop)
        assert next(states).status == NOT_SERVING
        go_on.set()
        assert answer.result().number
        began = monotonic()
        states.cancel()
        stopped.result()
        assert monotonic() - began < 6


def test_health_is_told_while_every_thread_is_at_work(database: sa.Engine) -> None:
    plan, go_on = Plan(), threading.Event()

    def wait() -> None:
        assert go_on.wait(10)

    plan.before = wait
    with serving(an_api(plan), database, threads=2) as counter, ThreadPoolExecutor(4) as others:
        answers = [others.submit(counter.call, "FileComplaint", a_complaint()) for _ in range(4)]
        until(lambda: len(plan.ran) == 2)
        assert counter.health() == SERVING
        go_on.set()
        assert all(answer.result().number for answer in answers)


def start(cls: type, engine: sa.Engine) -> None:
    Container(cls, runtime_of(engine, a_private_key())).start()


def test_a_service_that_lacks_an_rpc_does_not_start(database: sa.Engine) -> None:
    class Half:
        name = "complaint"

        @rpc
        def FileComplaint(self, request: object) -> None:  # noqa: N802 - the rpc's
            """Never called."""

    with pytest.raises(NotImplementedError, match=r"complaint does not serve .*AnswerComplaint"):
        start(Half, database)


def test_a_handler_that_no_proto_declares_does_not_start(database: sa.Engine) -> None:
    class Odd:
        name = "complaint"

        @rpc
        def Nonsense(self, request: object) -> None:  # noqa: N802 - the rpc's
            """Never called."""

    with pytest.raises(RpcNotDeclared, match="no proto declares rpc Nonsense"):
        start(Odd, database)


def test_an_rpc_without_a_permission_does_not_start(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare_without_permission(monkeypatch)

    class Trial:
        name = "trial"

        @rpc
        def Ask(self, request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802 - the rpc's
            return request

    with pytest.raises(RpcNotDeclared, match=r"estafet\.trial\.v1\.TrialService\.Ask has no perm"):
        start(Trial, database)


def declare_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proto as a careless colleague would write it."""
    file = descriptor_pb2.FileDescriptorProto(
        name="estafet/trial/v1/service.proto",
        package="estafet.trial.v1",
        syntax="proto3",
        dependency=["google/protobuf/empty.proto"],
    )
    service = file.service.add(name="TrialService")
    empty = ".google.protobuf.Empty"
    service.method.add(name="Ask", input_type=empty, output_type=empty)
    module = ModuleType("estafet.trial.v1.service_pb2")
    vars(module)["DESCRIPTOR"] = descriptor_pool.Default().AddSerializedFile(
        file.SerializeToString()
    )
    for name in ("estafet.trial", "estafet.trial.v1"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
