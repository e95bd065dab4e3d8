"""Contracts only grow: what was released stays, with its topics and its keys."""

from functools import cache
from pathlib import Path

import pytest
from estafet.options.v1 import options_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from infra.local import buf
from services.chassis import catalogue

Route = options_pb2.Route


@cache
def released_routes() -> dict[str, Route]:
    return routes(buf.released())


def routes(files: FileDescriptorSet) -> dict[str, Route]:
    return {
        f"{file.package}.{message.name}": message.options.Extensions[options_pb2.route]
        for file in files.file
        for message in file.message_type
        if message.options.HasExtension(options_pb2.route)
    }


def rerouted(before: dict[str, Route]) -> list[str]:
    """The events that are gone, or go elsewhere than they went."""
    today = {
        cls.DESCRIPTOR.full_name: cls.DESCRIPTOR.GetOptions().Extensions[options_pb2.route]
        for cls in catalogue.events()
    }
    return [name for name, route in before.items() if today.get(name) != route]


def test_a_released_event_keeps_its_topic_its_key_and_what_it_does_to_the_baton() -> None:
    assert rerouted(released_routes()) == []


def test_an_event_that_changed_its_topic_is_found() -> None:
    name = "estafet.complaint.v1.ComplaintFiled"
    assert rerouted({name: Route(topic="estafet.complaint.v0", key="complaint_id")}) == [name]


@pytest.mark.process
def test_buf_has_nothing_to_say_against_the_protos() -> None:
    assert buf.lint() == []


@pytest.mark.process
def test_nothing_was_taken_away_since_the_last_release() -> None:
    assert buf.breaking() == []


@pytest.mark.process
def test_a_field_that_was_taken_away_is_found(tmp_path: Path) -> None:
    before = buf.released()
    events = file_of(before, "estafet/complaint/v1/events.proto")
    events.message_type[0].field.add(name="mood", number=900, type="TYPE_STRING", json_name="mood")
    kept = tmp_path / "released.txtpb"
    kept.write_text(str(before))
    assert any('"900" with name "mood"' in line for line in buf.breaking(kept))


def file_of(files: FileDescriptorSet, name: str) -> FileDescriptorProto:
    return next(file for file in files.file if file.name == name)
