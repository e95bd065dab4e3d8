"""The weights come of the grammar and its seed, and of nothing else."""

from pathlib import Path
from random import Random

import pytest

from infra.triage import written
from infra.triage.grammar import FOLDER as GRAMMAR
from infra.triage.grammar import Grammar
from infra.triage.noise import Noisy
from infra.triage.train import DATA, made_files
from services.complaint.triage.model import load
from services.complaint.triage.spelling import common_words
from services.complaint.triage.suggestion import table
from tests.complaint.triage.unseen import DANGERS, FOLDER, TOPICS, dangers, topics

MOST_BYTES = 300_000


def a_random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable, no secret


@pytest.mark.process
def test_the_weights_are_what_comes_of_the_grammar_and_its_seed() -> None:
    assert written.differences(DATA, made_files()) == []


def test_a_seed_gives_the_same_texts_each_time() -> None:
    def texts() -> list[str]:
        random, noisy = a_random(3), Noisy()
        return [noisy.written(random, made.text) for made in Grammar().texts(random, 40)]

    assert texts() == texts()


def test_the_grammar_tells_of_every_category() -> None:
    made = Grammar().texts(a_random(3), 200)
    assert {code for each in made for code in each.categories} == set(table())


def test_no_slot_or_choice_is_left_in_a_text() -> None:
    for made in Grammar().texts(a_random(5), 300):
        assert not set("$()|") & set(made.text), made.text


def test_the_weights_are_small_text() -> None:
    sizes = [path.stat().st_size for path in DATA.iterdir()]
    assert sum(sizes) < MOST_BYTES


def test_weights_that_say_something_else_are_told(tmp_path: Path) -> None:
    (tmp_path / "weights.csv").write_text("feature,weights\ngaji,1:30\n", encoding="utf-8")
    other = {"weights.csv": "feature,weights\ngaji,1:32\n"}
    near = {"weights.csv": "feature,weights\ngaji,1:31\n"}
    assert written.differences(tmp_path, other) != []
    assert written.differences(tmp_path, near) == []


def test_every_category_has_a_label() -> None:
    assert set(table()) < {label.name for label in load().labels}


def test_no_unseen_template_is_one_of_the_grammar() -> None:
    learned = {clause.says.lower() for clause in Grammar().clauses}
    unseen = [topic.text for which in TOPICS for topic in topics(which)]
    unseen += [danger.text for which in DANGERS for danger in dangers(which)]
    assert learned.isdisjoint(text.lower() for text in unseen)


def test_every_text_says_that_it_is_made_up() -> None:
    for path in (*GRAMMAR.glob("*.toml"), *FOLDER.glob("*.toml")):
        assert "teks buatan (fiksi)" in path.read_text(encoding="utf-8").lower(), path


def test_everyday_words_are_no_words_of_danger() -> None:
    assert common_words().isdisjoint({"dipukul", "disiksa", "disekap", "jenazah", "diperkosa"})
