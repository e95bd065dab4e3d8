"""A deputy that tells people something is given by the chart what each of its channels needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from infra.local.charts import CHART, ChartFailed, render
from infra.local.secret_files import a_signing_key
from services.chassis.errors import NotAllowed
from services.chassis.settings import Settings
from services.messages.channels.opening import open_outlets
from services.messages.channels.outlet import Outlet
from services.messages.notice import Channel
from services.messages.settings import MessageSettings
from tests.charts.rendered import Object, named, needs_helm, of_kind, pods, variables
from tests.support.told import DEPLOYED

pytestmark = needs_helm

# Those of every setting, but for the folder that production refuses.
MESSAGES = {
    "smtp_address": "mail.example:587",
    "smtp_user": "contoh",
    "smtp_tls": "required",
    "mail_from": "Contoh <contoh@kantor.example>",
    "mail_neutral_from": "a@biasa.example",
    "sms_url": "https://sms.example:8443/send",
    "sms_sender": "CONTOH",
    "sms_neutral_sender": "TEMAN",
    "whatsapp_url": "https://wa.example/send",
    "whatsapp_sender": "CONTOH",
    "whatsapp_neutral_sender": "TEMAN",
    "push_subject": "mailto:contoh@kantor.example",
    "push_hosts": ["push.example"],
    "keep_days": 14,
    "rates": {"sms": 5},
}
KEYS = ("smtp_password", "sms_key", "whatsapp_key", "push_key.pem")


def with_messages(folder: Path, **messages: object) -> tuple[Object, ...]:
    """The chart with a complaint that tells people something so."""
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump({"complaint": {"messages": messages}}))
    return tuple(render("--values", str(path)))


def files_of(objects: tuple[Object, ...], name: str = "relay-complaint-reactions") -> list[str]:
    (pod,) = (pod for found, pod in pods(objects) if found == name)
    (secret,) = (volume["secret"] for volume in pod["volumes"] if "secret" in volume)
    return [item["key"] for item in secret["items"]]


def ports_of(objects: tuple[Object, ...], role: str) -> list[int]:
    policy = named(objects, "NetworkPolicy", f"relay-complaint-{role}")["spec"]["egress"]
    return [each["port"] for each in policy[1]["ports"]]


def opened(
    objects: tuple[Object, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, *, without: str = ""
) -> dict[Channel, Outlet]:
    """The channels of a process that is told and given what the chart says."""
    for name, value in named(objects, "ConfigMap", "relay-complaint")["data"].items():
        monkeypatch.setenv(name, value)
    for each in files_of(objects):
        if each != without:
            text = a_signing_key() if each.endswith(".pem") else "not a secret"
            (folder / each).write_text(text)
    return open_outlets(Settings(secrets_dir=folder), MessageSettings())


def test_every_channel_opens_with_what_the_chart_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(opened(with_messages(tmp_path, **MESSAGES), tmp_path, monkeypatch)) == set(Channel)


@pytest.mark.parametrize("key", KEYS)
def test_without_any_key_of_the_chart_a_process_says_which_is_missing(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = with_messages(tmp_path, **MESSAGES)
    with pytest.raises(NotAllowed, match=f"no file {key}"):
        opened(objects, tmp_path, monkeypatch, without=key)


def test_no_other_key_is_given_for_the_channels(tmp_path: Path) -> None:
    more = set(files_of(with_messages(tmp_path, **MESSAGES))) - set(
        files_of(with_messages(tmp_path))
    )
    assert more == set(KEYS)


def test_a_process_reads_what_the_values_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(with_messages(tmp_path, **MESSAGES), tmp_path, monkeypatch)
    assert MessageSettings() == MessageSettings.model_validate(MESSAGES)


def test_without_values_no_channel_is_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(with_messages(tmp_path), tmp_path, monkeypatch) == {}


def test_the_reactions_reach_the_ports_of_their_channels_and_other_roles_do_not(
    tmp_path: Path,
) -> None:
    objects = with_messages(tmp_path, **MESSAGES)
    usual = [443, 4318, 5432, 9092]
    assert {role: ports_of(objects, role) for role in ("api", "relay", "reactions")} == {
        "api": usual,
        "relay": usual,
        "reactions": [*usual, 587, 8443],
    }


def test_only_who_tells_people_is_told_of_channels(tmp_path: Path) -> None:
    told = [
        each["metadata"]["name"]
        for each in of_kind(with_messages(tmp_path, **MESSAGES), "ConfigMap")
        if any(name.startswith("ESTAFET_MESSAGES_") for name in each["data"])
    ]
    assert told == ["relay-complaint"]


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        ({"smtp_address": "mail.example:587"}, "mail_from"),
        ({"smtp_address": "mail.example", "mail_from": "a@b.example"}, "smtp_address"),
        ({"sms_url": "http://sms.example", "sms_sender": "CONTOH"}, "sms_url"),
        ({"sms_sender": "CONTOH"}, "sms_url"),
        ({"spool_dir": "spool"}, "spool_dir"),
        ({"rates": {"fax": 1}}, "fax"),
    ],
)
def test_half_a_channel_is_refused_by_name(
    messages: dict[str, object], wrong: str, tmp_path: Path
) -> None:
    with pytest.raises(ChartFailed, match=wrong):
        with_messages(tmp_path, **messages)


def test_all_settings_that_the_code_reads_can_be_said_and_no_others(tmp_path: Path) -> None:
    values = tmp_path / "all.yaml"
    schema = json.loads((CHART / "values.schema.json").read_text())
    own = schema["definitions"]["service"]["properties"]["settings"]["propertyNames"]["enum"]
    door = schema["properties"]["gateway"]["properties"]["settings"]["propertyNames"]["enum"]
    told = {
        "complaint": {"messages": MESSAGES, "settings": dict.fromkeys(own, 1)},
        "gateway": {"settings": dict.fromkeys(door, 1)},
    }
    values.write_text(yaml.safe_dump(told))
    said = set(variables(render("--values", str(values))))
    assert said == DEPLOYED - {"ESTAFET_MESSAGES_SPOOL_DIR"}


def test_a_large_number_is_said_as_a_number(tmp_path: Path) -> None:
    values = tmp_path / "large.yaml"
    values.write_text("complaint: {settings: {evidence_max_bytes: 20971520}}")
    said = named(render("--values", str(values)), "ConfigMap", "relay-complaint")["data"]
    assert said["ESTAFET_EVIDENCE_MAX_BYTES"] == "20971520"
