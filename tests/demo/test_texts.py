import re
from collections import Counter, defaultdict
from string import Formatter

import pytest

from services.cli.demo import categories
from services.cli.demo.data_files import seeded
from services.cli.demo.grammar import Grammar
from services.cli.demo.noise import as_sms, reworded, with_typos
from services.cli.demo.plan import build_plan
from services.cli.demo.texts import text_of

PLAN = build_plan(information=60)
FILED = [(filing, text_of(filing)) for filing in PLAN.filings]
GRAMMAR = Grammar()
INVENTED = {"Contoh", "Fiktif", "Rekaan", "Misalnya", "Umpama", "Andaian", "Karangan", "Khayalan"}
SLOTS = {"subj", "dia", "negara", "majikan", "kerja", "lewat", "uang", "lama", "sejak"}


def test_every_category_has_a_grammar_and_no_grammar_is_without_a_category() -> None:
    assert set(GRAMMAR.categories) == set(categories.codes())


@pytest.mark.parametrize("code", categories.codes())
def test_a_category_has_at_least_four_openings_and_two_asks(code: str) -> None:
    entry = GRAMMAR.categories[code]
    assert len(set(entry.openings)) >= 4
    assert len(set(entry.asks)) >= 2


def test_templates_use_known_slots_only() -> None:
    templates = [t for c in GRAMMAR.categories.values() for t in (*c.openings, *c.asks)]
    used = {name for t in templates for _, name, _, _ in Formatter().parse(t) if name}
    assert used <= SLOTS


def test_every_opening_is_used_in_a_year() -> None:
    used = defaultdict(set)
    for _, text in FILED:
        category, opening, _ = text.template.split("/")
        used[category].add(opening)
    thin = {c for c in used if len(used[c]) < len(GRAMMAR.categories[c].openings)}
    rare = {c for c, n in Counter(f.category for f, _ in FILED).items() if n < 20}
    assert thin <= rare


def test_the_same_filing_always_says_the_same() -> None:
    assert [text_of(filing) for filing in PLAN.filings[:50]] == [text for _, text in FILED[:50]]


def test_another_seed_says_something_else() -> None:
    assert text_of(PLAN.filings[0], seed=1).narrative != FILED[0][1].narrative


def test_every_person_has_an_invented_last_name() -> None:
    names = {name for _, t in FILED for name in (t.worker_name, t.complainant_name)}
    assert {name.split()[-1] for name in names} <= INVENTED


def test_every_company_is_called_fictional() -> None:
    companies = {name for _, t in FILED for name in (t.p3mi_name, t.employer_name) if name}
    assert companies
    assert all(name.endswith("Fiktif") for name in companies)


def test_no_company_of_a_narrative_is_unknown() -> None:
    companies = set(GRAMMAR.words["companies"]["p3mi"])
    named = {m for _, t in FILED for m in re.findall(r"PT \w+ \w+ \w+", t.narrative)}
    assert named
    assert named <= companies


def test_contacts_can_belong_to_nobody() -> None:
    contacts = [text.contact for _, text in FILED]
    assert all(c.startswith("+62 000 ") or c.endswith("@contoh.example") for c in contacts)
    assert len(set(contacts)) == len(contacts)


def test_only_procedural_workers_name_a_p3mi() -> None:
    assert all(bool(text.p3mi_name) == filing.procedural for filing, text in FILED)


def test_a_worker_who_files_is_the_complainant() -> None:
    assert all(
        (text.worker_name == text.complainant_name) or text.filer != "worker" for _, text in FILED
    )


def test_no_slot_or_mark_is_left_in_a_narrative() -> None:
    assert [t.narrative for _, t in FILED if re.search(r"[{}«»]", t.narrative)] == []


def test_narratives_are_short_enough_and_nearly_all_different() -> None:
    narratives = [text.narrative for _, text in FILED]
    assert all(20 < len(narrative) < 600 for narrative in narratives)
    assert len(set(narratives)) > 0.98 * len(narratives)


def test_all_styles_are_written_and_javanese_only_where_it_is_spoken() -> None:
    styles = Counter(text.style for _, text in FILED)
    assert set(styles) == {"plain", "slang", "sms", "javanese"}
    assert {f.province for f, t in FILED if t.style == "javanese"} <= {"33", "34", "35"}


def test_an_sms_follows_the_grammar_of_the_line() -> None:
    sms = [t for _, t in FILED if t.channel == "sms"]
    assert sms
    assert all(t.narrative.startswith(f"ACA#TKI#{t.complainant_name.upper()}#") for t in sms)


def test_only_the_gravest_categories_are_declared_urgent() -> None:
    urgent = {filing.category for filing, text in FILED if text.urgent}
    assert urgent
    assert all(categories.category(code).severity == 4 for code in urgent)


def test_noise_never_touches_a_name() -> None:
    lexicon = {"saya": ["sy"], "contoh": ["x"]}
    text = "saya «Saya Contoh» saya."
    assert reworded(text, lexicon, seeded(1)) == "sy «Saya Contoh» sy."
    assert as_sms("Saya di «Arab Saudi».", lexicon, seeded(1)) == "sy di «Arab Saudi»"
    assert with_typos("«Contohwati Rekaan»", seeded(1), share=1) == "«Contohwati Rekaan»"


def test_a_typo_keeps_the_first_letter_and_changes_at_most_two() -> None:
    slips = {with_typos("majikan", seeded(n), share=1) for n in range(50)}
    assert all(slip[0] == "m" and abs(len(slip) - 7) <= 1 for slip in slips)
    assert len(slips) > 5
