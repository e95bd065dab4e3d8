"""`python -m tests.complaint.triage.report`: the figures of docs/triage.md, and its plot."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.complaint.triage.scoring import (
    Bin,
    by_keywords,
    by_us,
    calibration_error,
    coverage,
    crisis_rates,
    f1_by_category,
    firsts,
    macro_f1,
    reliability,
)
from tests.complaint.triage.unseen import dangers, topics

PLOT = Path(__file__).parents[3] / "docs" / "triage-reliability.svg"
_SIDE, _EDGE = 320, 44


def tables(which: str) -> Iterator[str]:
    """The figures of one of the sets, as lines of Markdown."""
    texts, crises = topics(which), dangers(which)
    ours, theirs = [by_us(t.text) for t in texts], [by_keywords(t.text) for t in texts]
    recall, false = crisis_rates(crises)
    bins = reliability(firsts(texts))
    yield f"### {which}: {len(texts)} texts of categories, {len(crises)} for crisis"
    yield f"macro-F1 {macro_f1(texts, ours):.3f}, keywords {macro_f1(texts, theirs):.3f}; "
    yield f"ECE {calibration_error(bins):.3f}; crisis recall {recall:.4f}, false alarms {false:.4f}"
    yield "\n| sure | texts | mean sureness | right |\n|---|---|---|---|"
    yield from (f"| {b.low:.1f} | {b.count} | {b.sure:.2f} | {b.right:.2f} |" for b in bins)
    yield "\n| answers from | coverage | right |\n|---|---|---|"
    for row in coverage(firsts(texts)):
        yield f"| {row.threshold:.2f} | {row.coverage:.3f} | {row.right:.3f} |"
    both = zip(
        f1_by_category(texts, ours).items(), f1_by_category(texts, theirs).values(), strict=True
    )
    yield "\n| category | F1 | keywords |\n|---|---|---|"
    yield from (f"| {code} | {own:.2f} | {other:.2f} |" for (code, own), other in both)


def plot(bins: Sequence[Bin]) -> str:
    """Sureness against truth as an SVG; a disc's area is its number of texts."""
    size = _SIDE + 2 * _EDGE
    most = max(each.count for each in bins)
    discs = "\n".join(
        f'<circle cx="{_x(b.sure):.1f}" cy="{_y(b.right):.1f}"'
        f' r="{3 + 11 * (b.count / most) ** 0.5:.1f}"'
        f' fill="#1f6feb" fill-opacity="0.6"><title>{b.count} texts</title></circle>'
        for b in bins
    )
    ticks = "\n".join(
        f'<text x="{_x(n / 5):.0f}" y="{size - _EDGE + 16}" text-anchor="middle">{n / 5:g}</text>'
        f'<text x="{_EDGE - 8}" y="{_y(n / 5) + 4:.0f}" text-anchor="end">{n / 5:g}</text>'
        for n in range(6)
    )
    middle, total = size / 2, sum(each.count for each in bins)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"
 font-family="sans-serif" font-size="11" text-anchor="middle">
<rect width="{size}" height="{size}" fill="white"/>
<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>
<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#888" stroke-dasharray="4"/>
{ticks}
<text x="{middle}" y="{size - 8}">how sure the first suggestion is</text>
<text x="14" y="{middle}" transform="rotate(-90 14 {middle})">share that is right</text>
<text x="{middle}" y="24">First suggestions on unseen templates, {total} texts</text>
{discs}
</svg>
"""


def _x(value: float) -> float:
    return _EDGE + value * _SIDE


def _y(value: float) -> float:
    return _EDGE + (1 - value) * _SIDE


if __name__ == "__main__":
    PLOT.write_text(plot(reliability(firsts(topics("final")))), encoding="utf-8")
    print("\n".join(line for which in ("final",) for line in tables(which)))
