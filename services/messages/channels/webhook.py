"""SMS and WhatsApp by a gateway's webhook: signed JSON, with the parcel's key as its id.

404, 410 and 422 say that there is nobody at the address; other refusals are of the message.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from services.chassis.clock import real_now
from services.messages.channels.outlet import Later, Parcel, Result, of_status
from services.messages.signing import signed

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 10.0
NOBODY_THERE = frozenset({404, 410, 422})


@dataclass
class Webhook:
    """One gateway."""

    url: str
    key: str = field(repr=False)
    sender: str
    neutral_sender: str = ""

    @property
    def can_be_neutral(self) -> bool:
        return bool(self.neutral_sender)

    @cached_property
    def _client(self) -> "httpx.Client":
        # Sixteen megabytes: only for who has a gateway.
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS)

    def send(self, parcel: Parcel) -> Result:
        import httpx

        told = {
            "id": parcel.key,
            "channel": parcel.channel.value,
            "from": self.neutral_sender if parcel.is_neutral else self.sender,
            "to": parcel.address,
            "text": parcel.text,
            "deliver_until": parcel.until.isoformat(timespec="seconds"),
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json",
            "idempotency-key": parcel.key,
            **signed(self.key, parcel.key, real_now(), body),
        }
        try:
            answer = self._client.post(self.url, content=body, headers=headers)
        except httpx.TransportError:
            return Later("gateway_away", is_away=True)
        return of_status(answer.status_code, answer.headers.get("retry-after", ""), NOBODY_THERE)

    def close(self) -> None:
        if "_client" in vars(self):
            self._client.close()
