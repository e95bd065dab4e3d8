"""The twelve alerts: each on metrics that are declared, with a command that there is, and true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
import yaml

from infra.local.alerts import RULES, Alert, alerts
from infra.local.discovery import GATEWAY, discover
from infra.local.layout import CHECKOUT
from services.chassis.metrics import DECLARED, OF_THE_DOOR, Kind
from services.cli.main import app
from tests.support.promtool import fires, run, without_promtool

ALERTS = tuple(alerts())
METRICS = {metric.name: metric for metric in (*DECLARED, *OF_THE_DOOR)}
OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")
# Of PromQL itself, and the one series that Prometheus makes of every target.
WORDS = {"by", "or", "le", "up", "max", "min", "sum", "rate", "increase", "min_over_time"}
WORDS |= {"histogram_quantile"}
BROUGHT = {"service", "le"}

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)


def names_in(expr: str) -> set[str]:
    """Every name in an expression, but for the labels and what they are compared with."""
    return set(re.findall(r"[a-z_]{2,}", re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)", "", expr)))


def test_there_are_twelve() -> None:
    assert len({alert.name for alert in ALERTS}) == len(ALERTS) == 12


@each_alert
def test_an_alert_asks_for_declared_metrics_only(alert: Alert) -> None:
    unknown = {
        name
        for name in names_in(alert.expr) - WORDS
        if name not in METRICS and METRICS[OF_HISTOGRAM.sub("", name)].kind is not Kind.HISTOGRAM
    }
    assert unknown == set()


@each_alert
def test_an_alert_asks_for_declared_labels_only(alert: Alert) -> None:
    for name, matchers in re.findall(r"(estafet_[a-z_]+)\{([^}]*)\}", alert.expr):
        asked = set(re.findall(r"([a-z]+)(?==|!=|=~)", matchers))
        assert asked <= {*METRICS[name].labels, *BROUGHT}


@each_alert
def test_an_alert_says_what_is_wrong_and_how_bad_it_is(alert: Alert) -> None:
    assert alert.summary
    assert alert.severity in ("critical", "warning")


@each_alert
def test_an_alert_names_a_command_that_there_is(alert: Alert) -> None:
    told = re.findall(r"`estafet ([a-z]+)(?: ([a-z]+))?[^`]*`", alert.what_to_do)
    assert told != []
    assert [words for words in told if not is_command(*words)] == []


def is_command(first: str, second: str) -> bool:
    """Whether the command line knows these words."""
    found = getattr(typer.main.get_command(app), "commands", {}).get(first)
    within = getattr(found, "commands", None)
    return found is not None and (within is None or second in within)


def test_composes_prometheus_asks_every_service_at_its_port_and_reads_the_rules() -> None:
    told = yaml.safe_load((CHECKOUT / "infra" / "otel" / "prometheus.yaml").read_text())
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    port = compose["x-told"]["ESTAFET_METRICS_ADDRESS"].rpartition(":")[2]
    (job,) = (job for job in told["scrape_configs"] if job["job_name"] == "estafet")
    targets = [target for group in job["static_configs"] for target in group["targets"]]
    mounted = f"./{RULES.relative_to(CHECKOUT)}:{told['rule_files'][0]}:ro"
    assert targets == sorted(f"{name}:{port}" for name in (*discover().serving, GATEWAY))
    assert mounted in compose["services"]["prometheus"]["volumes"]


@pytest.mark.process
@without_promtool
def test_prometheus_takes_the_rules() -> None:
    assert run("check", "rules", str(RULES))[0] == 0


CALLS = 'estafet_rpc_calls_total{service="a",rpc="Get",code="%s"}'
RELAYED = 'estafet_relay_records_total{service="a",event="%s"}'
REQUESTS = 'estafet_http_requests_total{service="gateway",route="GET /",status="%s"}'
LONG = 'estafet_http_request_duration_seconds_bucket{service="gateway",route="GET /",le="%s"}'
SLOW = 'estafet_rpc_duration_seconds_bucket{service="a",rpc="Get",le="%s"}'
HELD = 'estafet_messages_held{service="a",reason="%s"}'
OVERDUE = 'estafet_messages_overdue_seconds{service="a"}'
PARKED = 'estafet_parked_keys{service="a",consumer="a.custody",reason="%s"}'
TROUBLE: dict[str, list[Mapping[str, str]]] = {
    "ProcessDown": [
        {'up{job="estafet",instance="a:9464"}': "0+0"},
        {'estafet_part_silent_seconds{service="a",part="relay"}': "0+60"},
    ],
    "DatabaseAway": [{'estafet_database_up{service="a"}': "0+0"}],
    "OutboxOld": [{'estafet_outbox_age_seconds{service="a"}': "0+60"}],
    "KeyHeld": [{'estafet_outbox_held_keys{service="a"}': "1+0"}],
    "ConsumerBehind": [
        {'estafet_consumer_age_seconds{service="a",consumer="a.custody"}': "0+60"},
        {'estafet_consumer_stopped{service="a",consumer="a.custody"}': "1+0"},
    ],
    "KeysParked": [{PARKED % "failed": "1+0"}, {PARKED % "waiting": "1+0"}],
    "ClockLate": [{'estafet_clock_overdue_seconds{service="a"}': "0+60"}],
    "MessagesLate": [{OVERDUE: "0+60"}],
    "MessagesHeld": [{HELD % "channel_not_set_up": "1+0"}, {HELD % "closed": "1+0"}],
    "CallsFail": [
        {CALLS % "OK": "0+90", CALLS % "INTERNAL": "0+100"},
        {REQUESTS % "200": "0+90", REQUESTS % "503": "0+100"},
    ],
    "CallsSlow": [
        {SLOW % "1.0": "0+90", SLOW % "2.5": "0+100", SLOW % "+Inf": "0+100"},
        {LONG % "1.0": "0+90", LONG % "2.5": "0+100", LONG % "+Inf": "0+100"},
    ],
    "HandoversLapse": [{RELAYED % "HandoverOffered": "0+9", RELAYED % "HandoverLapsed": "0+1"}],
}
HEALTH = {
    'up{job="estafet",instance="a:9464"}': "1+0",
    'estafet_part_silent_seconds{service="a",part="relay"}': "1+0",
    'estafet_database_up{service="a"}': "1+0",
    'estafet_outbox_age_seconds{service="a"}': "0+0",
    'estafet_outbox_held_keys{service="a"}': "0+0",
    'estafet_consumer_age_seconds{service="a",consumer="a.custody"}': "1+0",
    'estafet_consumer_stopped{service="a",consumer="a.custody"}': "0+0",
    PARKED % "failed": "0+0",
    PARKED % "waiting": "0+0",
    'estafet_clock_overdue_seconds{service="a"}': "0+0",
    OVERDUE: "600+0",
    HELD % "closed": "0+0",
    # An officer sees to it: it is in their list.
    HELD % "no_safe_way": "3+0",
    CALLS % "OK": "0+1000",
    CALLS % "FAILED_PRECONDITION": "0+500",
    CALLS % "UNAVAILABLE": "0+10",
    **{SLOW % bound: "0+1000" for bound in ("1.0", "2.5", "+Inf")},
    REQUESTS % "200": "0+1000",
    REQUESTS % "404": "0+500",
    REQUESTS % "503": "0+10",
    **{LONG % bound: "0+1000" for bound in ("1.0", "2.5", "+Inf")},
    RELAYED % "HandoverOffered": "0+100",
    RELAYED % "HandoverLapsed": "0+1",
}


def test_each_alert_is_tried() -> None:
    assert list(TROUBLE) == [alert.name for alert in ALERTS]


@pytest.mark.process
@without_promtool
@pytest.mark.parametrize("name", TROUBLE)
def test_an_alert_fires_in_its_own_trouble(name: str, tmp_path: Path) -> None:
    assert all(fires(name, {**HEALTH, **trouble}, tmp_path) for trouble in TROUBLE[name])


@pytest.mark.process
@without_promtool
@pytest.mark.parametrize("name", TROUBLE)
def test_an_alert_is_silent_while_all_is_well(name: str, tmp_path: Path) -> None:
    assert not fires(name, HEALTH, tmp_path)
