"""Each channel with the other end of it, for the suite that all of them pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from services.messages.channels.outlet import Later, Outlet, Refused, Result
from services.messages.channels.smtp import Smtp
from services.messages.channels.spool import Spool
from services.messages.channels.web_push import WebPush
from services.messages.channels.webhook import Webhook
from services.messages.notice import Channel
from tests.messages.browser import Browser
from tests.messages.builders import ADDRESSES, FakeOutlet
from tests.messages.servers import Gateway, Mailbox, a_certificate, http_server, mail_server

# Key, address and text of each message that arrived.
Arrived = list[tuple[str, str, str]]
KEY = "not a secret"


@dataclass
class World:
    """A channel, an address, and its other end: what arrived, what it says, and its absence."""

    outlet: Outlet
    channel: Channel
    address: str
    arrived: Callable[[], Arrived]
    refuse: Callable[[], None]
    be_busy: Callable[[], None]
    go_away: Callable[[], None]


@contextmanager
def smtp(folder: Path) -> Iterator[World]:
    box, trust = Mailbox(), a_certificate(folder)
    with ExitStack() as running:
        port = running.enter_context(mail_server(box, folder))
        outlet = Smtp(
            "localhost", port, "Contoh <contoh@kantor.example>", "a@biasa.example", tls=trust
        )

        def arrived() -> Arrived:
            return [
                (
                    mail["Message-ID"].partition("@")[0].strip("<"),
                    mail["To"],
                    mail.get_content().replace("\r\n", "\n").rstrip("\n"),
                )
                for mail in box.mails
            ]

        def say(code: str) -> Callable[[], None]:
            return lambda: setattr(box, "on_recipient", code)

        address = ADDRESSES[Channel.EMAIL]
        away = running.close
        yield World(outlet, Channel.EMAIL, address, arrived, say("550 no"), say("451 busy"), away)


def _webhook(channel: Channel) -> Callable[[Path], Iterator[World]]:
    def world(_folder: Path) -> Iterator[World]:
        gateway = Gateway()
        with ExitStack() as running:
            url = running.enter_context(http_server(gateway))
            outlet = Webhook(url, KEY, "CONTOH", "TEMAN")

            def arrived() -> Arrived:
                return [(each["id"], each["to"], each["text"]) for each in gateway.told]

            yield World(
                outlet,
                channel,
                ADDRESSES[channel],
                arrived,
                lambda: setattr(gateway, "status", 404),
                lambda: setattr(gateway, "status", 503),
                running.close,
            )
            outlet.close()

    return world


@contextmanager
def web_push(_folder: Path) -> Iterator[World]:
    gateway, browser = Gateway(), Browser()
    with ExitStack() as running:
        url = running.enter_context(http_server(gateway))
        address = browser.subscription(f"{url}/abc")
        key = ec.generate_private_key(ec.SECP256R1())
        outlet = WebPush(key, "mailto:contoh@kantor.example", ("127.0.0.1",), plain_http=True)

        def arrived() -> Arrived:
            told = [json.loads(browser.read(body)) for _, body in gateway.requests]
            return [(each["id"], address, each["body"]) for each in told]

        yield World(
            outlet,
            Channel.WEB_PUSH,
            address,
            arrived,
            lambda: setattr(gateway, "status", 410),
            lambda: setattr(gateway, "status", 503),
            running.close,
        )
        outlet.close()


@contextmanager
def spool(folder: Path) -> Iterator[World]:
    place = folder / "spool"

    def arrived() -> Arrived:
        told = [json.loads(path.read_text()) for path in sorted(place.glob("sms/*.json"))]
        return [(each["key"], each["address"], each["text"]) for each in told]

    def go_away() -> None:
        """A file stands where the folder was."""
        place.write_text("")

    def never() -> None:
        raise NotImplementedError("a folder takes everything")

    address = ADDRESSES[Channel.SMS]
    yield World(Spool(place), Channel.SMS, address, arrived, never, never, go_away)


@contextmanager
def fake(_folder: Path) -> Iterator[World]:
    outlet = FakeOutlet()

    def arrived() -> Arrived:
        return [(each.key, each.address, each.text) for each in outlet.sent]

    def say(result: Result) -> Callable[[], None]:
        return lambda: outlet.answers.append(result)

    yield World(
        outlet,
        Channel.SMS,
        ADDRESSES[Channel.SMS],
        arrived,
        say(Refused("no", of_address=True)),
        say(Later("busy")),
        say(Later("away", is_away=True)),
    )


SERVERS = {
    "smtp": smtp,
    "sms": contextmanager(_webhook(Channel.SMS)),
    "whatsapp": contextmanager(_webhook(Channel.WHATSAPP)),
    "web push": web_push,
    "fake": fake,
}
ALL = {**SERVERS, "spool": spool}
