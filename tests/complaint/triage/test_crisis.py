"""A person in danger is found however it is said, and nobody is woken for a question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.complaint.triage.suggestion import suggest
from tests.complaint.triage.scoring import crisis_rates
from tests.complaint.triage.unseen import dangers

DANGERS = (
    "saya dipukul majikan",
    "adik saya disekap di gudang",
    "istri saya disiksa di Riyadh",
    "kakak diperkosa sopir",
    "anak kami dianiaya juragan",
    "suami saya ditangkap polisi",
)
CALM = (
    "berapa biaya perpanjang paspor?",
    "berapa gaji rata-rata di Dubai?",
    "gaji saya belum dibayar dua bulan",
    "ingin ganti majikan karena cerewet",
)
FACTS = ("dipukul", "disiksa", "dianiaya", "disekap", "diancam", "diperkosa", "dipukuli")
NEGATIONS = ("tidak", "tidak pernah", "belum pernah", "gak", "nggak pernah", "ora tau", "bukan")
PLACES, TIMES = st.integers(3, 6), st.integers(3, 8)
INVISIBLE = "\u200b\u200d\u2060\ufeff"


def is_crisis(text: str) -> bool:
    return suggest(text).is_crisis


@pytest.mark.parametrize("text", CALM)
def test_the_negative_controls_stay_quiet(text: str) -> None:
    assert not is_crisis(text)


@pytest.mark.parametrize(
    "said",
    [
        "disiksa",
        "dipukul",
        "dianiaya",
        "penyiksaan oleh majikan",
        "disekap",
        "paspor saya ditahan majikan",
        "diancam majikan",
        "mengalami kekerasan fisik",
        "nyawa terancam",
    ],
)
def test_the_words_of_the_mission_s_assistant_are_a_crisis(said: str) -> None:
    assert is_crisis(f"saya {said}")


@settings(deadline=None)
@given(st.sampled_from(FACTS), st.sampled_from(NEGATIONS))
def test_what_is_denied_is_no_crisis(fact: str, negation: str) -> None:
    assert not is_crisis(f"saya {negation} {fact}, hanya mau tanya kontrak")


@settings(deadline=None)
@given(st.sampled_from(FACTS), st.sampled_from(("hanya", "cuma", "cuma dimarahi dan")))
def test_not_only_is_no_denial(fact: str, only: str) -> None:
    assert is_crisis(f"saya tidak {only} {fact}")


def test_a_negation_goes_on_through_a_list() -> None:
    assert not is_crisis("saya tidak pernah dipukul, disiksa atau disekap")


def test_a_negation_ends_at_but() -> None:
    assert is_crisis("saya tidak disekap tapi dipukul tiap hari")


def test_what_cannot_be_borne_is_no_denial() -> None:
    assert is_crisis("saya tidak tahan dipukul")


def test_a_question_about_a_case_that_might_be_is_no_crisis() -> None:
    assert not is_crisis("kalau dipukul majikan lapor ke mana?")


def test_a_habit_told_with_a_condition_is_a_crisis() -> None:
    assert is_crisis("kalau salah sedikit saya dipukul")


def test_a_question_of_somebody_in_danger_is_a_crisis() -> None:
    assert is_crisis("apa yang harus saya lakukan, majikan memukul saya?")


def test_what_is_over_is_no_crisis_and_what_began_again_is_one() -> None:
    assert not is_crisis("dulu saya dipukul majikan, sekarang sudah pulang dan sehat")
    assert is_crisis("dulu saya dipukul, sempat damai, sekarang dipukul lagi")


def test_another_s_death_at_home_is_no_crisis() -> None:
    assert not is_crisis("ibu saya di kampung meninggal, boleh cuti pulang?")


@settings(deadline=None)
@given(st.sampled_from(DANGERS), st.sampled_from((str.upper, str.title, str.swapcase)))
def test_capitals_change_nothing(text: str, case: type[str]) -> None:
    assert is_crisis(case(text))


@settings(deadline=None)
@given(st.sampled_from((*DANGERS, *CALM)), st.text("😭🙏❗\u0627\u0628\u202e \t", max_size=12))
def test_marks_around_a_text_change_nothing(text: str, marks: str) -> None:
    assert is_crisis(f"{marks} {text} {marks}") is is_crisis(text)


@settings(deadline=None)
@given(st.sampled_from(DANGERS), st.data())
def test_what_cannot_be_seen_inside_a_word_changes_nothing(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(text) - 1).filter(lambda n: text[n - 1 : n + 1].isalpha()))
    assert is_crisis(text[:at] + data.draw(st.sampled_from(INVISIBLE)) + text[at:])


# Not "diperkosa": a slip makes "diperiksa" (looked at by a doctor) of it.
@settings(deadline=None)
@given(st.sampled_from(("dipukul", "disiksa", "disekap", "diancam", "dipukuli")), PLACES, TIMES)
def test_a_slip_of_the_finger_hides_no_danger(fact: str, place: int, times: int) -> None:
    at = min(place, len(fact) - 2)
    swapped = fact[:at] + fact[at + 1] + fact[at] + fact[at + 2 :]
    stretched = fact[:at] + fact[at] * times + fact[at + 1 :]
    for slip in (fact[:at] + fact[at + 1 :], swapped, stretched):
        assert is_crisis(f"tolong saya {slip} majikan")


@settings(deadline=None)
@given(st.sampled_from(FACTS))
def test_a_verb_written_apart_or_with_digits_is_read(fact: str) -> None:
    assert is_crisis(f"saya {fact[:2]} {fact[2:]} terus")
    assert is_crisis(f"saya {fact.replace('i', '1', 1)} terus")


def test_unseen_paraphrases_are_told_apart() -> None:
    recall, false_alarms = crisis_rates(dangers("final"))
    assert recall >= 0.98
    assert false_alarms <= 0.02


def test_there_are_enough_unseen_paraphrases_on_each_side() -> None:
    sides = [danger.is_crisis for danger in dangers("final")]
    assert min(sides.count(True), sides.count(False)) >= 300
