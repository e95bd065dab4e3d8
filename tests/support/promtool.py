"""Prometheus' own tool, where there is one: are the rules valid, and which alert fires on what."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.local.alerts import RULES

FOUND = os.environ.get("ESTAFET_PROMTOOL") or shutil.which("promtool")
without_promtool = pytest.mark.skipif(
    FOUND is None, reason="there is no promtool: install Prometheus, or name it by ESTAFET_PROMTOOL"
)
MINUTES = 120


def run(*arguments: str) -> tuple[int, str]:
    """How promtool ends, and what it says."""
    ran = subprocess.run(
        [str(FOUND), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def fires(alert: str, series: Mapping[str, str], folder: Path) -> bool:
    """Whether an alert fires after these series went on for two hours, each from a value on, by so
    much a minute: `0+60`."""
    asked = {
        "expr": f'sum(ALERTS{{alertname="{alert}", alertstate="firing"}} or vector(0)) > bool 0',
        "eval_time": f"{MINUTES}m",
        "exp_samples": [{"labels": "{}", "value": 1}],
    }
    lasting = [{"series": name, "values": f"{how}x{MINUTES}"} for name, how in series.items()]
    tests = [{"interval": "1m", "input_series": lasting, "promql_expr_test": [asked]}]
    told = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.json").write_text(json.dumps(told))
    code, said = run("test", "rules", str(folder / "tests.json"))
    assert code == 0 or "got:" in said, said
    return code == 0
