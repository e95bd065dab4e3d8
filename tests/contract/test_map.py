"""`estafet map`: every service is in it, and it draws the hand-overs that there are in code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.layout import CHECKOUT
from services.chassis import catalogue
from services.cli.map import drawn

HAND_OVER = re.compile(r'^    (\w+) == "hand-over ([\w.]+)" ==> (\w+)$', re.MULTILINE)
TOLD = re.compile(r"^    (\w+) -- \w+ --> (\w+)$", re.MULTILINE)


def importers(name: str) -> Iterator[str]:
    """The services whose code imports a message by its name."""
    for service in catalogue.services():
        trees = map(_tree, (CHECKOUT / "services" / service).rglob("*.py"))
        nodes = (node for tree in trees for node in ast.walk(tree))
        if any(
            isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names}
            for node in nodes
        ):
            yield service


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@pytest.mark.parametrize("kind", sorted(catalogue.briefs()))
def test_whoever_may_give_a_kind_writes_its_brief_and_nobody_else(kind: str) -> None:
    writers = set(importers(catalogue.briefs()[kind].DESCRIPTOR.name))
    assert writers - {catalogue.receiver_of(kind)} == set(catalogue.givers_of(kind))


def test_the_map_draws_each_hand_over_from_whom_to_whom() -> None:
    assert set(HAND_OVER.findall(drawn())) == {
        (giver, kind, catalogue.receiver_of(kind))
        for kind in catalogue.briefs()
        for giver in catalogue.givers_of(kind)
    }


def test_every_service_tells_or_hears_something() -> None:
    met = {each for giver, _, receiver in HAND_OVER.findall(drawn()) for each in (giver, receiver)}
    met |= {each for pair in TOLD.findall(drawn()) for each in pair}
    assert set(catalogue.deputies()) <= met
    for service in catalogue.deputies():
        assert f"{service} -. every record .-> insight" in drawn()
