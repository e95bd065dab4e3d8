"""What a process is told: ESTAFET_* variables, and secrets from files only."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.clock import Clock
from services.chassis.errors import NotAllowed


class Environment(StrEnum):
    """Where a process runs. Only `local` and `test` may move the clock or use fail points."""

    LOCAL = "local"
    TEST = "test"
    PRODUCTION = "production"


# What nobody tells a container: what a copy in a checkout is told, and what a topic has for ever.
NOT_DEPLOYED = frozenset({"clock_file", "home", "topic_partitions", "zipkin_url"})


def _path_or_none(value: object) -> object:
    return value or None


OptionalPath = Annotated[Path | None, BeforeValidator(_path_or_none)]


class Settings(BaseSettings):
    """Settings of one process. Addresses are host:port."""

    model_config = SettingsConfigDict(env_prefix="ESTAFET_", extra="ignore")

    environment: Environment = Environment.PRODUCTION
    home: OptionalPath = None
    secrets_dir: OptionalPath = None
    database_host: str = "127.0.0.1"
    database_port: int = 5432
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security: str = "SASL_PLAINTEXT"
    grpc_address: str = "127.0.0.1:0"
    # Where a process without the api role tells its health; empty: nowhere.
    health_address: str = ""
    # Where a service process shows its metrics to Prometheus; empty: nowhere.
    metrics_address: str = ""
    peers: dict[str, str] = Field(default_factory=dict)
    otlp_endpoint: str = ""
    zipkin_url: str = ""
    identity_issuer: str = ""
    identity_jwks_url: str = ""
    identity_token_url: str = ""
    identity_audience: str = "estafet"
    clock_file: OptionalPath = None
    replica: str = ""
    evidence_dir: OptionalPath = None
    evidence_max_bytes: int = 10 * 1024 * 1024
    # Who signs documents: `local`, or `module:Class` of a certified provider's signer.
    document_signer: str = "local"
    # Enough that some may wait for locked rows; more take turns at the interpreter, and a call of a
    # busy process costs more: 16 a sixth more than 8 (docs/performance.md).
    rpc_threads: int = 12
    database_pool: int = 16
    topic_partitions: int = 12
    topic_replication: int = 1

    @property
    def movable_clock(self) -> bool:
        """Whether domain time may be moved here."""
        return self.environment is not Environment.PRODUCTION

    def clock(self) -> Clock:
        """This process's domain clock."""
        return Clock(self.clock_file, movable=self.movable_clock)

    def secret(self, name: str) -> str:
        """A secret's text from its file; NotAllowed names what is missing."""
        if self.secrets_dir is None:
            raise NotAllowed(f"secret {name}: ESTAFET_SECRETS_DIR is not set")
        path = self.secrets_dir / name
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            raise NotAllowed(f"secret {name}: no file {name} in ESTAFET_SECRETS_DIR") from None

    def database_url(self, service: str, role: str = "app") -> str:
        """The database of a service for one of its roles: migrator, app or auditor."""
        password = quote(self.secret(f"database_{role}"), safe="")
        host = f"{self.database_host}:{self.database_port}"
        return f"postgresql+psycopg://{service}_{role}:{password}@{host}/estafet_{service}"

    def kafka(self, user: str) -> dict[str, object]:
        """The keyword arguments by which any kafka-python client signs in."""
        from services.chassis.kafka_race import repair

        repair()
        options: dict[str, object] = {
            "bootstrap_servers": self.kafka_bootstrap.split(","),
            "security_protocol": self.kafka_security,
        }
        if self.kafka_security.startswith("SASL"):
            options |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": user,
                "sasl_plain_password": self.secret("kafka"),
            }
        return options
