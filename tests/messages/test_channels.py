"""One suite for all channels, each against a real server of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.messages.channels.outlet import Delivered, Later, Parcel, Refused
from tests.messages.builders import a_parcel
from tests.messages.worlds import ALL, SERVERS, World


@pytest.fixture(params=ALL)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with ALL[request.param](tmp_path) as made:
        yield made


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with SERVERS[request.param](tmp_path) as made:
        yield made


def parcel_for(world: World, text: str = "Kapan Anda berangkat? ꦱꦸꦒꦼꦁ é") -> Parcel:
    return a_parcel(world.channel, address=world.address, text=text)


def test_a_message_arrives_as_it_was_written_under_its_key(world: World) -> None:
    parcel = parcel_for(world)
    assert world.outlet.send(parcel) == Delivered()
    assert world.arrived() == [(parcel.key, parcel.address, parcel.text)]


def test_what_is_sent_twice_bears_the_same_key_twice(world: World) -> None:
    parcel = parcel_for(world)
    world.outlet.send(parcel)
    world.outlet.send(parcel)
    assert {key for key, _, _ in world.arrived()} == {parcel.key}


def test_a_long_message_of_many_lines_begins_as_it_was_written(world: World) -> None:
    text = "\n".join(f"Baris ke {n} (contoh)." for n in range(400))
    world.outlet.send(parcel_for(world, text))
    [(_, _, arrived)] = world.arrived()
    assert arrived[:2000] == text[:2000]


def test_a_channel_that_is_away_is_tried_later(world: World) -> None:
    world.go_away()
    assert isinstance(world.outlet.send(parcel_for(world)), Later)


def test_a_channel_that_is_busy_is_tried_later(server: World) -> None:
    server.be_busy()
    assert isinstance(server.outlet.send(parcel_for(server)), Later)


def test_an_address_where_nobody_is_is_refused_for_ever(server: World) -> None:
    server.refuse()
    found = server.outlet.send(parcel_for(server))
    assert isinstance(found, Refused)
    assert found.of_address


def test_a_refusal_says_nothing_of_the_person(server: World) -> None:
    server.refuse()
    assert server.address not in repr(server.outlet.send(parcel_for(server)))
