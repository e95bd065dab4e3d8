"""A counter at which calls are made: complaint's api behind a real gRPC server of this process."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_status import rpc_status

from services.chassis import catalogue
from services.chassis.container import Container
from services.chassis.grpc_server import GrpcServer
from services.chassis.heartbeat import Heartbeats
from services.chassis.identity import Identity, OwnTokens, PublishedKeys
from services.chassis.rpc import rpc
from services.chassis.runtime import Runtime
from services.chassis.settings import Environment, Settings
from services.chassis.unit_of_work import UnitOfWork
from services.complaint.api import ComplaintApi
from tests.databases import a_runtime, evidence_folder

ISSUER = "https://issuer.example"
KEY_ID = "key-1"


def a_private_key() -> str:
    """A fresh EC key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def published(private_key: str, key_id: str) -> dict[str, Any]:
    """The JWK of a key."""
    public = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).prepare_key(private_key)
    jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(public.public_key(), as_dict=True)  # type: ignore[union-attr] # it is private
    return {**jwk, "kid": key_id}


@dataclass
class Plan:
    """What happens in FileComplaint before it does its work, and in AnswerComplaint instead."""

    before: Callable[[], None] = lambda: None
    act: Callable[[UnitOfWork], None] = lambda uow: None
    ran: list[str] = field(default_factory=list)


def an_api(plan: Plan) -> type:
    """Complaint's api, with two rpcs that a test can steer."""

    class Api(ComplaintApi):
        @rpc(derived="secret")
        def FileComplaint(self, request: pb.FileComplaintRequest) -> pb.FileComplaintResponse:  # noqa: N802 - the rpc's
            plan.ran.append(request.request_id)
            plan.before()
            return ComplaintApi.FileComplaint(self, request)

        @rpc
        def AnswerComplaint(self, request: pb.AnswerComplaintRequest) -> pb.AnswerComplaintResponse:  # noqa: N802 - the rpc's
            plan.ran.append(request.request_id)
            plan.act(self.uow)
            return pb.AnswerComplaintResponse()

    return Api


class Refusal(Exception):
    """What a refused caller is told."""

    def __init__(self, error: Any) -> None:
        status = rpc_status.from_call(error)
        self.code = error.code()
        self.message = str(error.details())
        self.reason = ""
        self.fields: list[tuple[str, str]] = []
        self.retry = False
        super().__init__(f"{self.code}: {self.message}")
        for detail in status.details if status else ():
            self._read(detail)

    def _read(self, detail: Any) -> None:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            self.reason = info.reason
        elif detail.Unpack(bad):
            self.fields = [(broken.field, broken.reason) for broken in bad.field_violations]
        else:
            self.retry = detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR)


@dataclass
class Counter:
    """A running service and a channel to it."""

    container: Container
    channel: grpc.Channel
    engine: sa.Engine
    private_key: str

    def call(
        self, name: str, request: Message | bytes, token: str = "", timeout: float = 10
    ) -> Any:
        """The answer of a call; Refusal."""
        return self.call_method(catalogue.methods("complaint")[name], request, token, timeout)

    def call_method(
        self,
        method: MethodDescriptor,
        request: Message | bytes,
        token: str = "",
        timeout: float = 10,
    ) -> Any:
        """The same for any rpc that is served here."""
        ask: Any = self.channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            response_deserializer=catalogue.class_of(method.output_type).FromString,
        )
        payload = request if isinstance(request, bytes) else request.SerializeToString()
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        try:
            return ask(payload, timeout=timeout or None, metadata=metadata)
        except grpc.RpcError as error:
            raise Refusal(error) from None

    def refusal(self, name: str, request: Message | bytes, token: str = "", **how: Any) -> Refusal:
        """How a call is refused."""
        try:
            answer = self.call(name, request, token, **how)
        except Refusal as refused:
            return refused
        raise AssertionError(f"{name} was answered: {answer}")

    def token(self, *roles: str, **claims: object) -> str:
        """A good token, but for the claims that are given."""
        now = datetime.now(UTC)
        told = {
            "iss": ISSUER,
            "sub": "officer:1",
            "aud": "estafet",
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "roles": list(roles or ("complaint_officer",)),
        }
        return jwt.encode(told | claims, self.private_key, "ES256", headers={"kid": KEY_ID})

    def health(self, part: str = "") -> int:
        """What the health service says now of a part, or of the service, within a second."""
        ask: Any = self.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        return int(ask(health_pb2.HealthCheckRequest(service=part), timeout=1).status)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self.engine.connect() as connection:
            return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)

    def is_at_rest(self) -> bool:
        """Whether no connection is taken from the pool."""
        return bool(self.container.runtime.engine.pool.checkedout() == 0)  # type: ignore[attr-defined] # QueuePool


def runtime_of(engine: sa.Engine, private_key: str, threads: int = 4) -> Runtime:
    """Complaint's runtime, which trusts one issuer."""
    keys = PublishedKeys(lambda: {"keys": [published(private_key, KEY_ID)]})
    own = OwnTokens("complaint", "estafet", private_key)
    return replace(
        a_runtime(engine),
        settings=Settings(
            environment=Environment.TEST, rpc_threads=threads, evidence_dir=evidence_folder()
        ),
        identity=Identity("estafet", {ISSUER: keys, own.issuer: own.published()}),
        own_tokens=own,
    )


@contextmanager
def serving(
    cls: type,
    engine: sa.Engine,
    *,
    pool: sa.Engine | None = None,
    threads: int = 4,
    peers: Mapping[str, str] | None = None,
    beats: Heartbeats | None = None,
) -> Iterator[Counter]:
    """A service at work; `pool` is the engine that it uses instead, `peers` are its neighbours,
    `beats` the signs of life of what else runs in its process."""
    private_key = a_private_key()
    runtime = runtime_of(pool or engine, private_key, threads)
    runtime.settings.peers.update(peers or {})
    runtime = replace(runtime, beats=beats or runtime.beats)
    container = Container(cls, runtime)
    container.start()
    [server] = [one for one in container.subextensions if isinstance(one, GrpcServer)]
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        try:
            yield Counter(container, channel, engine, private_key)
        finally:
            with suppress(ValueError):
                container.stop()


def a_complaint(request_id: str = "", narrative: str = "Gaji (contoh).") -> pb.FileComplaintRequest:
    """A request to file."""
    return pb.FileComplaintRequest(request_id=request_id or an_id(), narrative=narrative)


def an_answer(request_id: str = "") -> pb.AnswerComplaintRequest:
    """A request whose handler the plan decides."""
    return pb.AnswerComplaintRequest(
        request_id=request_id or an_id(), complaint_id=an_id(), text="Jawaban (contoh)."
    )


def an_id() -> str:
    """A fresh request_id."""
    return str(uuid.uuid4())
