"""What the chart makes of a deputy: three roles, each with what it needs to be well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.charts import KUBERNETES, problems
from infra.local.discovery import discover
from tests.charts.rendered import chart, named, needs_helm, of_kind, pods, with_values

pytestmark = needs_helm

DEPUTIES = discover().serving
ROLES = (("Deployment", "api"), ("StatefulSet", "reactions"), ("Deployment", "relay"))


def selector(kind: str, name: str) -> Any:
    return named(chart(), kind, name)["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_every_object(version: str) -> None:
    assert problems(chart(), version) == []


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_every_object_of_an_upgrade(version: str) -> None:
    assert problems(chart("--is-upgrade"), version) == []


@pytest.mark.parametrize("deputy", DEPUTIES)
@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_every_deputy_runs_its_roles_apart(deputy: str, kind: str, role: str) -> None:
    found = named(chart(), kind, f"relay-{deputy}-{role}")
    (container,) = found["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["services.chassis", deputy, "--roles", role]


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_every_deputy_runs_its_own_image(deputy: str) -> None:
    images = {
        container["image"]
        for name, pod in pods(chart("--set", "image.registry=example.org"))
        if name.startswith(f"relay-{deputy}") and "migrate" not in name
        for container in (*pod["initContainers"], *pod["containers"])
    }
    assert images == {f"example.org/estafet/{deputy}:0.1.0"}


def test_the_door_knows_every_deputy() -> None:
    peers = json.loads(named(chart(), "ConfigMap", "relay-gateway")["data"]["ESTAFET_PEERS"])
    assert peers == {deputy: f"relay-{deputy}:50051" for deputy in DEPUTIES}


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_grpc_services_are_headless_so_that_clients_see_every_pod(deputy: str) -> None:
    assert named(chart(), "Service", f"relay-{deputy}")["spec"]["clusterIP"] == "None"


def test_a_grpc_service_leads_to_pods_of_the_api_alone() -> None:
    service = named(chart(), "Service", "relay-complaint")["spec"]
    api = named(chart(), "Deployment", "relay-complaint-api")["spec"]["template"]
    assert service["selector"] == selector("Deployment", "relay-complaint-api")
    port, _ = api["spec"]["containers"][0]["ports"]
    assert (service["ports"][0]["targetPort"], port["containerPort"]) == (port["name"], 50051)


def test_reactions_with_two_replicas_keep_stable_kafka_instance_names() -> None:
    found = named(with_values("complaint.reactions.replicas=2"), *REACTIONS)
    (container,) = found["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each["valueFrom"] for each in container["env"]}
    assert found["spec"]["replicas"] == 2
    assert told == {"ESTAFET_REPLICA": {"fieldRef": {"fieldPath": "metadata.name"}}}


REACTIONS = ("StatefulSet", "relay-complaint-reactions")


@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_what_a_workload_selects_by_is_frozen(kind: str, role: str) -> None:
    # An upgrade cannot change it: a change here is a chart that no release can be upgraded to.
    assert selector(kind, f"relay-complaint-{role}") == {
        "app.kubernetes.io/name": "estafet",
        "app.kubernetes.io/instance": "relay",
        "app.kubernetes.io/component": "complaint",
        "estafet/role": role,
    }


@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_a_workloads_pods_bear_what_it_selects_by(kind: str, role: str) -> None:
    labels = named(chart(), kind, f"relay-complaint-{role}")["spec"]["template"]["metadata"][
        "labels"
    ]
    assert selector(kind, f"relay-complaint-{role}").items() <= labels.items()


def test_a_drained_node_takes_one_pod_of_a_role_at_a_time() -> None:
    budgets = {
        each["metadata"]["name"]: each["spec"] for each in of_kind(chart(), "PodDisruptionBudget")
    }
    roles = [(kind, f"relay-{name}-{role}") for name in DEPUTIES for kind, role in ROLES]
    roles.append(("Deployment", "relay-gateway-http"))
    assert set(budgets) == {name for _, name in roles}
    for kind, name in roles:
        assert budgets[name]["maxUnavailable"] == 1
        assert budgets[name]["selector"]["matchLabels"] == selector(kind, name)


def test_pods_wait_for_the_tables_of_their_release_and_for_no_port() -> None:
    pod = named(chart(), *REACTIONS)["spec"]["template"]["spec"]
    assert [each["args"] for each in pod["initContainers"]] == [
        ["services.chassis.schema", "complaint"]
    ]


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
@pytest.mark.parametrize(("role", "port"), [("api", 50051), ("reactions", 50052), ("relay", 50052)])
def test_a_roles_health_is_asked_by_grpc_where_it_tells_it(
    probe: str, role: str, port: int
) -> None:
    (pod,) = (pod for name, pod in pods(chart()) if name == f"relay-complaint-{role}")
    told = named(chart(), "ConfigMap", "relay-complaint")["data"]
    address = told["ESTAFET_GRPC_ADDRESS" if role == "api" else "ESTAFET_HEALTH_ADDRESS"]
    asked = pod["containers"][0][probe]["grpc"]["port"]
    assert (asked, address) == (port, f"0.0.0.0:{port}")


def test_every_deputy_has_values_of_its_own_over_those_of_all() -> None:
    objects = with_values("service.database.host=one", "protection.database.host=other")
    hosts = {
        deputy: named(objects, "ConfigMap", f"relay-{deputy}")["data"]["ESTAFET_DATABASE_HOST"]
        for deputy in ("complaint", "protection")
    }
    assert hosts == {"complaint": "one", "protection": "other"}


def test_the_api_answers_the_release_alone_and_other_roles_nobody() -> None:
    allowed = {
        each["metadata"]["name"]: each["spec"].get("ingress", [])
        for each in of_kind(chart(), "NetworkPolicy")
        if each["metadata"]["name"].startswith("relay-complaint")
    }
    (api,) = allowed.pop("relay-complaint-api")
    assert api["from"][0]["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/name": "estafet",
        "app.kubernetes.io/instance": "relay",
    }
    assert set(allowed) == {f"relay-complaint-{role}" for role in ("reactions", "relay", "migrate")}
    assert list(allowed.values()) == [[], [], []]


def test_every_pod_is_under_a_network_policy() -> None:
    policies = [
        each["spec"]["podSelector"]["matchLabels"] for each in of_kind(chart(), "NetworkPolicy")
    ]
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in chart()
        if "template" in each.get("spec", {})
    }
    free = [
        name
        for name, own in labels.items()
        if not any(policy.items() <= own.items() for policy in policies)
    ]
    assert free == []
