"""The chart's objects as Helm renders them, and the few questions that tests ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest

from infra.local import charts

Object = dict[str, Any]
WITH_PODS = ("Deployment", "StatefulSet", "Job")

needs_helm = [
    pytest.mark.process,
    pytest.mark.skipif(
        not charts.helm().exists(), reason="there is no Helm: `make charts` builds it"
    ),
]


@cache
def chart(*options: str) -> Sequence[Object]:
    """The objects under these options of `helm template`, rendered once."""
    return tuple(charts.render(*options))


def with_values(*values: str) -> Sequence[Object]:
    """The objects under these values, `a.b=c` each."""
    return chart(*(word for value in values for word in ("--set", value)))


def of_kind(objects: Sequence[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def named(objects: Sequence[Object], kind: str, name: str) -> Object:
    """The one object of this kind and name."""
    (found,) = (each for each in of_kind(objects, kind) if each["metadata"]["name"] == name)
    return found


def pods(objects: Sequence[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod template's name and spec."""
    for each in objects:
        if each["kind"] in WITH_PODS:
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def containers(objects: Sequence[Object]) -> Iterator[tuple[str, Object]]:
    """Every container, also those that run before the others, with its pod's name."""
    for name, pod in pods(objects):
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield f"{name} {container['name']}", container


def checksum(objects: Sequence[Object], kind: str, name: str) -> str:
    metadata = named(objects, kind, name)["spec"]["template"]["metadata"]
    return str(metadata["annotations"]["checksum/config"])


def variables(objects: Sequence[Object]) -> dict[str, str]:
    """Every variable that the chart sets, by its name; the last of several values."""
    found: dict[str, str] = {}
    for each in of_kind(objects, "ConfigMap"):
        found |= each["data"]
    for _, container in containers(objects):
        found |= {one["name"]: one.get("value", "") for one in container.get("env", ())}
    return found
