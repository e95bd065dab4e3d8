"""What a complainant is told: plain, true sentences in both languages."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.complaint.status import due_at, stage_of, summary
from services.complaint.workflow import LAW
from services.handover.custody import Party
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
        "Pengaduan Anda dipegang oleh Layanan Pelindungan sejak 4 Maret 2024. Pengaduan belum "
        "berakhir. Langkah berikutnya: Layanan Pelindungan membuka perkara. "
        "Untuk langkah ini belum ada batas waktu."
    )


def test_an_offer_tells_until_when_its_receiver_has_to_answer() -> None:
    assert "by 7 March 2024, 16:00 Jakarta time" in told("offered", "en")


def test_a_returned_complaint_tells_who_holds_it_and_what_is_next() -> None:
    assert told("returned", "en") == (
        "Protection Service has given us its result. Complaint Service holds your complaint again, "
        "since 4 March 2024. Next: an officer answers you. This is due by "
        "12 March 2024, 16:00 Jakarta time."
    )


def test_a_closed_complaint_tells_the_ground_and_until_when_it_can_be_reopened() -> None:
    assert told("closed", "en") == (
        "Your complaint was closed on 4 March 2024. Reason: what was asked for has been met. "
        "If you do not agree, you can ask that it be opened again. This is due by "
        "3 April 2024, 10:00 Jakarta time."
    )


def test_a_watched_complaint_tells_by_when_the_ministry_owes_its_result() -> None:
    assert told("watched", "en").startswith("The Ministry of Foreign Affairs has held your")
    assert told("watched", "en").endswith("This is due by 22 March 2024, 16:00 Jakarta time.")


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_status_says_until_when_or_that_no_date_is_set(situation: str) -> None:
    complaint, custody, _ = SITUATIONS[situation]
    text = told(situation, "en")
    assert ("Jakarta time." in text) is (due_at(complaint, custody) is not None)
    assert ("No date is set" in text) is (due_at(complaint, custody) is None)


def every_sentence() -> list[str]:
    """What anybody may be told: every situation, every ground, every ministry, both languages."""
    found = {told(name, language) for name in SITUATIONS for language in ("id", "en")}
    for ground in LAW.base.grounds:
        complaint, custody, _ = situations()["closed"]
        complaint.ground = ground
        found |= {summary(complaint, custody, language) for language in ("id", "en")}
    for ministry in ("kemlu", "bpjs", "somebody"):
        complaint, custody, _ = situations()["watched"]
        custody.holder = Party("exchange", ministry)
        found |= {summary(complaint, custody, language) for language in ("id", "en")}
    return sorted(sentence for text in found for sentence in re.split(r"(?<=[a-z0-9])\. ?", text))


@pytest.mark.parametrize("sentence", every_sentence())
def test_a_sentence_reads_well_aloud(sentence: str) -> None:
    assert len(sentence.split()) <= 16
    assert not re.search(r"\b(?:[A-Z]\d*){2,}\b", sentence)
    assert sentence[:1] == sentence[:1].upper()


def test_what_a_ministry_owed_is_no_date_of_a_deputy_who_has_it_back() -> None:
    complaint, custody, _ = SITUATIONS["handed over"]
    owed = replace(complaint, result_due_at=datetime(2024, 3, 22, tzinfo=UTC))
    assert due_at(owed, custody) is None


def test_no_clock_is_known_while_another_deputy_holds() -> None:
    complaint, custody, _ = SITUATIONS["handed over"]
    assert due_at(complaint, custody) is None
