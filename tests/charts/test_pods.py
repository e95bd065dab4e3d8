"""What every pod of the chart has: no rights, no writable root, limits, and time to stop."""

from __future__ import annotations

from infra.local.secret_files import SERVICE_SECRETS
from services.chassis.__main__ import STOP_SECONDS
from tests.charts.rendered import Object, chart, containers, named, needs_helm, pods, variables
from tests.support.told import DEPLOYED

pytestmark = needs_helm


def test_every_pod_runs_as_a_numbered_user_who_is_not_root() -> None:
    found = {name: pod["securityContext"] for name, pod in pods(chart())}
    assert {
        name: (of["runAsNonRoot"], of["runAsUser"]) for name, of in found.items()
    } == dict.fromkeys(found, (True, 10001))


def test_every_pod_is_under_the_runtimes_own_seccomp_profile() -> None:
    profiles = {pod["securityContext"]["seccompProfile"]["type"] for _, pod in pods(chart())}
    assert profiles == {"RuntimeDefault"}


def test_no_pod_is_given_the_clusters_own_token() -> None:
    assert {pod["automountServiceAccountToken"] for _, pod in pods(chart())} == {False}


def test_every_container_has_a_root_that_cannot_be_written() -> None:
    writable = [
        name
        for name, container in containers(chart())
        if not container["securityContext"]["readOnlyRootFilesystem"]
    ]
    assert writable == []


def test_no_container_has_a_capability_or_can_get_one() -> None:
    rights = {
        (tuple(of["capabilities"]["drop"]), of["allowPrivilegeEscalation"], of["privileged"])
        for of in (container["securityContext"] for _, container in containers(chart()))
    }
    assert rights == {(("ALL",), False, False)}


def test_every_container_says_what_it_needs_and_how_much_memory_it_may_have() -> None:
    without = [
        name
        for name, container in containers(chart())
        if not {"cpu", "memory"} <= set(container["resources"]["requests"])
        or "memory" not in container["resources"]["limits"]
    ]
    assert without == []


def test_every_service_gets_the_time_that_its_orderly_stop_takes() -> None:
    short = [
        name
        for name, pod in pods(chart())
        if "restartPolicy" not in pod
        and pod["terminationGracePeriodSeconds"] <= STOP_SECONDS + pause(pod)
    ]
    assert short == []


def pause(pod: Object) -> float:
    """The seconds that a pod waits before it is told to stop."""
    (container,) = pod["containers"]
    stops = container.get("lifecycle", {}).get("preStop", {})
    return float(stops.get("sleep", {}).get("seconds", 0))


def test_every_variable_is_one_that_the_settings_read() -> None:
    assert set(variables(chart())) - DEPLOYED == set()


def test_no_variable_holds_a_secret() -> None:
    names = [name for name in variables(chart()) if "SECRET" in name or "PASSWORD" in name]
    assert names == ["ESTAFET_SECRETS_DIR"]


def test_a_service_is_not_given_the_migrators_password() -> None:
    (pod,) = (pod for name, pod in pods(chart()) if name == "relay-complaint-api")
    (secret,) = (volume["secret"] for volume in pod["volumes"] if "secret" in volume)
    assert [item["key"] for item in secret["items"]] == [
        *sorted(set(SERVICE_SECRETS) - {"database_auditor", "database_migrator"})
    ]


def test_the_door_is_given_no_secret() -> None:
    door = named(chart(), "Deployment", "relay-gateway-http")["spec"]["template"]["spec"]
    assert [volume["name"] for volume in door["volumes"]] == ["tmp"]
