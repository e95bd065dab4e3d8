"""`estafet partner`: what the administrator does for a ministry. All of it may be repeated."""

import json
import secrets
import shutil
from pathlib import Path

import sqlalchemy as sa
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.settings import Settings
from services.chassis.topics import administration, create
from services.exchange import documents
from services.exchange.agreements import AGREEMENTS
from services.exchange.names import PREFIX, errors_of, inbox_of, stream_of
from services.exchange.topics import rules_for, topics_for

CLIENT = Path(__file__).with_name("sample_client.py")
CREDENTIALS = "credentials.json"
_REPLAY = sa.text(
    """
    UPDATE partner_news SET sent_at = NULL, replayed = true
    WHERE topic = :topic AND sent_at IS NOT NULL AND number BETWEEN :first AND :last
    RETURNING number
    """
)


def add(settings: Settings, ministry: str, folder: Path) -> None:
    """Make a ministry's user, topics and access rules, and a folder with all that it needs.

    A folder that holds credentials keeps them. NotFound: there is no agreement with it.
    """
    must_be_known(ministry)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    password = _password(folder / CREDENTIALS)
    user = UserScramCredentialUpsertion(ministry, ScramMechanism.SCRAM_SHA_512, password=password)
    with administration(settings) as admin:
        create(admin, settings, topics_for(ministry))
        admin.create_acls(rules_for(ministry))
        refused = {
            name: why for name, why in admin.alter_user_scram_credentials([user]).items() if why
        }
    if refused:
        raise NotAllowed(f"Kafka did not take the user {refused}", reason="USER_REFUSED")
    _write_credentials(settings, ministry, password, folder / CREDENTIALS)
    shutil.copyfile(CLIENT, folder / "client.py")
    documents.write(ministry, folder)


def must_be_known(ministry: str) -> None:
    """NotFound names those with an agreement."""
    if ministry not in AGREEMENTS.ministries:
        known = ", ".join(AGREEMENTS.ministries)
        raise NotFound(f"there is no agreement with {ministry}; there are {known}")


def _password(path: Path) -> str:
    if path.exists():
        return str(json.loads(path.read_text())["kafka"]["sasl_plain_password"])
    return secrets.token_urlsafe(24)


def _write_credentials(settings: Settings, ministry: str, password: str, path: Path) -> None:
    kafka = {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        "security_protocol": settings.kafka_security,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": ministry,
        "sasl_plain_password": password,
    }
    told = {
        "ministry": ministry,
        "stream": stream_of(ministry),
        "errors": errors_of(ministry),
        "inbox": inbox_of(ministry),
        "group": f"{PREFIX}{ministry}.reader",
        "kafka": kafka,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(told, indent=2) + "\n")


def replay(connection: sa.Connection, ministry: str, first: int, last: int) -> int:
    """Have the deliverer send an interval of numbers once more, marked; how many."""
    must_be_known(ministry)
    values = {"topic": stream_of(ministry), "first": first, "last": last}
    return len(connection.execute(_REPLAY, values).all())
