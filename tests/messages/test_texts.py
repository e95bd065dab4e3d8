"""The texts of messages: complete, plain, and refused when they are not."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.messages import texts as module
from services.messages.innocuous import Innocuous, checked, innocuous
from services.messages.notice import ASK, Audience, Language, Notice
from services.messages.plan import Saying
from services.messages.texts import Texts, TextsError, read, texts
from tests.messages.builders import NUMBER, a_plan, a_question, an_alarm, an_officers_plan

FOLDER = Path(module.__file__).parent
OURS = (FOLDER / "texts.toml").read_text()
OTHERS = (FOLDER / "texts_unreviewed.toml").read_text()
# Said whole, or not at all: who hears them read aloud does not know them.
ABBREVIATION = re.compile(r"\b(?i:dll|dsb|dgn|yg|tgl|no|utk|e\.g|i\.e|etc|approx)\.|\b[A-Z]{2,}\b")


def every_text() -> list[str]:
    found = texts()
    ours = [words.text for each in found.templates.values() for words in (each.id, each.en)]
    others = [words.text for by_code in found.unreviewed.values() for words in by_code.values()]
    return ours + others


def test_a_question_is_written_in_indonesian_with_its_day_in_words() -> None:
    words = texts().render(a_question(), a_plan(), Saying.FULL)
    assert words.text == (
        "Kami perlu bertanya tentang pengaduan Anda. Nomor pengaduan: ADU-1234-5678-9.\n"
        "Pertanyaannya: Siapa nama majikan Anda (contoh)?\n"
        "Mohon jawab paling lambat 18 Maret 2024. Kalau Anda perlu waktu lebih lama, beri tahu"
        " kami."
    )


def test_a_question_is_written_in_english_for_who_wants_that() -> None:
    words = texts().render(a_question(), a_plan(language="en"), Saying.FULL)
    assert "Please answer by 18 March 2024." in words.text


def test_what_no_speaker_has_reviewed_is_marked_where_an_officer_sees_it() -> None:
    words = texts().render(a_question(), a_plan(language="jv"), Saying.FULL)
    assert words.for_officer == f"{words.text}\n[belum ditinjau penutur]"


def test_the_person_does_not_see_that_mark() -> None:
    words = texts().render(a_question(), a_plan(language="su"), Saying.FULL)
    assert "belum ditinjau" not in words.text


def test_what_there_is_not_in_sundanese_is_told_in_indonesian() -> None:
    survey = Notice("survey", "c1", {"number": NUMBER})
    words = texts().render(survey, a_plan(language="su"), Saying.FULL)
    assert (words.language, words.reviewed) == (Language.ID, True)


def test_an_instant_is_told_by_the_clock_of_who_reads_it() -> None:
    words = texts().render(an_alarm(), an_officers_plan(), Saying.FULL)
    assert "Sejak 4 Maret 2024, pukul 12.00." in words.text


def test_the_code_word_closes_a_message() -> None:
    words = texts().render(a_question(), a_plan(code_word="Melati"), Saying.FULL)
    assert words.text.endswith("\nMelati")


def test_a_message_without_content_is_the_agreed_text_and_the_code_word() -> None:
    words = texts().render(a_question(), a_plan(bare="photo", code_word="Melati"), Saying.BARE)
    assert words.text == "Halo, foto kita sudah jadi. Kabari saya kalau mau lihat, ya. Melati"


def test_a_subject_is_one_line_whatever_it_names() -> None:
    wide = OURS.replace('subject = "Pengaduan Anda"', 'subject = "{status}"')
    notice = Notice("status_reply", "c1", {"number": NUMBER, "status": "one\ntwo"})
    assert read(wide, OTHERS).render(notice, a_plan(), Saying.FULL).subject == "one two"


def test_a_person_is_asked_without_content() -> None:
    words = texts().render(Notice(ASK, "c1"), a_plan(), Saying.BARE)
    assert innocuous().tells(words.text) == ""


def test_nothing_is_rendered_where_nothing_may_be_said() -> None:
    with pytest.raises(TextsError, match="nothing may be said of question"):
        texts().render(a_question(), a_plan(), Saying.NOTHING)


@pytest.mark.parametrize("text", every_text())
def test_a_text_has_no_abbreviation(text: str) -> None:
    assert ABBREVIATION.sub("", text) == text


@pytest.mark.parametrize("text", every_text())
def test_a_sentence_is_short(text: str) -> None:
    longest = max(len(sentence.split()) for sentence in re.split(r"[.?!\n]", text))
    assert longest <= 16


def test_every_text_is_for_somebody_and_all_that_the_issue_names_are_there() -> None:
    by_code = {code: each.to for code, each in texts().templates.items()}
    people = {
        "answer_written",
        "clarification",
        "status_reply",
        "question",
        "matter_closed",
        "survey",
    }
    officers = ("digest", "alarm")
    assert by_code == {
        **dict.fromkeys(people, Audience.PERSON),
        **dict.fromkeys(officers, Audience.OFFICER),
    }


def changed(ours: str = "", theirs: str = "", *, others: str = OTHERS) -> Texts:
    assert ours in OURS
    return read(OURS.replace(ours, theirs, 1), others)


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ("Jawabannya: {answer}", "Jawabannya.", "answer_written.id does not name answer"),
        ("The answer: {answer}", "{answer} {name}", "answer_written.en names name, which is not"),
        ("Alasannya: {ground}", "{ground!r}", "matter_closed.id: {ground} is more than a name"),
        ("Alasannya: {ground}", "{ground.__class__}", "is more than a name"),
        ("Alasannya: {ground}", "{ground", "matter_closed.id: "),
        ('until = "day" }', 'until = "week" }', "parameters.until"),
        ('to = "officer"', 'to = "everybody"', "digest.to"),
        ("id.subject", "xx.subject", "answer_written"),
        ("[formats]", "[formats", "texts: "),
    ],
)
def test_texts_with_a_fault_are_refused_with_its_place(ours: str, theirs: str, told: str) -> None:
    with pytest.raises(TextsError, match=re.escape(told)):
        changed(ours, theirs)


def test_a_list_that_no_speaker_read_may_not_call_itself_reviewed() -> None:
    with pytest.raises(TextsError, match="reviewed"):
        changed(others=OTHERS.replace("reviewed = false", "reviewed = true"))


def test_a_translation_of_no_text_is_refused() -> None:
    with pytest.raises(TextsError, match=r"su\.answers is no text"):
        changed(others=OTHERS.replace("[su.answer_written]", "[su.answers]"))


@pytest.mark.parametrize(
    ("notice", "told"),
    [
        (Notice("quest", "c1"), "there is no text 'quest': one of answer_written"),
        (Notice("survey", "c1"), "text survey names number; it was given nothing"),
        (
            Notice("survey", "c1", {"number": NUMBER, "name": "x"}),
            "names number; it was given name, number",
        ),
        (Notice("survey", "c1", {"number": 7}), "text survey: number is no text"),
        (
            Notice("alarm", "c1", {"number": "1", "what": "x", "since": datetime(2024, 1, 1)}),  # noqa: DTZ001 - that is what is wrong
            "since is no instant",
        ),
        (
            Notice(
                "matter_closed",
                "c1",
                {"number": "1", "ground": "x", "until": datetime(2024, 1, 1, tzinfo=UTC)},
            ),
            "until is no day",
        ),
    ],
)
def test_a_notice_that_does_not_fit_its_text_is_refused(notice: Notice, told: str) -> None:
    with pytest.raises(TextsError, match=told):
        texts().check(notice)


def test_values_come_back_as_they_were() -> None:
    values = a_question().values
    template = texts().template("question")
    assert module.loaded(template, module.dumped(values)) == values
    assert isinstance(values["until"], date)


@pytest.mark.parametrize(
    "text",
    [
        "Halo, pengaduan kamu dijawab.",
        "Hello, your complaint was answered.",
        "Kabari Petugas, ya.",
        "Ada kabar dari BP2MI.",
        "Balas ke 0812.",
        "Lihat contoh.example/masuk",
        "Halo {number}",
    ],
)
def test_an_innocuous_text_that_tells_something_is_refused(text: str) -> None:
    told = tomllib.loads((FOLDER / "innocuous.toml").read_text())
    told["agreed"]["greeting"]["id"] = text
    with pytest.raises(ValueError, match="nothing there may tell"):
        checked(Innocuous.model_validate(told))
