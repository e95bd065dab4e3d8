"""kafka-python's batch of records, written by one join for each record.

Its own builder calls a function in Python for each length and each byte of it: with the thirteen
headers of an event that is a fifth of all that the relay does. The bytes are the same; whatever is
not as events are (no key, a header of many thousands of bytes) is left to it.
"""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import kafka
from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatchBuilder, DefaultRecordMetadata

READ = "3.0.12"


def _varint(number: int) -> bytes:
    """A number that is not negative, zigzag and seven bits to the byte, the lowest first."""
    rest, found = number << 1, bytearray()
    while rest > 0x7F:
        found.append(0x80 | rest & 0x7F)
        rest >>= 7
    found.append(rest)
    return bytes(found)


SHORT = [_varint(number) for number in range(4096)]


@lru_cache
def _name(header: str) -> bytes:
    encoded = header.encode()
    return _varint(len(encoded)) + encoded


class RecordBatch(DefaultRecordBatchBuilder):  # type: ignore[misc] # kafka-python is untyped
    """The same batch as its parent's."""

    _first_timestamp: int | None
    _max_timestamp: int

    def append(
        self,
        offset: int,
        timestamp: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
    ) -> Any:
        """The record's offset, size and timestamp (ms), or None if the batch has no room for it."""
        now = int(time.time() * 1000) if timestamp is None else timestamp
        first = self._first_timestamp
        try:
            body = _body(offset, 0 if first is None else now - first, key, value, headers)
        except (LookupError, TypeError):
            return super().append(offset, now, key, value, headers)
        length = _varint(len(body))
        size = len(length) + len(body)
        if first is None:
            self._first_timestamp = self._max_timestamp = now
        elif size + len(self._buffer) > self._batch_size:
            return None
        else:
            self._max_timestamp = max(now, self._max_timestamp)
        self._num_records += 1
        self._last_offset = offset
        self._buffer += length
        self._buffer += body
        return DefaultRecordMetadata(offset, size, now)


def _body(
    offset: int, later: int, key: Any, value: Any, headers: Sequence[tuple[str, Any]]
) -> bytes:
    """A record without its length; LookupError or TypeError for one that is unlike an event."""
    if later < 0:
        raise LookupError(later)
    parts = [b"\0", SHORT[later], SHORT[offset], SHORT[len(key)], key, _varint(len(value)), value]
    parts.append(SHORT[len(headers)])
    for name, text in headers:
        parts += (_name(name), SHORT[len(text)], text)
    return b"".join(parts)


def install() -> None:
    """Have kafka-python's producers use it, in the one version that was read."""
    if kafka.__version__ == READ:
        memory_records.DefaultRecordBatchBuilder = RecordBatch
