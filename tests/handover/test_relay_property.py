"""The baton is never dropped and never doubled, whatever order messages come in.

Messages arrive late, twice and in any order between topics; givers and receivers race the clock;
a service reads all history again.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis import catalogue
from services.handover.fold import BrokenLog
from tests.handover import briefs, history, mutants
from tests.handover.parts import Violation
from tests.support.examples import examples

TRIES = 300

numbers = st.integers(0, history.MOST)
histories = st.lists(st.tuples(numbers, numbers, numbers), min_size=40, max_size=120)


@pytest.fixture(autouse=True)
def every_service_takes_hand_overs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "briefs", briefs.briefs)


@pytest.mark.property
@settings(
    max_examples=examples(12, in_depth=500),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(histories)
def test_every_history_has_one_holder_and_loses_nothing(steps: list[history.Step]) -> None:
    history.run(steps)


def test_the_histories_reach_every_kind_of_custody_record() -> None:
    seen: Counter[str] = Counter()
    for seed in range(20):
        for log in history.run(history.by_chance(seed)).watch.logs.values():
            seen.update(sent.event.DESCRIPTOR.name for sent in log)
    custody = {e.DESCRIPTOR.name for e in catalogue.events() if "custody" in e.DESCRIPTOR.file.name}
    assert custody - seen.keys() == set(), seen


@pytest.mark.parametrize("mutant", mutants.ALL, ids=lambda mutant: mutant.__name__)
def test_some_history_finds_a_planted_fault(
    mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises((Violation, BrokenLog)):
        some_histories()


def some_histories() -> None:
    for seed in range(TRIES):
        history.run(history.by_chance(seed))
