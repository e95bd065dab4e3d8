"""What kafka-python reads, as the chassis knows it: for consumers, the audit and tests alike."""

from collections.abc import Sequence
from typing import Any

from services.chassis.envelope import Unreadable, open_envelope
from services.chassis.foreign import as_foreign
from services.chassis.progress import Delivery


def delivery_of(raw: Any) -> Delivery:
    """A record of kafka-python as ours; one without an envelope stands under a key of its own."""
    headers = _headers(raw.headers)
    key = _text(raw.key)
    position = (raw.partition, raw.offset)
    try:
        if key.encode() != (raw.key or b""):
            raise Unreadable("the key is no text")
        record = open_envelope(raw.topic, key, headers, position)
    except Unreadable as error:
        record = as_foreign(raw.topic, headers, position, str(error))
    return Delivery(record, raw.value or b"")


def _headers(raw: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text. Those of our own are looked at once, all together, for what is not."""
    try:
        headers = {name: (value or b"").decode() for name, value in raw}
    except UnicodeDecodeError:
        return {_plain(name): _text(value) for name, value in raw}
    if "\x00" in "".join(headers) or "\x00" in "".join(headers.values()):
        return {_plain(name): _plain(text) for name, text in headers.items()}
    return headers


def _text(raw: bytes | None) -> str:
    """Bytes of a stranger as text that PostgreSQL can keep."""
    return _plain((raw or b"").decode("utf-8", "replace"))


def _plain(text: str) -> str:
    return text.replace("\x00", "\ufffd") if "\x00" in text else text
