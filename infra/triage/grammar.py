"""Texts of complainants, made up by a grammar: who, where, what happened, what is wished."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

FOLDER = Path(__file__).with_name("grammar")
_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\$([A-Z])")
_PHASES = ("before", "during", "after")
_CLAUSES_OF_A_TEXT = (1, 1, 1, 2, 2, 3)
_CALM_SHARE = 0.2


@dataclass(frozen=True)
class Clause:
    """A template. `number` names it, so that no fold is judged by templates that it learned."""

    number: int
    says: str
    categories: tuple[str, ...]
    phase: str
    is_crisis: bool
    is_calm: bool


@dataclass(frozen=True)
class Made:
    """A text with what it is about; `templates` are the clauses that it has."""

    text: str
    categories: frozenset[str]
    phase: str
    is_crisis: bool
    templates: tuple[int, ...]


class Grammar:
    """The clauses and what stands around them."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._slots: Mapping[str, Sequence[str]] = _table(folder / "slots.toml")
        self._frame: Mapping[str, Sequence[str]] = _table(folder / "frame.toml")
        self.clauses = _clauses(folder)
        self._calm = [clause for clause in self.clauses if clause.is_calm]
        by_category: dict[str, list[Clause]] = {}
        for clause in self.clauses:
            for category in () if clause.is_calm else clause.categories:
                by_category.setdefault(category, []).append(clause)
        self._by_category = dict(sorted(by_category.items()))

    def texts(self, random: Random, count: int) -> list[Made]:
        """So many texts, each category as often as the others."""
        categories = list(self._by_category)
        return [self._text(random, categories[n % len(categories)]) for n in range(count)]

    def vocabulary(self) -> frozenset[str]:
        """Every word that the grammar can say."""
        says = [clause.says for clause in self.clauses]
        said = " ".join(
            [
                *says,
                *(
                    word
                    for table in (self._slots, self._frame)
                    for row in table.values()
                    for word in row
                ),
            ]
        )
        return frozenset(re.findall(r"[a-z]+(?:-[a-z]+)*", said.lower()))

    def _text(self, random: Random, category: str) -> Made:
        chosen = self._chosen(random, category)
        phase = next((clause.phase for clause in chosen if clause.phase), random.choice(_PHASES))
        said = "".join(
            (random.choice(self._frame["joins"]) if number else "")
            + self._said(random, clause.says)
            for number, clause in enumerate(chosen)
        )
        parts = (
            self._said(random, random.choice(self._frame["openings"])),
            self._said(random, random.choice(self._frame[phase])),
            said,
            self._said(random, random.choice(self._frame["closings"])),
        )
        return Made(
            text=random.choice((", ", ". ", " ")).join(part for part in parts if part),
            categories=frozenset(code for clause in chosen for code in clause.categories),
            phase=phase,
            is_crisis=any(clause.is_crisis for clause in chosen),
            templates=tuple(clause.number for clause in chosen),
        )

    def _chosen(self, random: Random, category: str) -> list[Clause]:
        """Clauses of one phase: one of the category, and sometimes more of others."""
        first = random.choice(self._by_category[category])
        chosen = [first]
        if random.random() < _CALM_SHARE and not first.is_crisis:
            chosen.insert(random.randrange(2), random.choice(self._calm))
            return chosen if random.random() < 0.6 else [c for c in chosen if c.is_calm]
        for _ in range(random.choice(_CLAUSES_OF_A_TEXT) - 1):
            other = random.choice(self._by_category[random.choice(list(self._by_category))])
            if other.phase in ("", first.phase) and other not in chosen:
                chosen.append(other)
        return chosen

    def _said(self, random: Random, template: str) -> str:
        """A template with its choices made and its slots filled."""
        text = template
        for pattern, options in ((_CHOICE, self._choices), (_SLOT, self._fillers)):
            while found := pattern.search(text):
                chosen = random.choice(options(found[1]))
                text = text[: found.start()] + chosen + text[found.end() :]
        return " ".join(text.split())

    def _choices(self, written: str) -> Sequence[str]:
        return written.split("|")

    def _fillers(self, slot: str) -> Sequence[str]:
        return self._slots[slot]


def _clauses(folder: Path) -> list[Clause]:
    rows = [
        row for path in sorted(folder.glob("*.toml")) for row in _table(path).get("clauses", [])
    ]
    templates = [(row, says) for row in rows for says in row["say"]]
    return [
        Clause(
            number=number,
            says=says,
            categories=tuple(row["of"]),
            phase=row["phase"],
            is_crisis=row.get("crisis", False),
            is_calm=row.get("calm", False),
        )
        for number, (row, says) in enumerate(templates)
    ]


def _table(path: Path) -> dict[str, list]:  # type: ignore[type-arg]
    return tomllib.loads(path.read_text(encoding="utf-8"))
