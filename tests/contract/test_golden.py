"""Bytes that were once written are read for ever, and mean what they meant."""

from pathlib import Path

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from google.protobuf.json_format import MessageToDict

from services.chassis import catalogue
from tests.contract import golden
from tests.contract.golden import Sample

COMMAND = "`python -m tests.contract.golden` adds them"


def meaning_today(sample: Sample) -> object:
    cls = catalogue.message_type(sample.type)
    return None if cls is None else MessageToDict(cls.FromString(sample.payload))


@pytest.mark.parametrize("sample", golden.kept(), ids=lambda sample: sample.type)
def test_old_bytes_mean_today_what_they_meant(sample: Sample) -> None:
    assert meaning_today(sample) == sample.says


def test_every_field_of_every_event_and_brief_has_a_sample() -> None:
    assert golden.without_sample(golden.kept()) == [], COMMAND


def test_an_event_without_a_sample_is_found() -> None:
    without = [sample for sample in golden.kept() if not sample.type.endswith("ComplaintTriaged")]
    assert "estafet.complaint.v1.ComplaintTriaged.severity" in golden.without_sample(without)


def test_bytes_that_lost_their_meaning_are_found() -> None:
    sample = Sample.of(ComplaintTriaged(complaint_id="c1", severity=4))
    moved = Sample(sample.type, sample.says, sample.payload.replace(b"\x18\x04", b"\x20\x04"))
    assert meaning_today(sample) == sample.says
    assert meaning_today(moved) != moved.says


def test_samples_are_added_once_and_never_changed(tmp_path: Path) -> None:
    first = golden.add_missing(tmp_path)
    assert golden.kept(tmp_path) == sorted(first, key=lambda sample: sample.type.rpartition(".")[0])
    assert golden.add_missing(tmp_path) == []
