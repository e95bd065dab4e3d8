"""The tables of `estafet statistics`: rows of text, the same on a terminal and as CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from estafet.common.v1.party_pb2 import Party
from estafet.complaint.v1 import service_pb2 as pb

FEW = "<5"


@dataclass(frozen=True)
class Table:
    """`name` is a program's, `title` people's; after the first column so many hold numbers."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: int = 99


def tables(answer: pb.GetStatisticsResponse) -> Iterator[Table]:
    """All that was counted."""
    yield Table("cohort", "who is counted", ("", "complaints"), list(_cohort(answer)))
    yield Table("rates", "resolved, by definition (remedy is ours)", _RATES, list(_rates(answer)))
    yield Table("ends", "what became of them", _ENDS, list(_ends(answer)), numbers=6)
    yield Table("remedy", "time until the demand is met", _REMEDY, list(_remedy(answer)))
    yield Table("stages", "days in each stage", _STAGES, list(_stages(answer)), numbers=6)
    yield Table("clocks", "clocks", _CLOCKS, list(_clocks(answer)), numbers=7)
    yield Table("custodians", "custodians", _CUSTODIANS, list(_custodians(answer)))
    yield Table(
        "survey", "what complainants say", ("", "number", "interval"), list(_survey(answer))
    )


_RATES = ("definition", "resolved", "of", "share", "95 %")
_ENDS = ("", "complaints", "share", "95 %", "answered", "unanswered", "reopened", "name", "article")
_REMEDY = ("days after filing", "remedied", "95 %", "ended otherwise", "1 - Kaplan-Meier")
_STAGES = (
    *("stage", "now", "median so far", "nine tenths so far", "visits over"),
    *("median", "nine tenths", "counted in"),
)
_CLOCKS = (
    *("clock", "started", "kept", "broken", "running", "extended", "kept share", "95 %"),
    *("binds", "regulation"),
)
_CUSTODIANS = (
    *("custodian", "holds now", "taken", "given on", "kept", "broken", "kept share", "95 %"),
    *("median days held", "nine tenths"),
)


def cell(found: pb.StatisticsCell) -> str:
    return FEW if found.few else f"{found.number}"


def _percent(message: pb.StatisticsRate | pb.StatisticsEnd) -> tuple[str, str]:
    return share(message.share) if message.HasField("share") else ("", "")


def share(found: pb.StatisticsShare) -> tuple[str, str]:
    """A share and its interval in percent."""
    return f"{found.value:.1%}", f"{found.low:.1%} to {found.high:.1%}"


def _cohort(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    yield "complaints", cell(answer.complaints)
    yield "information requests, left out", cell(answer.information_requests)
    yield "begun before acts were kept", cell(answer.without_history)


def _rates(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    for each in answer.rates:
        yield (each.definition, cell(each.numerator), cell(each.denominator), *_percent(each))


def _ends(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    for each in answer.ends:
        yield (
            each.code,
            cell(each.complaints),
            *_percent(each),
            *(cell(each.answered), cell(each.unanswered), cell(each.reopened)),
            *(each.name_en, each.article),
        )


def _remedy(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    remedy = answer.remedy
    for name, found in (
        ("counted", remedy.counted),
        ("remedied", remedy.remedied),
        ("ended otherwise", remedy.ended_otherwise),
        ("open", remedy.open),
    ):
        yield (name, cell(found), "", "", "")
    for each in remedy.incidence:
        remedied, within = share(each.remedied)
        otherwise, _ = share(each.ended_otherwise)
        yield (f"{each.days}", remedied, within, otherwise, f"{each.without_competition:.1%}")
    yield ("median", *_median(remedy), "", "")


def _median(remedy: pb.StatisticsRemedy) -> tuple[str, str]:
    if not remedy.HasField("median"):
        return "not reached" if remedy.incidence else "", ""
    half = remedy.median
    high = "open" if half.open_ended else f"{half.high}"
    return f"{half.days} days", f"{half.low} to {high}"


def _stages(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    for each in answer.stages:
        yield (
            pb.Stage.Name(each.stage).removeprefix("STAGE_").lower(),
            cell(each.now),
            *(_days(each.so_far) if each.HasField("so_far") else ("", "")),
            cell(each.visits),
            *(_days(each.stayed) if each.HasField("stayed") else ("", "")),
            each.counts.replace("_", " "),
        )


def _days(found: pb.StatisticsDays) -> tuple[str, str]:
    return f"{found.median}", f"{found.p90}"


def _clocks(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    for each in answer.clocks:
        yield (
            each.clock,
            *(cell(n) for n in (each.started, each.kept, each.broken, each.running, each.extended)),
            *(share(each.kept_share) if each.HasField("kept_share") else ("", "")),
            *(each.binds, each.regulation),
        )


def _custodians(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    for each in answer.custodians:
        yield (
            _name(each.custodian),
            *(cell(n) for n in (each.held, each.taken, each.given_on, each.kept, each.broken)),
            *(share(each.kept_share) if each.HasField("kept_share") else ("", "")),
            *(_days(each.stayed) if each.HasField("stayed") else ("", "")),
        )


def _name(party: Party) -> str:
    where = (party.service, party.organisation, party.unit, party.officer_id)
    return " / ".join(part for part in where if part)


def _survey(answer: pb.GetStatisticsResponse) -> Iterator[Sequence[str]]:
    survey = answer.survey
    yield "could answer", cell(survey.asked), ""
    yield "answered", cell(survey.answered), ""
    if survey.HasField("answered_share"):
        yield ("answered share", *share(survey.answered_share))
    if survey.HasField("score"):
        score = survey.score
        yield "mean score", f"{score.value:.2f}", f"{score.low:.2f} to {score.high:.2f}"
    yield "solved, as they see it", cell(survey.solved), ""
    if survey.HasField("solved_share"):
        yield ("solved share", *share(survey.solved_share))
