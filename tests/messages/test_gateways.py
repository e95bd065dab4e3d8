"""What is particular to the gateways of SMS and WhatsApp, and to push services."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.chassis.clock import real_now
from services.messages.addresses import Subscription
from services.messages.channels.outlet import Closed, Delivered, Later, Refused, Result
from services.messages.channels.web_push import WebPush, encrypted
from services.messages.channels.webhook import Webhook
from services.messages.notice import Channel
from services.messages.signing import verified
from tests.messages.browser import Browser
from tests.messages.builders import SUBSCRIPTION, a_parcel
from tests.messages.servers import Gateway, http_server
from tests.messages.worlds import KEY

SUBJECT = "mailto:contoh@kantor.example"


def sent(gateway: Gateway, *, is_neutral: bool = False) -> Result:
    with http_server(gateway) as url:
        outlet = Webhook(url, KEY, "CONTOH", "TEMAN")
        found = outlet.send(a_parcel(is_neutral=is_neutral))
        outlet.close()
    return found


def test_a_gateway_can_check_that_a_message_is_from_us() -> None:
    gateway = Gateway()
    sent(gateway)
    [(headers, body)] = gateway.requests
    assert verified(KEY, headers, body, real_now()) == a_parcel().key


def test_a_gateway_that_keeps_to_idempotency_keys_gets_one() -> None:
    gateway = Gateway()
    sent(gateway)
    assert gateway.requests[0][0]["idempotency-key"] == a_parcel().key


@pytest.mark.parametrize(("is_neutral", "sender"), [(False, "CONTOH"), (True, "TEMAN")])
def test_the_sender_of_a_message_without_content_has_a_name_that_tells_nothing(
    is_neutral: bool, sender: str
) -> None:
    gateway = Gateway()
    sent(gateway, is_neutral=is_neutral)
    assert gateway.told[0]["from"] == sender


def test_a_gateway_is_told_until_when_it_may_deliver() -> None:
    gateway = Gateway()
    before = datetime.now(UTC)
    sent(gateway)
    until = datetime.fromisoformat(gateway.told[0]["deliver_until"])
    assert timedelta(hours=1) < until - before < timedelta(hours=3)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Delivered()),
        (202, Delivered()),
        (302, Later("http_302")),
        (400, Refused("http_400")),
        (401, Closed("http_401")),
        (403, Closed("http_403")),
        (404, Refused("http_404", of_address=True)),
        (408, Later("http_408")),
        (410, Refused("http_410", of_address=True)),
        (413, Refused("http_413")),
        (422, Refused("http_422", of_address=True)),
        (500, Later("http_500")),
        (503, Later("http_503")),
    ],
)
def test_what_a_gateway_answers_is_understood(status: int, expected: Result) -> None:
    assert sent(Gateway(status=status)) == expected


def test_a_gateway_that_has_enough_is_left_alone_for_as_long_as_it_says() -> None:
    gateway = Gateway(status=429, headers={"retry-after": "120"})
    assert sent(gateway) == Later("http_429", after=timedelta(minutes=2), is_away=True)


def a_push(*hosts: str, plain_http: bool = True) -> WebPush:
    key = ec.generate_private_key(ec.SECP256R1())
    return WebPush(key, SUBJECT, hosts or ("127.0.0.1",), plain_http)


def pushed(
    gateway: Gateway, push: WebPush, browser: Browser | None = None, **more: object
) -> Result:
    with http_server(gateway) as url:
        address = (browser or Browser()).subscription(f"{url}/abc")
        found = push.send(a_parcel(Channel.WEB_PUSH, address=address, **more))
        push.close()
    return found


def test_encryption_is_that_of_the_rfcs_own_example() -> None:
    """RFC 8291, section 5 and appendix A."""

    def raw(text: str) -> bytes:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))

    private = int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    own = ec.derive_private_key(private, ec.SECP256R1())
    to = Subscription.of(json.dumps(SUBSCRIPTION))
    told = b"When I grow up, I want to be a watermelon"
    expected = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocIn"
        "mYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNW"
        "QexSgSxsj_Qulcy4a-fN"
    )
    assert encrypted(told, to, own, raw("DGv6ra1nlYgDCS1FRnbzlw")) == raw(expected)


def test_the_push_service_itself_can_read_nothing() -> None:
    gateway = Gateway()
    pushed(gateway, a_push())
    assert b"Anda" not in gateway.requests[0][1]


def test_a_push_service_can_check_that_we_are_who_the_page_subscribed_to() -> None:
    gateway, push = Gateway(), a_push()
    pushed(gateway, push)
    token, _, key = (
        gateway.requests[0][0]["authorization"].removeprefix("vapid t=").partition(", k=")
    )
    claims = jwt.decode(token, push.key.public_key(), ["ES256"], options={"verify_aud": False})
    assert (claims["sub"], claims["aud"][:17], key) == (
        SUBJECT,
        "http://127.0.0.1:",
        push.public_key,
    )


def test_what_the_push_service_keeps_it_keeps_no_longer_than_the_safe_hour() -> None:
    gateway = Gateway()
    pushed(gateway, a_push(), until=datetime.now(UTC) + timedelta(minutes=10))
    assert 500 < int(gateway.requests[0][0]["ttl"]) <= 600


def test_a_long_text_is_cut_so_that_the_push_service_takes_it() -> None:
    gateway, browser = Gateway(), Browser()
    pushed(gateway, a_push(), browser, text="é" * 9000)
    assert len(gateway.requests[0][1]) <= 4096
    assert json.loads(browser.read(gateway.requests[0][1]))["body"].endswith("é…")


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_says_nothing_about_the_person(status: int) -> None:
    found = pushed(Gateway(status=status), a_push())
    assert found == Refused(f"http_{status}", of_address=True, has_ended=True)


@pytest.mark.parametrize(
    ("hosts", "plain_http"),
    [(("push.example",), True), (("127.0.0.1",), False), ((".0.1",), False)],
)
def test_a_subscription_cannot_send_us_to_any_server(
    hosts: tuple[str, ...], plain_http: bool
) -> None:
    gateway = Gateway()
    found = pushed(gateway, a_push(*hosts, plain_http=plain_http))
    assert (found, gateway.requests) == (
        Refused("push_host", of_address=True, has_ended=True),
        [],
    )
