"""What an upgrade does: databases and topics first, and only those pods whose own things change."""

from __future__ import annotations

import pytest

from infra.local.charts import ChartFailed, render
from infra.local.discovery import discover
from tests.charts.rendered import chart, checksum, needs_helm, of_kind, with_values

pytestmark = needs_helm

API = ("Deployment", "relay-complaint-api")
JOBS = sorted(
    [*(f"relay-{name}-migrate-1" for name in discover().serving), "relay-broker-topics-1"]
)


def hooks(*options: str) -> dict[str, object]:
    return {
        each["metadata"]["name"]: each["metadata"].get("annotations", {}).get("helm.sh/hook")
        for each in of_kind(chart(*options), "Job")
    }


def test_on_install_the_jobs_are_ordinary_ones_beside_a_database_that_may_come_up_later() -> None:
    assert hooks() == dict.fromkeys(JOBS)


def test_on_upgrade_the_jobs_run_before_anything_changes() -> None:
    assert hooks("--is-upgrade") == dict.fromkeys(JOBS, "pre-upgrade")


def test_a_job_before_an_upgrade_needs_nothing_of_the_new_release() -> None:
    jobs = of_kind(chart("--is-upgrade"), "Job")
    assert [job for job in jobs if "configMapRef" in str(job)] == []


def test_each_deputys_migration_is_its_own() -> None:
    commands = [
        each["spec"]["template"]["spec"]["containers"][0]["args"]
        for each in of_kind(chart(), "Job")
        if "migrate" in each["metadata"]["name"]
    ]
    assert sorted(commands) == [["services.cli", "migrate", name] for name in discover().serving]


@pytest.mark.parametrize(
    "value",
    [
        "otlpEndpoint=http://traces:4318",
        "kafka.bootstrap=b:9092",
        "complaint.settings.rpc_threads=8",
    ],
)
def test_a_changed_configuration_rolls_the_pods(value: str) -> None:
    assert checksum(with_values(value), *API) != checksum(chart(), *API)


@pytest.mark.parametrize(
    "value",
    ["complaint.api.replicas=5", "protection.settings.rpc_threads=8", "gateway.hotline=hotline"],
)
def test_what_is_not_a_pods_own_configuration_does_not_roll_it(value: str) -> None:
    assert checksum(with_values(value), *API) == checksum(chart(), *API)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("complaint.api.replicas=0", "replicas"),
        ("complaint.api.replica=2", "replica"),
        ("complaint.settings.rpc_thread=8", "rpc_thread"),
        ("gateway.settings.rpc_threads=8", "rpc_threads"),
        ("kafka.security=PLAINTEXT", "security"),
        ("kafka.bootstrap=broker", "bootstrap"),
        ("service.database.port=70000", "port"),
        ("identity.issuer=https://id.example.org", "jwksUrl"),
        ("image.tag=latest", "tag"),
        ("otlpEndpoint=http://traces:4318/", "otlpEndpoint"),
        ("complain.api.replicas=2", "complain"),
    ],
)
def test_a_wrong_value_is_refused_by_name(value: str, named: str) -> None:
    with pytest.raises(ChartFailed, match=named):
        with_values(value)


def test_a_release_whose_name_would_have_to_be_cut_is_refused() -> None:
    with pytest.raises(ChartFailed, match="choose a shorter name"):
        render(release="a-release-with-quite-a-long-name")
