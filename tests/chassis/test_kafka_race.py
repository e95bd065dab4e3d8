"""What kafka-python 3.0.12 does wrong, each time: services/chassis/kafka_race.py."""

import gc
from types import SimpleNamespace

from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.protocol.api_header import ResponseClassRegistry
from kafka.protocol.metadata import MetadataResponse

from services.chassis.settings import Settings


def test_a_join_that_has_begun_is_needed_until_it_is_done() -> None:
    Settings(kafka_security="PLAINTEXT").kafka("complaint")
    coordinator = object.__new__(ConsumerCoordinator)
    coordinator._join_task = object()
    assert coordinator.need_rejoin()


def test_a_class_that_two_threads_have_made_at_once_is_still_found() -> None:
    Settings(kafka_security="PLAINTEXT").kafka("complaint")
    header = SimpleNamespace(request_api_key=MetadataResponse.API_KEY, request_api_version=7)
    kept = MetadataResponse[7]
    type("thrown_away", tuple(MetadataResponse.mro()), {"_class_version": 7}, init=False)
    gc.collect()
    assert ResponseClassRegistry.get_response_class(header) is kept
