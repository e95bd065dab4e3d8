from collections import Counter, defaultdict
from datetime import date

import pytest

from services.cli.demo.actions import Action
from services.cli.demo.facts import ALL_MONTHS
from services.cli.demo.giving_on import Lock
from services.cli.demo.people import placed_worker
from services.cli.demo.placements import locks_of, with_placements
from services.cli.demo.placing import ComeBack, Depart, RegisterAgency, Start, Stop
from services.cli.demo.plan import build_plan
from services.cli.demo.sample import ALL, compared, published_placements, sample
from services.cli.demo.script import Script, build_script
from services.placement.domain.worker import is_nik

PLAN = build_plan()
MATTERS = build_script(PLAN)
THE_YEAR = with_placements(MATTERS, ALL_MONTHS, 100, PLAN.seed)


def by_placement(script: Script = THE_YEAR) -> dict[int, list[tuple[date, Action]]]:
    deeds: dict[int, list[tuple[date, Action]]] = defaultdict(list)
    for day in script.days:
        for action in day.actions:
            if isinstance(action, Start | Depart | ComeBack | Stop):
                deeds[action.index].append((day.on, action))
    return deeds


@pytest.mark.parametrize("one_in", [100, 500, 1000])
def test_every_published_figure_is_met_within_one(one_in: int) -> None:
    lines = compared(Counter(sample(one_in, PLAN.seed)), ALL_MONTHS)
    assert len(lines) > 20
    assert all(figure.is_met_by(count, one_in) for figure, count in lines)


def test_a_hundredth_of_the_ten_published_months_leaves_in_them() -> None:
    drawn = sample(100, PLAN.seed)
    assert len(drawn) == round(250_391 / 100)
    assert {month for month, _ in drawn} == set(range(1, 11))


def test_the_parts_of_what_is_published_sum_to_the_whole() -> None:
    totals = {figure.months: figure.value for figure in published_placements() if figure.key == ALL}
    assert totals[1, 2, 3, 4, 5, 6] + totals[7, 8, 9, 10] == totals[tuple(range(1, 11))] == 250_391
    assert totals[1, 2] + totals[3, 4, 5, 6] == totals[1, 2, 3, 4, 5, 6]


def test_whoever_is_sampled_leaves_in_the_month_of_the_sample() -> None:
    left = Counter(
        day.on.month
        for day in THE_YEAR.days
        for action in day.actions
        if isinstance(action, Depart)
    )
    assert left == Counter(month for month, _ in sample(100, PLAN.seed))


def test_nobody_leaves_or_begins_with_an_agency_while_it_is_locked() -> None:
    locked = [(lock.agency, lock.locked_on, lock.expires_on) for lock in locks_of(MATTERS)]
    assert locked
    for deeds in by_placement().values():
        (begun_on, start), *others = deeds
        assert isinstance(start, Start)
        left_on = next((on for on, deed in others if isinstance(deed, Depart)), begun_on)
        for agency, since, until in locked:
            if agency == start.agency:
                assert not since <= begun_on <= until
                assert not since <= left_on <= until


def test_a_lock_stops_workers_and_what_is_stopped_has_not_left() -> None:
    stopped = [deeds for deeds in by_placement().values() if isinstance(deeds[-1][1], Stop)]
    assert stopped
    assert all([type(deed) for _, deed in deeds] == [Start, Stop] for deeds in stopped)


def test_agencies_are_registered_before_anything_needs_them() -> None:
    first, *later = THE_YEAR.days
    assert sum(isinstance(action, RegisterAgency) for action in first.actions) == 12
    assert not any(isinstance(action, Start | Lock) for action in first.actions)
    assert not any(isinstance(a, RegisterAgency) for day in later for a in day.actions)


def test_a_placed_worker_has_a_number_of_the_right_form_in_an_area_that_does_not_exist() -> None:
    workers = [placed_worker(number, PLAN.seed) for number in range(1, 2600)]
    assert all(is_nik(worker.nik) and worker.nik.startswith("000000") for worker in workers)
    assert len({worker.nik for worker in workers}) == len(workers)
