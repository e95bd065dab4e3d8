"""What a process is told: the ESTAFET_* variables of services/chassis/settings.py."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.discovery import GATEWAY
from infra.local.layout import Layout
from infra.local.ports import LOOPBACK, Ports

# What a process may inherit. Anything else could steer it by surprise: KAFKA_BOOTSTRAP_SERVERS
# starts a consumer in Zipkin, JAVA_TOOL_OPTIONS changes every Java, PG* every client.
INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SSL_CERT_FILE", "TMPDIR", "USER")
INHERITED_PREFIXES = ("COVERAGE_", "PYTHON")
# Whoever looks at one trace wants it at once; OpenTelemetry sends every five seconds, which costs
# less.
TRACES_SOON = {"OTEL_BSP_SCHEDULE_DELAY": "500"}


def inherited() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }


@dataclass(frozen=True)
class Environment:
    """The variables of every process of a copy. `kind` is local or test."""

    layout: Layout
    ports: Ports
    kind: str
    services: tuple[str, ...]
    traced: bool

    @property
    def clock_file(self) -> Path:
        return self.layout.home / "clock.json"

    def of(self, owner: str, replica: int = 0) -> Mapping[str, str]:
        """The variables for a service, the gateway, or a tool (`admin`, `auditor`)."""
        own = {
            "ENVIRONMENT": self.kind,
            "HOME": str(self.layout.home),
            "SECRETS_DIR": str(self.layout.secrets / owner),
            "EVIDENCE_DIR": str(self.layout.evidence(owner)),
            "MESSAGES_SPOOL_DIR": str(self.layout.messages(owner)),
            "CLOCK_FILE": str(self.clock_file),
            "REPLICA": f"{owner}-{replica}",
            "DATABASE_HOST": LOOPBACK,
            "DATABASE_PORT": str(self.ports.get("postgres")),
            "KAFKA_BOOTSTRAP": self._address("kafka"),
            "KAFKA_SECURITY": "SASL_PLAINTEXT",
            "GRPC_ADDRESS": self.grpc_address(owner, replica),
            "METRICS_ADDRESS": self.metrics_address(owner, replica),
            "HTTP_ADDRESS": self._address("gateway"),
            "PEERS": json.dumps({name: self.grpc_address(name) for name in self.services}),
            "OTLP_ENDPOINT": self.url("receiver") if self.traced else "",
            "ZIPKIN_URL": self.url("zipkin"),
            "IDENTITY_ISSUER": self.url("identity"),
            "IDENTITY_JWKS_URL": f"{self.url('identity')}/jwks.json",
            "IDENTITY_TOKEN_URL": f"{self.url('identity')}/token",
            "IDENTITY_AUDIENCE": "estafet",
        }
        return {**{f"ESTAFET_{name}": value for name, value in own.items()}, **TRACES_SOON}

    def url(self, name: str) -> str:
        return f"http://{self._address(name)}"

    def grpc_address(self, owner: str, replica: int = 0) -> str:
        return f"{LOOPBACK}:{self.grpc_port(owner, replica)}"

    def grpc_port(self, owner: str, replica: int = 0) -> int:
        return self.ports.get(f"grpc_{owner}" if replica == 0 else f"grpc_{owner}_{replica}")

    def metrics_address(self, owner: str, replica: int = 0) -> str:
        """Where a replica of a service, or the door, shows its metrics; nothing else has any."""
        if owner not in (*self.services, GATEWAY):
            return ""
        return self._address(f"metrics_{owner}" if replica == 0 else f"metrics_{owner}_{replica}")

    def _address(self, name: str) -> str:
        return f"{LOOPBACK}:{self.ports.get(name)}"
