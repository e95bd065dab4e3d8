"""Which channels are set up, and what half a setting lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from services.chassis.errors import NotAllowed
from services.chassis.settings import Environment, Settings
from services.messages.channels.opening import open_outlets
from services.messages.channels.outlet import Outlet
from services.messages.channels.smtp import Smtp
from services.messages.channels.spool import Spool
from services.messages.channels.web_push import WebPush
from services.messages.channels.webhook import Webhook
from services.messages.notice import Channel
from services.messages.settings import RATES, MessageSettings

SMTP = {"smtp_address": "mail.example:587", "mail_from": "contoh@kantor.example"}
SMS = {"sms_url": "https://sms.example/send", "sms_sender": "CONTOH"}
PUSH = {"push_subject": "mailto:contoh@kantor.example"}


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sms_key").write_text("not a secret\n")
    (tmp_path / "whatsapp_key").write_text("not a secret\n")
    (tmp_path / "push_key.pem").write_text(pem(ec.generate_private_key(ec.SECP256R1())))
    return Settings(environment=Environment.PRODUCTION, secrets_dir=tmp_path)


def opened(settings: Settings, **given: Any) -> dict[Channel, Outlet]:
    return open_outlets(settings, MessageSettings(**given))


def test_without_settings_no_channel_is_set_up(settings: Settings) -> None:
    assert opened(settings) == {}


def test_each_channel_is_set_up_by_its_own_settings(settings: Settings) -> None:
    whatsapp = {"whatsapp_url": "https://wa.example/send", "whatsapp_sender": "CONTOH"}
    found = opened(settings, **SMTP, **SMS, **whatsapp, **PUSH)
    assert {channel: type(outlet) for channel, outlet in found.items()} == {
        Channel.EMAIL: Smtp,
        Channel.SMS: Webhook,
        Channel.WHATSAPP: Webhook,
        Channel.WEB_PUSH: WebPush,
    }


def test_a_folder_takes_the_place_of_what_is_not_set_up(settings: Settings, tmp_path: Path) -> None:
    local = settings.model_copy(update={"environment": Environment.LOCAL})
    found = opened(local, **SMS, spool_dir=tmp_path)
    assert {channel for channel, outlet in found.items() if isinstance(outlet, Spool)} == {
        Channel.EMAIL,
        Channel.WHATSAPP,
        Channel.WEB_PUSH,
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"spool_dir": "spool"}, "keeps messages from people: not in production"),
        ({**SMTP, "smtp_address": "mail.example"}, "SMTP_ADDRESS is host:port"),
        ({**SMTP, "mail_from": ""}, "MAIL_FROM is the mailbox"),
        ({**SMTP, "smtp_user": "contoh"}, "no file smtp_password"),
        ({**SMS, "sms_url": "http://sms.example"}, "SMS_URL begins with https://"),
    ],
)
def test_half_a_setting_is_refused_with_what_it_lacks(
    settings: Settings, given: dict[str, str], told: str
) -> None:
    with pytest.raises(NotAllowed, match=told):
        opened(settings, **given)


def test_a_push_key_of_another_kind_is_refused(settings: Settings, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "push_key.pem").write_text(pem(key))
    with pytest.raises(NotAllowed, match="no private key of the curve P-256"):
        opened(settings, **PUSH)


def test_a_password_is_shown_nowhere(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "smtp_password").write_text("a password")
    found = opened(settings, **SMTP, **SMS, smtp_user="contoh")
    assert "a password" not in repr(found)
    assert "not a secret" not in repr(found)


def test_one_rate_can_be_set_and_the_others_stay() -> None:
    assert MessageSettings(rates={Channel.SMS: 5}).rate_of() == {**RATES, Channel.SMS: 5}


@pytest.mark.parametrize("given", [{"rates": {"sms": 0}}, {"keep_days": 0}, {"smtp_tls": "no"}])
def test_a_setting_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MessageSettings(**given)
