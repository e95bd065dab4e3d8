"""Agreements are data: what is wrong with one is said by its name, when it is read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.exchange.agreements import AGREEMENTS, Agreements, WrongAgreement

GOOD = """
[[agreement]]
ministry = "kemlu"
event = "estafet.placement.v1.WorkerDeparted"
fields = ["country", "worker.name"]
purpose = "consular protection"
legal_basis = "contoh"
since = 2024-01-01
until = 2024-03-05
"""


def read(tmp_path: Path, text: str) -> Agreements:
    path = tmp_path / "agreements.toml"
    path.write_text(text)
    return Agreements.load(path)


def test_the_agreements_of_this_release_can_be_kept() -> None:
    assert AGREEMENTS.ministries == ("bpjs", "kemlu")
    assert Agreements.load() == AGREEMENTS


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("WorkerDeparted", "WorkerLeft", "no event estafet.placement.v1.WorkerLeft"),
        ("v1.WorkerDeparted", "v1.GetWorkerResponse", "no event estafet.placement.v1.GetWorker"),
        ('"country"', '"land"', "WorkerDeparted has no field land; it has placement_id"),
        ("worker.name", "worker.full_name", "GetWorkerResponse has no field full_name"),
        ("worker.name", "employer.name", "nobody is asked for employer.name"),
        ("worker.name", "note.text", "WorkerDeparted has no field note_id"),
        ("2024-03-05", "2024-01-01", "before it has begun"),
        ("2024-03-05", '"soon"', "since and until are days"),
        ("legal_basis", "legal_base", "missing or unknown: legal_base, legal_basis"),
        ('"kemlu"', '"Kemlu!"', "no name of a ministry"),
        ('"contoh"', '""', "a legal basis"),
    ],
)
def test_a_wrong_one_is_refused_by_its_name(
    tmp_path: Path, right: str, wrong: str, named: str
) -> None:
    with pytest.raises(WrongAgreement, match=named):
        read(tmp_path, GOOD.replace(right, wrong))


def test_two_on_one_event_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongAgreement, match="two agreements on one event"):
        read(tmp_path, GOOD * 2)


def test_it_holds_from_its_first_day_to_the_day_before_its_end_in_jakarta(tmp_path: Path) -> None:
    [agreement] = read(tmp_path, GOOD).all
    last = datetime(2024, 3, 4, 16, 59, tzinfo=UTC)
    assert agreement.is_in_force(last)
    assert not agreement.is_in_force(last.replace(hour=17))
    assert not agreement.is_in_force(datetime(2023, 12, 31, 16, 59, tzinfo=UTC))
