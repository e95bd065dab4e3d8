"""Addresses as channels take them; what is wrong with one is said without repeating it."""

import json
import re
from base64 import urlsafe_b64decode
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import urlsplit

import phonenumbers

from services.messages.notice import Channel

_EMAIL = re.compile(r"[!-?A-~]{1,64}@(?=.{1,190}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def checked_address(channel: Channel, address: str) -> str:
    """The address in its normal form; ValueError."""
    if channel is Channel.EMAIL:
        return _email(address.strip())
    if channel is Channel.WEB_PUSH:
        Subscription.of(address)
        return address
    return phone(address)


def _email(address: str) -> str:
    try:
        well_formed = _EMAIL.fullmatch(address) and Address(addr_spec=address).addr_spec == address
    except (ValueError, IndexError, MessageError):
        well_formed = False
    if not well_formed:
        raise ValueError("this is no e-mail address: write it as name@example.org")
    return address


def phone(text: str) -> str:
    """A telephone number with its country; ValueError."""
    written = re.sub(r"^\s*00", "+", text)
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        number = None
    # Possible, not assigned: countries open new ranges before any library knows them.
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        raise ValueError("a telephone number begins with its country: write it as +62 812 0000 000")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Subscription:
    """Where a browser hears: what its PushSubscription gives as JSON (RFC 8291)."""

    def __init__(self, endpoint: str, key: bytes, secret: bytes) -> None:
        self.endpoint = endpoint
        self.key = key
        self.secret = secret

    @classmethod
    def of(cls, text: str) -> "Subscription":
        """The subscription that an address holds; ValueError."""
        try:
            given = json.loads(text)
            endpoint = str(given["endpoint"])
            key, secret = (_bytes(given["keys"][name]) for name in ("p256dh", "auth"))
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                "this is no push subscription: endpoint, keys.p256dh, keys.auth"
            ) from None
        if len(key) != 65 or key[0] != 4 or len(secret) != 16:
            raise ValueError("a push subscription has a P-256 key of 65 bytes and 16 secret bytes")
        if not urlsplit(endpoint).hostname:
            raise ValueError("a push subscription's endpoint is an address of a push service")
        return cls(endpoint, key, secret)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
