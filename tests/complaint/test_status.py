"""What a complainant is told: plain, true sentences in both languages."""

import pytest

from services.complaint.status import due_at, stage_of, summary
from tests.complaint.builders import situations

SITUATIONS = situations()
OPEN = [name for name in SITUATIONS if name != "closed"]


def told(situation: str, language: str = "") -> str:
    complaint, custody, _ = SITUATIONS[situation]
    return summary(complaint, custody, language)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_stage_derives_from_custody_and_state(situation: str) -> None:
    complaint, custody, stage = SITUATIONS[situation]
    assert stage_of(complaint, custody) is stage


@pytest.mark.parametrize("situation", OPEN)
def test_nothing_open_is_called_finished(situation: str) -> None:
    words = f"{told(situation, 'id')} {told(situation, 'en')}".lower()
    assert not any(word in words for word in ("selesai", "ditutup", "finished", "closed"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_situation_has_a_sentence_of_its_own(language: str) -> None:
    # Who works on it beside the offer is of no interest to who waits for its answer; whether the
    # agency was heard yet is in the answer that follows.
    alike = ("in consultation and offered", "heard once", "heard twice")
    situations = [name for name in SITUATIONS if name not in alike]
    assert len({told(situation, language) for situation in situations}) == len(situations)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_sentence_has_a_gap(situation: str, language: str) -> None:
    text = told(situation, language)
    assert "  " not in text
    assert " ." not in text
    assert " ," not in text
    assert "{" not in text


def test_indonesian_is_spoken_by_default() -> None:
    assert told("handed over") == (
        "Pengaduan Anda dipegang oleh Pelindungan KP2MI sejak 4 Maret 2024 dan belum berakhir. "
        "Langkah berikutnya: Pelindungan KP2MI membuka perkara."
    )


def test_an_offer_tells_until_when_its_receiver_has_to_answer() -> None:
    assert "by 7 March 2024, 16:00 Jakarta time" in told("offered", "en")


def test_a_returned_complaint_tells_who_holds_it_and_what_is_next() -> None:
    assert told("returned", "en") == (
        "KP2MI Protection Service has given us its result. KP2MI Complaint Service holds your "
        "complaint again, since 4 March 2024. Next: an officer answers you by "
        "12 March 2024, 16:00 Jakarta time."
    )


def test_a_closed_complaint_tells_the_ground_and_until_when_it_can_be_reopened() -> None:
    assert told("closed", "en") == (
        "Your complaint was closed on 4 March 2024: what was asked for has been met. If you do "
        "not agree, you can ask until 3 April 2024, 10:00 Jakarta time that it be opened again."
    )


def test_no_clock_of_ours_runs_while_another_deputy_holds() -> None:
    complaint, custody, _ = SITUATIONS["handed over"]
    assert due_at(complaint, custody) is None
