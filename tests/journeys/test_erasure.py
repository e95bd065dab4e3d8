"""Somebody is erased: who it was is gone at its owner, and no ministry is told of it any more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.people import Refused
from tests.journeys.referral import ReferralStory
from tests.journeys.relay import Relay
from tests.support.ministries import Ministry
from tests.support.waiting import until

pytestmark = pytest.mark.stack

DEPARTED = "estafet.placement.v1.WorkerDeparted"
ERASED = "estafet.placement.v1.WorkerErased"
NAME, NIK = "Pekerja Terhapus", "3301014101900001"


def hears(ministry: Ministry, event: str, worker_id: str) -> dict[str, Any]:
    """What a ministry is told of an event of this worker, once it is."""
    return until(lambda: told_of(ministry, event, worker_id))[0]


def told_of(ministry: Ministry, event: str, worker_id: str) -> list[dict[str, Any]]:
    """What a ministry was told of an event of this worker, while it could be."""
    told = [each for each in ministry.read() if each["type"] == event]
    return [each for each in told if each.get("data", {}).get("worker_id") == worker_id]


def test_who_was_erased_is_known_to_nobody_and_ministries_are_told_to_erase(relay: Relay) -> None:
    story = ReferralStory(relay)
    story.file(country="MYS").triage().offer().accept()
    story.travel(name=NAME, nik=NIK)
    ministries = (story.kemlu, story.bpjs)
    for ministry in ministries:
        departed = hears(ministry, DEPARTED, story.worker_id)
        assert departed["data"]["worker"]["name"] == NAME
    worker = f"/v1/workers/{story.worker_id}"
    assert story.placement_officer.get(worker, purpose="contoh")["name"] == NAME

    story.forget()

    with pytest.raises(Refused, match="404 WORKER_ERASED"):
        story.placement_officer.get(worker, purpose="contoh")
    with pytest.raises(Refused, match="404 WORKER_ERASED"):
        story.act(
            story.placement_officer, "/v1/placements", worker_id=story.worker_id, country="MYS"
        )
    for ministry in ministries:
        told = hears(ministry, ERASED, story.worker_id)
        assert told["data"] == {"worker_id": story.worker_id}


def test_what_is_sent_again_of_somebody_erased_keeps_its_number_and_says_nothing(
    relay: Relay,
) -> None:
    story = ReferralStory(relay)
    story.file(country="MYS").triage().offer().accept()
    story.travel(name=NAME, nik=NIK)
    departed = hears(story.kemlu, DEPARTED, story.worker_id)
    story.forget()
    hears(story.kemlu, ERASED, story.worker_id)

    number = departed["sequence"]
    relay.stack.estafet("partner", "replay", "kemlu", "--from", number, "--to", number)

    again = until(lambda: [each for each in story.kemlu.read() if each.get("replayed")])[-1]
    assert (again["sequence"], again["type"]) == (number, DEPARTED)
    assert again["tombstone"] == "erased"
    assert NAME not in json.dumps(again)
    assert NIK not in json.dumps(again)
