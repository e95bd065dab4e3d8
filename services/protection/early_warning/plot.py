"""One picture of a stream: what was observed, expected, the limit, and the alarms, by method."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.scores import Scores

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 180, 48, 34, 28
EXPECTED, LIMIT = 'stroke="#2c6fbb"', 'stroke="#c0392b" stroke-dasharray="4 3"'
FAMILY = 'font-family="sans-serif" font-size="11"'


def draw(
    folder: Path, counts: Counts, weeks: Sequence[int], scores: dict[str, Scores]
) -> list[Path]:
    """Write one SVG per stream into the folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for stream, name in enumerate(counts.streams):
        path = folder / f"{stream + 1:04}-{re.sub(r'[^A-Za-z0-9]+', '-', name)[:60]}.svg"
        path.write_text(picture(counts, stream, weeks, scores), encoding="utf-8")
        written.append(path)
    return written


def picture(counts: Counts, stream: int, weeks: Sequence[int], scores: dict[str, Scores]) -> str:
    """The SVG of one stream: a panel for each method."""
    observed = counts.observed[stream, list(weeks)]
    labels = counts.weeks.label(weeks[0]), counts.weeks.label(weeks[-1])
    panels = [
        f'<g transform="translate(0 {number * HEIGHT})">'
        f"{_panel(method, observed, scored, stream, labels)}</g>"
        for number, (method, scored) in enumerate(scores.items())
    ]
    high = HEIGHT * len(panels) + 24
    title = f'<text x="{LEFT}" y="16" {FAMILY} font-weight="bold">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high}">'
        f"<title>{escape(counts.streams[stream])}</title>"
        f"{title}{escape(counts.streams[stream])}</text>"
        f'<g transform="translate(0 16)">{"".join(panels)}</g></svg>\n'
    )


def _panel(
    method: str, observed: Array, scored: Scores, stream: int, labels: tuple[str, str]
) -> str:
    upper, expected = scored.upper[stream], scored.expected[stream]
    highest = float(np.nanmax([1.0, *observed, *upper], initial=1.0))
    step = (WIDTH - LEFT - 12) / max(1, len(observed))
    bottom = HEIGHT - BOTTOM

    def across(week: float) -> float:
        return round(LEFT + (week + 0.5) * step, 1)

    def up(value: float) -> float:
        return round(bottom - value / highest * (bottom - TOP), 1)

    def line(values: Array, style: str) -> str:
        there = np.flatnonzero(~np.isnan(values))
        points = " ".join(f"{across(week)},{up(values[week])}" for week in there.tolist())
        return f'<polyline fill="none" points="{points}" {style}/>'

    bars = "".join(
        f'<rect x="{across(week) - step * 0.4:.1f}" y="{up(count)}" width="{step * 0.8:.1f}" '
        f'height="{bottom - up(count):.1f}" fill="#9aa5b1"/>'
        for week, count in enumerate(observed.tolist())
        if count > 0
    )
    alarms = "".join(
        f'<path class="alarm" d="M{across(week)} {TOP - 2} l-4 -8 h8 z" fill="#c0392b"/>'
        for week in np.flatnonzero(scored.alarm[stream]).tolist()
    )
    return (
        f'<text x="{LEFT}" y="18" {FAMILY}>{escape(method)}</text>{bars}'
        f"{line(expected, EXPECTED)}{line(upper, LIMIT)}{alarms}"
        f'<line x1="{LEFT}" y1="{bottom}" x2="{WIDTH - 12}" y2="{bottom}" stroke="#333"/>'
        f'<text x="{LEFT - 6}" y="{TOP + 4}" {FAMILY} text-anchor="end">{highest:.0f}</text>'
        f'<text x="{LEFT}" y="{bottom + 14}" {FAMILY}>{labels[0]}</text>'
        f'<text x="{WIDTH - 12}" y="{bottom + 14}" {FAMILY} text-anchor="end">{labels[1]}</text>'
    )
