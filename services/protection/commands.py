"""`estafet early-warning`: statistics on count tables, with nothing running."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from services.chassis.settings import Settings

# The methods that METHODS of early_warning.methods has; named here so that --help needs no numpy.
MethodName = Literal[
    "farrington_flexible",
    "farrington",
    "ears_c1",
    "ears_c2",
    "ears_c3",
    "bayes",
    "rki",
    "cusum_nb",
    "glr_nb",
    "gamma_poisson",
    "combined",
    "all",
]
Threshold = Literal["nbPlugin", "delta", "muan"]
A_TABLE = typer.Argument(exists=True, dir_okay=False, show_default=False)

app = typer.Typer(no_args_is_help=True, help="Early warning on tables of weekly counts.")


class PlainHelp(TyperCommand):
    """A command whose help is no table: that would cut the long names of options."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **{**more, "rich_markup_mode": None})


def add_to(estafet: typer.Typer, _settings_of: Callable[[str], Settings]) -> None:
    """Make these commands part of `estafet`."""
    estafet.add_typer(app, name="early-warning")


def _option(text: str, named: str, **more: Any) -> Any:
    return typer.Option(help=f"{text} [R: {named}]", **more)


@app.command("backtest", cls=PlainHelp)
def run_backtest(  # noqa: PLR0913, PLR0917 - one for each option
    counts: Annotated[Path, A_TABLE],
    method: Annotated[MethodName, typer.Option(help="By which method.")] = "farrington_flexible",
    alpha: Annotated[
        float, _option("Probability of a false alarm", "alpha", min=1e-12, max=0.5)
    ] = 0.005,
    years: Annotated[int, _option("Years looked back", "b", min=1)] = 5,
    half_window: Annotated[int, _option("Weeks on each side of a year ago", "w", min=0)] = 3,
    threshold: Annotated[Threshold, _option("How the limit is made", "thresholdMethod")] = (
        "nbPlugin"
    ),
    past_weeks_not_included: Annotated[
        int, _option("Latest weeks left out", "pastWeeksNotIncluded", min=0)
    ] = 26,
    season_levels: Annotated[int, _option("Levels of the season", "noPeriods", min=1)] = 10,
    trend: Annotated[bool, _option("Whether a trend is tried", "trend")] = True,
    trend_threshold: Annotated[
        float, _option("p below which a trend counts; 1: always", "pThresholdTrend", min=0, max=1)
    ] = 0.05,
    reweight: Annotated[
        float,
        _option(
            "Residual above which a week loses weight; 0: none does", "weightsThreshold, reweight"
        ),
    ] = 2.58,
    limit: Annotated[
        tuple[int, int],
        _option("No alarm with fewer cases than the first in so many weeks", "limit54"),
    ] = (0, 4),
    chart_threshold: Annotated[
        float, _option("Evidence at which cusum_nb and glr_nb alarm", "c.ARL", min=0)
    ] = 5.0,
    shift: Annotated[
        float, _option("Rise that cusum_nb looks for, times the mean", "exp(theta)", min=1.001)
    ] = 2.0,
    chart_window: Annotated[
        int, _option("Weeks back that glr_nb looks for a begin; -1: all", "M", min=-1)
    ] = 26,
    run_in: Annotated[
        int, _option("Weeks that a chart runs before the first scored one", "range", min=0)
    ] = 26,
    last: Annotated[int, _option("Score the last so many weeks", "range", min=1)] = 52,
    out: Annotated[
        Path | None, typer.Option(help="Write the rows here, not to standard output.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw one SVG per stream into this folder.")
    ] = None,
) -> None:
    """Score the last weeks of COUNTS.csv: week,stream,count[,exposure][,outbreak].

    A week is a Monday (2024-01-01; years by the calendar as with epochAsDate=TRUE in R) or a
    running number (52 weeks a year). Rows go out as week,stream,method,expected,upper,alarm.
    With `outbreak` (0/1) scores are printed to standard error.
    """
    from services.protection.early_warning.backtest import Job, run
    from services.protection.early_warning.options import Options

    options = Options(
        alpha=alpha,
        years=years,
        half_window=half_window,
        threshold=threshold,
        past_weeks_not_included=past_weeks_not_included,
        season_levels=season_levels,
        trend=trend,
        trend_threshold=trend_threshold,
        reweight=reweight or None,
        limit=limit,
        chart_threshold=chart_threshold,
        shift=shift,
        chart_window=None if chart_window < 0 else chart_window,
        run_in=run_in,
    )
    job = Job(counts, method, options, last, out, plot)
    for line in run(job, _today()):
        typer.echo(line, err=True)


@app.command("scan", cls=PlainHelp)
def run_scan(
    counts: Annotated[Path, A_TABLE],
    places: Annotated[Path, A_TABLE],
    statistic: Annotated[
        Literal["eb", "kulldorff"], typer.Option(help="Expectation-based Poisson, or Kulldorff's.")
    ] = "eb",
    neighbours: Annotated[int, typer.Option(min=1, help="Places in the largest zone.")] = 15,
    max_weeks: Annotated[int, typer.Option(min=1, help="Weeks in the longest window.")] = 8,
    replications: Annotated[int, typer.Option(min=19, help="Draws that p is counted from.")] = 999,
) -> None:
    """Where have the last weeks more cases than expected: COUNTS.csv and PLACES.csv.

    COUNTS.csv: week,stream,count[,expected], a stream being a place of PLACES.csv:
    place,lat,lon,population. Without `expected` it follows from the weeks before. What is
    drawn varies as much as the weeks before did. Prints clusters with log-likelihood ratio and p.
    """
    from services.protection.early_warning.places import ScanJob, run

    job = ScanJob(counts, places, statistic, neighbours, max_weeks, replications)
    for line in run(job, _today()):
        typer.echo(line)


@app.command("nowcast", cls=PlainHelp)
def run_nowcast(
    events: Annotated[Path, A_TABLE],
    max_delay: Annotated[int, _option("Longest delay in weeks", "D", min=1)] = 15,
    window: Annotated[
        int, _option("Weeks that delays are learned from; 0: all", "m, lawless1994", min=0)
    ] = 26,
    alpha: Annotated[
        float, _option("Share of intervals that may miss", "alpha", min=1e-6, max=0.5)
    ] = 0.05,
) -> None:
    """How many events of each week there will be once all are reported: EVENTS.csv.

    Columns event_date,report_date (2024-01-31). Prints week,reported,estimate,low,high,completeness
    up to the week of the last report.
    """
    from services.protection.early_warning.events import run

    for line in run(events, max_delay, window or None, alpha, _today()):
        typer.echo(line)


def _today() -> date:
    return datetime.now().astimezone().date()
