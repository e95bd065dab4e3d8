"""The channels that are set up, by a process's settings."""

from collections.abc import Iterator

from services.chassis.errors import NotAllowed
from services.chassis.settings import Environment, Settings
from services.messages.channels.outlet import Outlet
from services.messages.notice import Channel
from services.messages.settings import MessageSettings


def open_outlets(settings: Settings, messages: MessageSettings) -> dict[Channel, Outlet]:
    """An outlet for each channel that is set up; NotAllowed says what half a setting lacks."""
    outlets = dict(_set_up(settings, messages))
    if messages.spool_dir is None:
        return outlets
    from services.messages.channels.spool import Spool

    if settings.environment is Environment.PRODUCTION:
        raise NotAllowed("ESTAFET_MESSAGES_SPOOL_DIR keeps messages from people: not in production")
    spool = Spool(messages.spool_dir)
    return {channel: outlets.get(channel, spool) for channel in Channel}


def _set_up(settings: Settings, messages: MessageSettings) -> Iterator[tuple[Channel, Outlet]]:
    if messages.smtp_address:
        yield Channel.EMAIL, _smtp(settings, messages)
    gateways = {
        Channel.SMS: (messages.sms_url, messages.sms_sender, messages.sms_neutral_sender),
        Channel.WHATSAPP: (
            messages.whatsapp_url,
            messages.whatsapp_sender,
            messages.whatsapp_neutral_sender,
        ),
    }
    for channel, (url, sender, neutral) in gateways.items():
        if url:
            yield channel, _webhook(settings, channel, url, sender, neutral)
    if messages.push_subject:
        yield Channel.WEB_PUSH, _web_push(settings, messages)


def _smtp(settings: Settings, messages: MessageSettings) -> Outlet:
    from services.messages.channels.smtp import Smtp

    host, _, port = messages.smtp_address.rpartition(":")
    if not host or not port.isdecimal():
        raise NotAllowed("ESTAFET_MESSAGES_SMTP_ADDRESS is host:port")
    if "@" not in messages.mail_from:
        raise NotAllowed("ESTAFET_MESSAGES_MAIL_FROM is the mailbox that e-mail comes from")
    return Smtp(
        host,
        int(port),
        sender=messages.mail_from,
        neutral_sender=messages.mail_neutral_from,
        user=messages.smtp_user,
        password=settings.secret("smtp_password") if messages.smtp_user else "",
        tls_required=messages.smtp_tls == "required",
    )


def _webhook(
    settings: Settings, channel: Channel, url: str, sender: str, neutral_sender: str
) -> Outlet:
    from services.messages.channels.webhook import Webhook

    if not url.startswith("https://") and settings.environment is Environment.PRODUCTION:
        raise NotAllowed(f"ESTAFET_MESSAGES_{channel.upper()}_URL begins with https://")
    return Webhook(url, settings.secret(f"{channel}_key"), sender, neutral_sender)


def _web_push(settings: Settings, messages: MessageSettings) -> Outlet:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from services.messages.channels.web_push import WebPush

    key = load_pem_private_key(settings.secret("push_key.pem").encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise NotAllowed("secret push_key.pem is no private key of the curve P-256")
    return WebPush(key, messages.push_subject, messages.push_hosts)
