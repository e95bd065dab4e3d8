"""What the gRPC calls of the door and of services have in common: channel, span, refusal."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.trace import Span, SpanKind

from services.chassis import telemetry
from services.chassis.errors import DOMAIN

DETAILS = "grpc-status-details-bin"
SERVICE_CONFIG: Mapping[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
OPTIONS = (
    # A service that comes back is found within a second, not after gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
)

D = TypeVar("D", bound=Message)


class HasTrailers(Protocol):
    """A call's end as grpc and grpc.aio tell it."""

    def trailing_metadata(self) -> Any:
        """Pairs of name and value, or None."""


@contextmanager
def calling(
    name: str, metadata: Mapping[str, str]
) -> Iterator[tuple[Span, tuple[tuple[str, str], ...]]]:
    """The span of a call, and the metadata to send: what is given and the trace's headers."""
    with telemetry.child(name, SpanKind.CLIENT, telemetry.carried()) as span:
        span.set_attribute("rpc.system", "grpc")
        yield span, tuple({**metadata, **telemetry.carried()}.items())


def journeys_of(trailers: Any) -> list[str]:
    """The journey that the called service found, if any."""
    return [str(value) for key, value in trailers or () if key == telemetry.JOURNEY_HEADER]


def rich_status(error: HasTrailers) -> status_pb2.Status:
    """The google.rpc.Status that travels with a refusal; empty if it has none."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()


def detail_of(status: status_pb2.Status, into: D) -> D | None:
    """The detail of one type in a status."""
    return next((into for packed in status.details if packed.Unpack(into)), None)


def own_reason(status: status_pb2.Status) -> str:
    """The reason that a service of ours gave; empty where gRPC itself refused."""
    info = detail_of(status, error_details_pb2.ErrorInfo())
    return info.reason if info is not None and info.domain == DOMAIN else ""
