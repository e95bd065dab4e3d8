"""Every statement that PostgreSQL ran, with its plan and the blocks that it touched: read from what
auto_explain wrote into the server's log."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

# Counts only: timing every node would cost more than it tells.
SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_parameter_max_length": "0",
    "auto_explain.log_nested_statements": "on",
}

# What the services themselves ran, as the log's prefix names them.
PLAN = re.compile(
    r"^\S+ \S+ \S+ \[\d+\] \w+_app@estafet_(\w+) LOG:  duration: [\d.]+ ms  plan:\n"
    r"(\t\{\n(?:\t.*\n)+)",
    re.MULTILINE,
)

Plan = Mapping[str, Any]


@dataclass
class Statement:
    """One statement of a service, over all its runs."""

    service: str
    text: str
    blocks: list[int] = field(default_factory=list)
    # By index, how many descents from the root to a leaf there were in a run.
    descents: list[dict[str, int]] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)

    @property
    def usual_blocks(self) -> float:
        """Blocks of a run, found in memory or not: the median, since now and then one run has to
        extend a table or to split a page."""
        return median(self.blocks)

    def extra_levels(self, levels: Mapping[str, int]) -> float:
        """How many blocks of a run lie on levels that indexes have grown by."""
        grown = [
            sum(count * levels.get(index, 0) for index, count in run.items())
            for run in self.descents
        ]
        return median(grown)


def statements(log: Path, start: int, indexes: Mapping[str, list[str]]) -> list[Statement]:
    """The statements in a log from a place on; `indexes` are those of each table."""
    found: dict[tuple[str, str], Statement] = {}
    for service, document in _documents(log, start):
        text = " ".join(document["Query Text"].split())
        statement = found.setdefault((service, text), Statement(service, text))
        plan = document["Plan"]
        statement.blocks.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        descents: dict[str, int] = defaultdict(int)
        for node in _nodes(plan):
            statement.tables.update({node["Relation Name"]} if "Relation Name" in node else ())
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
                statement.scanned.add(node["Relation Name"])
            for index, count in _descents(node, indexes):
                descents[index] += count
        statement.descents.append(dict(descents))
    return list(found.values())


def _documents(log: Path, start: int) -> Iterator[tuple[str, Plan]]:
    with log.open() as lines:
        lines.seek(start)
        text = lines.read()
    for match in PLAN.finditer(text):
        yield match[1], json.loads(match[2])


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _descents(node: Plan, indexes: Mapping[str, list[str]]) -> Iterator[tuple[str, int]]:
    if "Index Name" in node:
        yield node["Index Name"], int(node.get("Index Searches", node["Actual Loops"]))
    if node["Node Type"] != "ModifyTable" or node["Operation"] == "Delete":
        return
    rows = sum(int(each["Actual Rows"] * each["Actual Loops"]) for each in node.get("Plans", ()))
    for index in indexes.get(node["Relation Name"], ()):
        arbiter = index in node.get("Conflict Arbiter Indexes", ())
        yield index, rows * (2 if arbiter else 1)
