"""The alert rules as data, and the page that is made from them and from the declared metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infra.local.layout import CHECKOUT

# In the chart, because a chart reads nothing outside itself.
RULES = CHECKOUT / "charts" / "estafet" / "alerts.yaml"


@dataclass(frozen=True)
class Alert:
    """One rule."""

    name: str
    expr: str
    lasts: str
    """How long it must be so; empty: once is enough."""
    severity: str
    summary: str
    what_to_do: str


def alerts() -> Iterator[Alert]:
    """All of them, in the file's order."""
    import yaml  # few who import this module read them

    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            told = rule["annotations"]
            yield Alert(
                name=rule["alert"],
                expr=rule["expr"],
                lasts=rule.get("for", ""),
                severity=rule["labels"]["severity"],
                summary=told["summary"],
                what_to_do=told["what_to_do"],
            )


def alert_table() -> str:
    """What each alert means and what is to be done, as Markdown."""
    lines = ["| alert | when | do |", "|---|---|---|"]
    for each in alerts():
        when = "`" + each.expr.replace("|", "\\|") + "`" + (f", {each.lasts}" if each.lasts else "")
        lines.append(f"| **{each.name}** ({each.severity}) | {when} | {each.what_to_do} |")
    return "\n".join(lines)


def metric_table() -> str:
    """Every declared metric, as Markdown."""
    from services.chassis.metrics import DECLARED, OF_THE_DOOR

    lines = ["| metric | kind | labels | what it says |", "|---|---|---|---|"]
    for each in (*DECLARED, *OF_THE_DOOR):
        labels = ", ".join(each.labels)
        lines.append(f"| `{each.name}` | {each.kind} | {labels} | {each.says} |")
    return "\n".join(lines)
