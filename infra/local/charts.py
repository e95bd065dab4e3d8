"""`make charts`: lint, render and validate charts/estafet. tests/charts look into what is rendered.

Helm is the one that ESTAFET_HELM names, else the one on PATH, else it is built once into
build/helm through Go's own module proxy, whose checksums Go verifies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.local.layout import CHECKOUT
from infra.local.layout import HELM as KEPT

CHART = CHECKOUT / "charts" / "estafet"
RELEASE = "relay"
HELM = "v4.3.1"
MODULE = f"helm.sh/helm/v4/cmd/helm@{HELM}"
BUILT = KEPT / HELM / "helm"
# The oldest that Chart.yaml takes, and the newest that kubernetes-validate knows the schemas of.
KUBERNETES = ("1.30", "1.37")


class ChartFailed(Exception):
    """Helm refused the chart or its values; the text is Helm's own."""


class NoHelm(Exception):
    """There is no Helm, and nothing to build it with."""


def helm() -> Path:
    """Where Helm is, or would be once it is built."""
    if named := os.environ.get("ESTAFET_HELM"):
        return Path(named)
    if found := shutil.which("helm"):
        return Path(found)
    return BUILT


def bring_helm() -> None:
    """Build Helm if there is none; NoHelm says what is missing."""
    if helm().exists():
        return
    if helm() != BUILT:
        raise NoHelm(f"ESTAFET_HELM names {helm()}, which is not there")
    if shutil.which("go") is None:
        raise NoHelm("neither helm nor go is on PATH: install one, or name Helm by ESTAFET_HELM")
    print(f"charts: building Helm {HELM} once, which takes minutes", flush=True)
    draft = BUILT.parent.with_name(f"{HELM}.new")
    command = ["go", "install", "-trimpath", "-ldflags=-s -w", MODULE]
    built = subprocess.run(command, env={**os.environ, "GOBIN": str(draft)}, check=False)
    if built.returncode != 0:
        raise NoHelm(f"`{' '.join(command)}` failed; its messages are above")
    draft.rename(BUILT.parent)


def run(*arguments: str) -> str:
    """What a helm command prints; ChartFailed."""
    command = [str(helm()), *arguments]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise ChartFailed((ran.stdout + ran.stderr).strip())
    return ran.stdout


def render(*options: str, release: str = RELEASE) -> list[dict[str, object]]:
    """The objects of the chart under these options of `helm template`; ChartFailed."""
    import yaml  # few who import this module render

    text = run("template", release, str(CHART), *options)
    return [found for found in yaml.safe_load_all(text) if found]


def problems(objects: Sequence[dict[str, object]], version: str) -> list[str]:
    """What Kubernetes' own schemas of one version say against objects."""
    import kubernetes_validate  # idem

    found = []
    for each in objects:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            found.append(f"{each['kind']} {name_of(each)} on {version}: {wrong.message}")
    return found


def name_of(each: dict[str, object]) -> str:
    metadata = each["metadata"]
    return str(metadata["name"]) if isinstance(metadata, dict) else ""


def main() -> int:
    try:
        bring_helm()
    except NoHelm as missing:
        print(f"charts: {missing}", file=sys.stderr)
        return 2
    try:
        print(run("lint", "--strict", str(CHART)).strip())
        objects = render()
        found = [line for version in KUBERNETES for line in problems(objects, version)]
    except ChartFailed as refused:
        print(f"charts: {refused}", file=sys.stderr)
        return 1
    print("\n".join(found or [f"{len(objects)} objects are valid on {' and '.join(KUBERNETES)}"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
