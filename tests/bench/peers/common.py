"""What the peers by hand share: tokens, spans and consumers, as the libraries' pages show them."""

import os
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
from kafka import KafkaConsumer, TopicPartition
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def a_tracer() -> trace.Tracer:
    """The process's tracer; spans go where ours go."""
    provider = TracerProvider(resource=Resource.create({"service.name": "peer"}))
    exporter = OTLPSpanExporter(endpoint=f"{os.environ['ESTAFET_OTLP_ENDPOINT']}/v1/traces")
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=8192, schedule_delay_millis=500)
    )
    trace.set_tracer_provider(provider)
    return trace.get_tracer("peer")


def read_on(consumer: KafkaConsumer, topic: str, offsets: Mapping[int, int]) -> None:
    """Take every partition from where it was read to, else from its beginning."""
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, offsets.get(partition.partition, 0))


class Tokens:
    """Checks tokens of the one issuer, whose keys are fetched once."""

    def __init__(self) -> None:
        self._issuer = os.environ["ESTAFET_IDENTITY_ISSUER"]
        published = httpx.get(os.environ["ESTAFET_IDENTITY_JWKS_URL"]).json()
        self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(published).keys}

    def claims(self, authorization: str) -> dict[str, Any]:
        """What a valid token says; jwt.InvalidTokenError."""
        token = authorization.removeprefix("Bearer ")
        name = jwt.get_unverified_header(token).get("kid")
        if name not in self._keys:
            raise jwt.InvalidTokenError(f"no key {name}")
        return dict(
            jwt.decode(
                token,
                self._keys[name],
                algorithms=["ES256"],
                audience="estafet",
                issuer=self._issuer,
                leeway=60,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        )
