"""All methods by their names, and what answers where one has no answer."""

from collections.abc import Callable, Mapping, Sequence

from services.chassis.errors import Invalid
from services.protection.early_warning import charted, ears, simple
from services.protection.early_warning.combined import combined
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.farrington import farrington, farrington_flexible
from services.protection.early_warning.gamma_poisson import gamma_poisson
from services.protection.early_warning.options import Options
from services.protection.early_warning.scores import Scores, State

Method = Callable[[Counts, Sequence[int], Options], Scores]


def _ears(variant: ears.Variant) -> Method:
    def score(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
        return ears.ears(counts, weeks, variant, alpha=options.alpha)

    return score


def _bayes(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    return simple.bayes(
        counts, weeks, alpha=options.alpha, years=options.years, half_window=options.half_window
    )


def _rki(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    return simple.rki(counts, weeks, years=options.years, half_window=options.half_window)


METHODS: Mapping[str, Method] = {
    "farrington_flexible": farrington_flexible,
    "farrington": farrington,
    "ears_c1": _ears("C1"),
    "ears_c2": _ears("C2"),
    "ears_c3": _ears("C3"),
    "bayes": _bayes,
    "rki": _rki,
    "cusum_nb": charted.cusum,
    "glr_nb": charted.glr,
    "gamma_poisson": gamma_poisson,
    "combined": combined,
}


def score(method: str, counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Score consecutive places of the table by a method of `METHODS`.

    Where it has no answer the gamma-Poisson tail gives one (state BY_TAIL); what even that cannot
    know is NO_HISTORY, which has no limit and no alarm. Invalid: no such method, or no such week.
    """
    if method not in METHODS:
        raise Invalid(f"no method {method}; there are {', '.join(METHODS)}")
    if not weeks or weeks[0] < 0 or weeks[-1] >= len(counts.weeks):
        raise Invalid(f"the table has {len(counts.weeks)} weeks: it cannot score these")
    scores = METHODS[method](counts, weeks, options)
    silent = scores.state == State.NO_HISTORY
    if silent.any() and method != "gamma_poisson":
        instead = gamma_poisson(counts, weeks, options)
        instead.state[instead.state == State.SCORED] = State.BY_TAIL
        scores.fill(instead, silent)
    return scores
