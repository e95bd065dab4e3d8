"""Shares, intervals and what is shown of few: each as somebody would reckon it by hand."""

from collections import Counter
from math import isclose, sqrt

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from services.chassis.errors import Invalid
from services.chassis.testing import A_MORNING
from services.complaint.api_statistics import binds, cohort_of, law_of, rules_of
from services.complaint.statistics import (
    BROKEN,
    FEW,
    KEPT,
    OPEN,
    OTHERWISE,
    REMEDY,
    WATCHED,
    Counts,
    few_of,
    mean_score,
    quantile,
    wilson,
)
from services.complaint.statistics_view import View
from services.complaint.steps import OFFERED
from services.handover.custody import Party
from tests.complaint.builders import acts
from tests.complaint.history_steps import a_history
from tests.support.examples import examples

Z = 1.96
numbers = some.lists(some.integers(0, 12), min_size=1, max_size=6)


@given(some.integers(1, 500).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n))))
def test_the_ends_of_a_wilson_interval_are_where_the_share_is_just_not_refuted(
    pair: tuple[int, int],
) -> None:
    part, whole = pair
    found = wilson(part, whole)
    assert found is not None
    for end in {found.low, found.high} - {0.0, 1.0}:
        distance = abs(part / whole - end) / sqrt(end * (1 - end) / whole)
        assert isclose(distance, Z, rel_tol=1e-3)
    assert found.low <= found.value <= found.high


def test_a_share_of_nothing_is_none() -> None:
    assert wilson(0, 0) is None


@given(some.lists(some.integers(0, 30), min_size=1, max_size=40), some.sampled_from((0.5, 0.9)))
def test_a_quantile_is_the_first_day_by_which_that_share_has_left(
    days: list[int], share: float
) -> None:
    wanted = next(
        d for d in sorted(days) if sum(e <= d for e in days) * 10 >= share * 10 * len(days)
    )
    assert quantile(Counter(days), share) == wanted


scores = some.tuples(some.integers(1, 5), some.sampled_from((True, False, None)))


@given(some.lists(scores, min_size=2, max_size=30))
def test_the_mean_score_lies_in_its_interval_and_within_the_scale(
    surveys: list[tuple[int, bool | None]],
) -> None:
    found = mean_score(Counter(surveys))
    assert found is not None
    assert isclose(found.value, sum(score for score, _ in surveys) / len(surveys))
    assert 1 <= found.low <= found.value <= found.high <= 5


@given(numbers)
def test_no_number_from_1_to_4_is_shown(parts: list[int]) -> None:
    hidden = few_of(parts)
    assert all(is_hidden for part, is_hidden in zip(parts, hidden, strict=True) if 0 < part < FEW)


@given(numbers)
def test_what_is_hidden_is_not_the_whole_less_what_is_shown(parts: list[int]) -> None:
    hidden = few_of(parts)
    assume(any(hidden) and len(parts) > 1)
    assert sum(hidden) > 1


@given(numbers)
def test_where_nothing_is_few_everything_is_shown(parts: list[int]) -> None:
    many = [part + FEW for part in parts]
    assert not any(few_of(many))


@given(numbers)
def test_a_whole_that_is_hidden_is_not_the_sum_of_its_parts(parts: list[int]) -> None:
    assert any(few_of([part + FEW for part in parts], whole_is_shown=False))


def some_counts() -> Counts:
    """Sixty complaints: 20 remedied, 3 withdrawn, 12 watched, 25 open; and 4 questions."""
    counts = Counts(complaints=60, information=4, selesai=39, press=10)
    counts.ends.update({("demand_met", True): 20, ("withdrawn", False): 3})
    counts.ends.update({(WATCHED, True): 12, (OPEN, False): 25})
    counts.now.update({"closed": 23, "watched": 12, "triaged": 25})
    counts.ends_on.update({(10, REMEDY): 20, (20, OTHERWISE): 3, (40, OPEN): 37})
    counts.visits.update({("received", 2): 40, ("received", 5): 10, ("offered", 1): 3})
    counts.runs.update({("triage", KEPT, False): 40, ("triage", BROKEN, False): 20})
    counts.runs.update({("offer", KEPT, True): 2, ("offer", BROKEN, False): 1})
    counts.judged.update({(Party("protection", "kp2mi"), KEPT): 2})
    counts.surveys.update({(5, True): 4, (1, False): 4})
    return counts


def shown(*, frank: bool = False) -> pb.GetStatisticsResponse:
    rules = rules_of(A_MORNING)
    answer = pb.GetStatisticsResponse()
    View(some_counts(), law_of(A_MORNING), rules.working, binds, frank).fill(answer)
    return answer


