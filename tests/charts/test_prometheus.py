"""Every pod of ours shows its metrics, to whom it may; the alerts are those of compose."""

from __future__ import annotations

import pytest
import yaml

from infra.local.alerts import RULES
from infra.local.discovery import discover
from tests.charts.rendered import chart, named, needs_helm, of_kind, pods, with_values

pytestmark = needs_helm

DEPUTIES = discover().serving
ROLES = ("api", "reactions", "relay")
WORKLOADS = [f"relay-{deputy}-{role}" for deputy in DEPUTIES for role in ROLES]
WORKLOADS.append("relay-gateway-http")
SCRAPERS = "networkPolicy.scrapers[0].namespaceSelector.matchLabels.name=monitoring"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_role_shows_its_metrics_at_a_named_port(workload: str) -> None:
    (pod,) = (pod for name, pod in pods(chart()) if name == workload)
    ports = {each["name"]: each["containerPort"] for each in pod["containers"][0]["ports"]}
    told = named(chart(), "ConfigMap", workload.rpartition("-")[0])["data"]
    assert told["ESTAFET_METRICS_ADDRESS"] == f"0.0.0.0:{ports['metrics']}"


def test_metrics_are_for_those_who_are_named_and_for_every_role() -> None:
    of_metrics = {
        policy["metadata"]["name"]: rule["from"]
        for policy in of_kind(with_values(SCRAPERS), "NetworkPolicy")
        for rule in policy["spec"].get("ingress", ())
        if rule["ports"] == [{"port": 9464}]
    }
    peer = {"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}
    assert of_metrics == {name: [peer] for name in WORKLOADS}


def test_without_its_operator_nothing_is_asked_of_prometheus() -> None:
    kinds = {each["kind"] for each in chart()}
    assert kinds & {"PodMonitor", "PrometheusRule"} == set()


def test_the_operator_is_given_the_rules_that_compose_loads() -> None:
    rule = named(with_values("prometheusOperator=true"), "PrometheusRule", "relay-alerts")
    assert rule["spec"] == yaml.safe_load(RULES.read_text())


def test_the_operator_finds_the_pods_with_metrics_and_no_others() -> None:
    monitor = named(with_values("prometheusOperator=true"), "PodMonitor", "relay-services")["spec"]
    (roles,) = monitor["selector"]["matchExpressions"]
    wanted = monitor["selector"]["matchLabels"].items()
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in chart()
        if "template" in each.get("spec", {})
    }
    found = [
        name
        for name, own in labels.items()
        if wanted <= own.items() and own["estafet/role"] in roles["values"]
    ]
    assert sorted(found) == sorted(WORKLOADS)


def test_the_job_under_which_pods_are_asked_is_the_one_of_the_alerts() -> None:
    monitor = named(with_values("prometheusOperator=true"), "PodMonitor", "relay-services")["spec"]
    (pod, *_) = (each for each in chart() if each["kind"] == "StatefulSet")
    labels = pod["spec"]["template"]["metadata"]["labels"]
    assert f'job="{labels[monitor["jobLabel"]]}"' in RULES.read_text()
