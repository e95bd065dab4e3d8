"""What is suggested for a text, why, and when nothing is."""

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.complaint.triage.screening import INDICATORS
from services.complaint.triage.suggestion import suggest, table
from tests.complaint.triage.scoring import (
    by_keywords,
    by_us,
    calibration_error,
    firsts,
    macro_f1,
    reliability,
)
from tests.complaint.triage.unseen import topics

COMPLAINT = Path(__file__).parents[3] / "services" / "complaint"
OF_TABLE = COMPLAINT / "data" / "categories.csv"


def test_categories_of_unseen_texts_are_found_far_better_than_by_keywords() -> None:
    texts = topics("final")
    ours = macro_f1(texts, [by_us(topic.text) for topic in texts])
    assert ours >= macro_f1(texts, [by_keywords(topic.text) for topic in texts]) + 0.15


def test_a_probability_means_what_it_says() -> None:
    assert calibration_error(reliability(firsts(topics("final")))) <= 0.15


def test_there_are_unseen_texts_of_every_category() -> None:
    assert {code for topic in topics("final") for code in topic.categories} == set(table())


def test_a_text_may_have_several_categories() -> None:
    found = suggest("gaji saya tidak dibayar 5 bulan dan paspor ditahan majikan").categories
    assert {"unpaid_wages", "doc_withheld"} <= set(found)


def test_nothing_is_suggested_where_nothing_is_said() -> None:
    for text in ("", "  \n", "🙏🙏", "xqzt", "\0\0"):
        assert suggest(text).has_abstained, text
        assert not suggest(text).is_crisis, text


def test_severity_four_is_kept_for_a_crisis() -> None:
    now = suggest("adik saya disiksa majikan di Oman")
    over = suggest("dulu saya disiksa majikan, sekarang sudah pulang dan sehat")
    assert (now.severity, now.is_crisis) == (4, True)
    assert over.severity < 4


def test_a_question_is_of_the_least_severity() -> None:
    assert suggest("berapa biaya perpanjang paspor?").severity == 1


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("saya calon PMI, sudah bayar tapi belum diberangkatkan", "before"),
        ("saya kerja di Taiwan, gaji dipotong majikan", "during"),
        ("mantan TKI sudah pulang ingin modal usaha", "after"),
    ],
)
def test_the_phase_is_read(text: str, phase: str) -> None:
    assert suggest(text).phase == phase


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        ("gaji saya tidak dibayar majikan 5 bulan", "withholding_of_wages"),
        ("paspor saya disita majikan", "retention_of_identity_documents"),
        ("adik dikurung di kamar dan dikunci majikan", "restriction_of_movement"),
        ("HP disita majikan dan putus kontak dengan keluarga, disekap", "isolation"),
        ("saya dipukul mandor", "physical_and_sexual_violence"),
        ("saya diancam dibunuh agen", "intimidation_and_threats"),
        ("ditipu calo, dijanjikan kerja pabrik ternyata bohong", "deception"),
        ("gaji dipotong utang agen, saya terlilit utang, disekap", "debt_bondage"),
        ("kerja 18 jam sehari tanpa libur", "excessive_overtime"),
        (
            "tidur di lantai dapur, tidak dikasih makan majikan",
            "abusive_working_and_living_conditions",
        ),
        ("anak di bawah umur dijual ke Malaysia", "abuse_of_vulnerability"),
    ],
)
def test_each_indicator_of_forced_labour_is_seen(text: str, indicator: str) -> None:
    assert indicator in INDICATORS
    assert indicator in suggest(text).screening.indicators


def test_trafficking_is_indicated_by_act_means_and_purpose() -> None:
    text = "adik direkrut calo, ditipu lalu dijual dan dipaksa kerja tanpa upah di Libya, disekap"
    found = suggest(text).screening
    assert (found.verdict, found.elements) == ("indicated", ("act", "means", "purpose"))


def test_a_child_needs_no_means() -> None:
    text = "anak di bawah umur dibawa sponsor ke Malaysia, dijadikan PSK"
    assert suggest(text).screening.verdict == "indicated"


def test_every_suggestion_says_which_words_made_it() -> None:
    text = "tolong, gaji sy blm dibayar dan sy di pukul mjkn"
    suggestion = suggest(text)
    for reason in suggestion.reasons:
        assert reason.quote.split()[0] == text[reason.start : reason.end].split(maxsplit=1)[0]
    told = {reason.suggests for reason in suggestion.reasons}
    assert {*suggestion.categories, "crisis", *suggestion.screening.indicators} <= told


def test_what_was_denied_is_told_as_such() -> None:
    reasons = [str(reason) for reason in suggest("saya tidak pernah dipukul majikan").reasons]
    assert 'no crisis: rule violence (denied) "dipukul" [18-25]' in reasons


def test_a_text_of_a_megabyte_is_bounded_work_and_its_end_is_read() -> None:
    text = "kata " * 200_000 + "saya disiksa majikan, tolong"
    started = time.process_time()
    suggestion = suggest(text)
    assert suggestion.is_crisis
    assert not suggestion.is_whole
    assert time.process_time() - started < 2


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_a_suggestion(text: str) -> None:
    suggestion = suggest(text)
    assert 1 <= suggestion.severity <= 4
    assert suggestion.is_crisis is (suggestion.severity == 4)
    assert set(suggestion.categories) <= set(table())


def test_the_table_is_complaint_s_own() -> None:
    with OF_TABLE.open(encoding="utf-8", newline="") as file:
        assert set(table()) == {row["code"] for row in csv.DictReader(file)}