def the_end(answer: pb.GetStatisticsResponse, code: str) -> pb.StatisticsEnd:
    return next(each for each in answer.ends if each.code == code)


def test_what_is_few_is_few_but_to_an_auditor() -> None:
    withdrawn = [the_end(shown(frank=frank), "withdrawn").complaints for frank in (False, True)]
    assert withdrawn == [pb.StatisticsCell(few=True), pb.StatisticsCell(number=3)]


def test_what_the_few_could_be_reckoned_from_is_not_shown_either() -> None:
    answer = shown()
    assert the_end(answer, "demand_met").complaints.few
    assert answer.remedy.remedied.few
    assert not answer.remedy.incidence


def test_what_is_watched_is_a_line_of_its_own_and_has_no_ground() -> None:
    watched = the_end(shown(), WATCHED)
    assert (watched.complaints.number, watched.name_id) == (
        12,
        "dilimpahkan ke kementerian/lembaga lain dan tetap dipantau",
    )


def test_every_complaint_is_in_one_line_of_what_became_of_it() -> None:
    answer = shown(frank=True)
    assert sum(each.complaints.number for each in answer.ends) == answer.complaints.number


def test_each_definition_of_resolved_has_its_own_numerator_and_denominator() -> None:
    found = {
        each.definition: (each.numerator.number, each.denominator.number)
        for each in shown(frank=True).rates
    }
    assert found == {"remedy": (20, 60), "selesai": (39, 64), "press": (10, 64)}


def test_a_clock_bears_its_article_and_its_kept_share() -> None:
    triage = next(each for each in shown().clocks if each.clock == "triage")
    assert triage.regulation.startswith("belum diverifikasi: SP4N-LAPOR!")
    assert isclose(triage.kept_share.value, 2 / 3)


def test_days_of_few_visits_are_not_shown() -> None:
    stages = {pb.Stage.Name(each.stage): each for each in shown().stages}
    assert stages["STAGE_RECEIVED"].stayed == pb.StatisticsDays(median=2, p90=5)
    assert not stages["STAGE_OFFERED"].HasField("stayed")


def test_the_score_is_told_where_enough_have_answered() -> None:
    assert isclose(shown().survey.score.value, 3)


def test_who_has_told_a_score_alone_is_not_among_those_who_say_whether_it_was_solved() -> None:
    counts = some_counts()
    counts.surveys.update({(5, True): 2, (1, False): 1, (3, None): 10})
    answer, rules = pb.GetStatisticsResponse(), rules_of(A_MORNING)
    View(counts, law_of(A_MORNING), rules.working, binds, frank=False).fill(answer)
    assert answer.survey.answered.number == 21
    assert isclose(answer.survey.solved_share.value, 6 / 11)


def test_of_a_few_that_gave_a_score_alone_no_share_tells() -> None:
    counts = some_counts()
    counts.surveys.update({(5, True): 4, (1, False): 4, (3, None): 1})
    answer, rules = pb.GetStatisticsResponse(), rules_of(A_MORNING)
    View(counts, law_of(A_MORNING), rules.working, binds, frank=False).fill(answer)
    assert not answer.survey.HasField("solved_share")


def a_request(**changes: str) -> pb.GetStatisticsRequest:
    return pb.GetStatisticsRequest(
        **{"filed_from": "2024-01-01", "filed_until": "2024-12-31"} | changes
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"filed_from": "2024-02-30"}, "NO_SUCH_DAY"),
        ({"filed_until": "2023-12-31"}, "ENDS_BEFORE_IT_BEGINS"),
        ({"category": "no_such"}, "UNKNOWN_CATEGORY"),
        ({"unit": "no_such"}, "UNKNOWN_UNIT"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused_by_what_is_wrong(
    changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        cohort_of(a_request(**changes))
    assert refused.value.reason == reason


@pytest.mark.property
@settings(deadline=None, max_examples=examples(3, in_depth=60))
@given(some.integers(0, 2**32))
def test_a_clock_that_counts_as_broken_is_one_that_was_written_down_as_missed(seed: int) -> None:
    office = a_history(seed, steps=30)
    missed = Counter(
        (act.matter_id, act.reason) for act in acts(office.uow) if act.action == "miss"
    )
    broken = Counter(
        (complaint_id, run.clock)
        for complaint_id, seen in office.seen.items()
        for run in seen.runs
        if run.clock not in OFFERED and run.until is not None and run.until >= run.due_at
    )
    assert missed == broken
