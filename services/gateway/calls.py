"""Calls from the door to the deputies: one gRPC channel each, deadline, trace, refusal."""

import asyncio
from collections.abc import Mapping, Sequence

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from services.chassis import channel, telemetry
from services.gateway.refusals import problem_of
from services.gateway.rpcs import Rpc

HEALTH = "/grpc.health.v1.Health/Check"
HEALTH_SECONDS = 1.0


class Peers:
    """The deputies' channels."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def open(self) -> None:
        """Make the channels, which belong to the running event loop; a deputy may still be down."""
        for peer, address in self._addresses.items():
            self._channels[peer] = grpc.aio.insecure_channel(address, options=channel.OPTIONS)

    async def close(self) -> None:
        """End every channel; calls in flight have been waited for by the HTTP server."""
        for opened in self._channels.values():
            await opened.close()

    async def call(
        self, rpc: Rpc, request: Message, metadata: Mapping[str, str], seconds: float
    ) -> Message:
        """The answer of one RPC; a Problem is raised for every refusal."""
        journeys: list[str] = []
        try:
            return await self._call(rpc, request, metadata, seconds, journeys)
        finally:
            # The entry's span and log line, too: a case_id or a path does not tell the journey.
            for journey_id in journeys:
                telemetry.set_journey(journey_id)

    async def _call(
        self,
        rpc: Rpc,
        request: Message,
        metadata: Mapping[str, str],
        seconds: float,
        journeys: list[str],
    ) -> Message:
        invoke = self._channels[rpc.peer].unary_unary(
            f"/{rpc.name}",
            request_serializer=rpc.request.SerializeToString,
            response_deserializer=rpc.response.FromString,
        )
        with channel.calling(rpc.name, metadata) as (span, headers):
            try:
                calling = invoke(request, timeout=seconds, metadata=headers)
                answer: Message = await calling
                journeys += channel.journeys_of(await calling.trailing_metadata())
            except grpc.aio.AioRpcError as error:
                journeys += channel.journeys_of(error.trailing_metadata())
                problem = problem_of(error, rpc.peer)
                span.set_attribute("rpc.grpc.status_code", error.code().value[0])
                telemetry.failed(span, problem.reason)
                raise problem from None
            finally:
                for journey_id in journeys:
                    telemetry.set_journey(journey_id)
        return answer

    async def health(self) -> dict[str, str]:
        """Each deputy's own word on its health, or UNREACHABLE."""
        names: Sequence[str] = sorted(self._channels)
        states = await asyncio.gather(*(self._health_of(self._channels[name]) for name in names))
        return dict(zip(names, states, strict=True))

    async def _health_of(self, opened: grpc.aio.Channel) -> str:
        invoke = opened.unary_unary(
            HEALTH,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = await invoke(health_pb2.HealthCheckRequest(), timeout=HEALTH_SECONDS)
        except grpc.aio.AioRpcError:
            return "UNREACHABLE"
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
