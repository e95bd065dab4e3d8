"""Figures say the median, the spread and whether their goal is kept."""

from tests.bench import report
from tests.bench.figures import alternate, at_least, at_most, percentile, ratio, told


def test_a_ratio_is_the_median_of_neighbouring_runs() -> None:
    figure = ratio("cpu", [2, 4, 9], [1, 2, 3], at_most(2))
    assert (figure.value, figure.samples, figure.holds) == (2, (2, 2, 3), True)


def test_a_goal_is_kept_on_its_good_side_only() -> None:
    assert not told("cpu", [2.1], "x", at_most(2)).holds
    assert not told("rate", [0.6], "x", at_least(0.7)).holds
    assert told("rate", [0.6], "x").holds


def test_runs_alternate_and_change_their_order() -> None:
    order: list[str] = []

    def run(name: str) -> dict[str, float]:
        order.append(name)
        return {"n": len(order)}

    samples = alternate(2, ours=lambda: run("ours"), theirs=lambda: run("theirs"))
    assert order == ["ours", "theirs", "theirs", "ours"]
    assert samples["ours"] == [{"n": 1}, {"n": 4}]


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(one) for one in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 1)] == [50, 95, 100]
    assert percentile([7.0], 0.95) == 7


def test_the_table_says_what_does_not_hold() -> None:
    [line] = report.lines([told("relay", [0.5, 0.6], "x", at_least(0.7))])
    assert line.split() == [
        *("relay", "0.55", "x", "≥", "0.7"),
        *("DOES", "NOT", "HOLD"),
        *("0.5", "…", "0.6"),
    ]
