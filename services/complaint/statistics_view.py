"""Statistics as the proto shows them: what is few is few, but to an auditor."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from estafet.complaint.v1 import service_pb2 as pb

from services.complaint.remedy_time import Estimate, Point, by_day, curve, median
from services.complaint.statistics import (
    BROKEN,
    FEW,
    KEPT,
    MERGED,
    OPEN,
    REMEDY,
    RUNNING,
    WATCHED,
    Counts,
    few_of,
    is_few,
    mean_score,
    quantile,
    wilson,
)
from services.complaint.status import Stage
from services.complaint.views import stage_value
from services.handover.custody import Party
from services.process.calendar import Span
from services.process.entries import UNVERIFIED
from services.process.workflow import Workflow

T = TypeVar("T")
COMPLAINT, RECEIVER, COMPLAINANT = "complaint", "receiver", "complainant"
DEMAND_MET = "demand_met"
HORIZONS = (30, 90, 180, 365, 730)
# What becomes of complaints that end on no ground: never "selesai".
_OTHERWISE: Mapping[str, tuple[str, str, str]] = {
    WATCHED: (
        "dilimpahkan ke kementerian/lembaga lain dan tetap dipantau",
        "handed to another ministry and watched",
        "Perban BP2MI 6/2024 Art 30(2) and (3)",
    ),
    OPEN: ("masih dalam proses", "still open", ""),
}


@dataclass(frozen=True)
class View:
    """One answer: for an auditor (`frank`) every number, else what is few as few.

    `working`: the stages in which the law counts working days; `binds`: whom a clock binds.
    """

    counts: Counts
    law: Workflow
    working: Sequence[str]
    binds: Callable[[str], str]
    frank: bool

    def fill(self, answer: pb.GetStatisticsResponse) -> None:
        """All figures of the cohort."""
        counts = self.counts
        answer.complaints.CopyFrom(self._cell(counts.complaints))
        answer.information_requests.CopyFrom(self._cell(counts.information))
        answer.without_history.CopyFrom(self._cell(counts.without_history))
        answer.ends.extend(self._ends())
        answer.stages.extend(self._stages())
        answer.clocks.extend(self._clocks())
        answer.custodians.extend(self._custodians())
        answer.remedy.CopyFrom(self._remedy())
        answer.rates.extend(self._rates())
        answer.survey.CopyFrom(self._survey())

    @cached_property
    def _standing(self) -> Mapping[str, pb.StatisticsCell]:
        """How many stand where: by stage, by ground, and open. Each is shown in one way only,
        wherever it is shown."""
        counts = self.counts
        top = (Stage.CLOSED, MERGED, WATCHED, OPEN)
        numbers = [counts.closed, *(counts.ended_as(code) for code in top[1:])]
        few = dict(zip(top, few_of(numbers), strict=True))
        grounds = {code: counts.ended_as(code) for code in self.law.grounds if code != MERGED}
        stages = {stage: counts.now[stage] for stage in Stage if stage not in top}
        cells = {code: self._cell(n, few[code]) for code, n in zip(top, numbers, strict=True)}
        for whole, parts in ((Stage.CLOSED, grounds), (OPEN, stages)):
            hidden = few_of([*parts.values()], whole_is_shown=not few[whole])
            cells |= {
                code: self._cell(n, is_hidden)
                for (code, n), is_hidden in zip(parts.items(), hidden, strict=True)
            }
        return cells

    def _cell(self, number: int, hidden: bool | None = None) -> pb.StatisticsCell:
        few = is_few(number) if hidden is None else hidden
        if few and not self.frank:
            return pb.StatisticsCell(few=True)
        return pb.StatisticsCell(number=number)

    def _cells(self, *parts: int) -> list[pb.StatisticsCell]:
        """The parts of one whole."""
        return [self._cell(part, few) for part, few in zip(parts, few_of(parts), strict=True)]

    def _share(self, part: int, whole: int) -> pb.StatisticsShare | None:
        if not self.frank and any(few_of((part, whole - part))):
            return None
        return _estimate(wilson(part, whole))

    def _ends(self) -> Iterator[pb.StatisticsEnd]:
        counts, grounds = self.counts, self.law.grounds
        codes = (*(code for code in grounds if code != MERGED), MERGED, WATCHED, OPEN)
        for code in codes:
            number, cell = counts.ended_as(code), self._standing[code]
            answered, unanswered = self._cells(counts.ends[code, True], counts.ends[code, False])
            ground = grounds.get(code)
            names = (ground.name_id, ground.name_en, ground.article) if ground else None
            name_id, name_en, article = names or _OTHERWISE[code]
            shown = not cell.few
            yield pb.StatisticsEnd(
                code=code,
                name_id=name_id,
                name_en=name_en,
                article=article or (UNVERIFIED if ground else ""),
                complaints=cell,
                share=self._share(number, counts.complaints) if shown else None,
                answered=answered if shown else self._cell(number, hidden=number > 0),
                unanswered=unanswered if shown else self._cell(number, hidden=number > 0),
                reopened=self._cell(counts.reopened[code]),
            )

    def _stages(self) -> Iterator[pb.StatisticsStage]:
        counts = self.counts
        for stage in Stage:
            stayed = _of(counts.visits, stage)
            visits = sum(stayed.values())
            works = stage in self.working
            yield pb.StatisticsStage(
                stage=stage_value(stage),
                now=self._standing[stage],
                so_far=self._days(_of(counts.running_visits, stage)),
                visits=self._cell(visits),
                stayed=self._days(stayed),
                counts=Span.WORKING_DAYS if works else Span.CALENDAR_DAYS,
            )

    def _days(self, days: Mapping[int, int]) -> pb.StatisticsDays | None:
        half, most = quantile(days, 0.5), quantile(days, 0.9)
        if half is None or most is None or (is_few(sum(days.values())) and not self.frank):
            return None
        return pb.StatisticsDays(median=half, p90=most)

    def _clocks(self) -> Iterator[pb.StatisticsClock]:
        counts = self.counts
        started = {clock for clock, _, _ in counts.runs}
        for name, clock in self.law.clocks.items():
            if clock.allows and name not in started:
                continue
            kept, broken, running = (counts.runs_of(name, to) for to in (KEPT, BROKEN, RUNNING))
            cells = self._cells(kept, broken, running)
            extended = sum(n for (of, _, longer), n in counts.runs.items() if of == name and longer)
            hidden = cells[0].few or cells[1].few
            yield pb.StatisticsClock(
                clock=name,
                regulation=clock.regulation,
                binds=self.binds(name),
                started=self._cell(kept + broken + running),
                kept=cells[0],
                broken=cells[1],
                running=cells[2],
                extended=self._cell(extended),
                kept_share=None if hidden else self._share(kept, kept + broken),
            )

    def _custodians(self) -> Iterator[pb.StatisticsCustodian]:
        counts = self.counts
        judged = {party for party, _ in counts.judged}
        found = {*counts.held, *counts.taken, *counts.given_on, *judged}
        for party in sorted(found, key=_place):
            kept, broken = counts.judged[party, KEPT], counts.judged[party, BROKEN]
            cells = self._cells(kept, broken)
            yield pb.StatisticsCustodian(
                custodian=party.to_proto(),
                held=self._cell(counts.held[party]),
                taken=self._cell(counts.taken[party]),
                given_on=self._cell(counts.given_on[party]),
                kept=cells[0],
                broken=cells[1],
                kept_share=self._share(kept, kept + broken),
                stayed=self._days(_of(counts.stays, party)),
            )

    def _remedy(self) -> pb.StatisticsRemedy:
        days, cells = self.counts.days(), self._left()
        answer = pb.StatisticsRemedy(
            counted=self._counted(),
            remedied=cells[0],
            ended_otherwise=cells[1],
            open=cells[2],
        )
        points = curve(days)
        longest = max((day.number for day in days), default=0)
        # An estimate on a few people, or that gives a hidden number away, is not told.
        if points and not (cells[0].few or cells[1].few):
            answer.incidence.extend(self._incidence(points, longest))
            half = median(points)
            if half is not None:
                answer.median.days, answer.median.low = half.day, half.low
                answer.median.high = half.high or 0
                answer.median.open_ended = half.high is None
        return answer

    def _left(self) -> list[pb.StatisticsCell]:
        """Who had a remedy, ended otherwise, is open; a number that is hidden elsewhere is here."""
        remedied, *others = self._cells(*self.counts.left())
        elsewhere = self._standing.get(DEMAND_MET)
        return [elsewhere if elsewhere is not None and elsewhere.few else remedied, *others]

    def _counted(self) -> pb.StatisticsCell:
        """The cohort less the merged ones tells how many those are."""
        counted = self.counts.counted
        return self._cell(counted, self._standing[MERGED].few or is_few(counted))

    @staticmethod
    def _incidence(points: Sequence[Point], longest: int) -> Iterator[pb.StatisticsIncidence]:
        """As far as anybody has been watched."""
        for day in (horizon for horizon in HORIZONS if horizon <= longest):
            point = by_day(points, day)
            yield pb.StatisticsIncidence(
                days=day,
                remedied=_estimate(point.remedied),
                ended_otherwise=_estimate(point.otherwise),
                without_competition=point.alone,
            )

    def _rates(self) -> Iterator[pb.StatisticsRate]:
        for definition, (part, whole) in self.counts.rates().items():
            numerator = self._cells(part, whole - part)[0]
            denominator = self._cell(whole)
            if definition == REMEDY:
                numerator, denominator = self._left()[0], self._counted()
            shown = not (numerator.few or denominator.few)
            yield pb.StatisticsRate(
                definition=definition,
                numerator=numerator,
                denominator=denominator,
                share=self._share(part, whole) if shown else None,
            )

    def _survey(self) -> pb.StatisticsSurvey:
        told = self.counts.surveys
        answered, asked = told.total(), self.counts.closed
        solved, said = (
            sum(n for (_, is_solved), n in told.items() if is_solved in wanted)
            for wanted in ((True,), (True, False))
        )
        cells = self._cells(solved, said - solved, answered - said)
        enough = self.frank or answered >= FEW
        return pb.StatisticsSurvey(
            asked=self._standing[Stage.CLOSED],
            answered=self._cell(answered),
            answered_share=self._share(answered, asked),
            score=_estimate(mean_score(told)) if enough else None,
            solved=cells[0],
            # From a share and its interval follows how many have said nothing.
            solved_share=None if any(c.few for c in cells) else self._share(solved, said),
        )


def _of(days: Mapping[tuple[T, int], int], whose: T) -> dict[int, int]:
    return {day: n for (of, day), n in days.items() if of == whose}


def _estimate(found: Estimate | None) -> pb.StatisticsShare | None:
    if found is None:
        return None
    return pb.StatisticsShare(value=found.value, low=found.low, high=found.high)


def _place(party: Party) -> tuple[str, str, str, str]:
    return party.service, party.organisation, party.unit, party.officer_id
