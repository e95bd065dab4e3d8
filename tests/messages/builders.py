"""People, their plans, what they are told, and a channel in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.messages.channels.outlet import Delivered, Parcel, Result
from services.messages.hours import ALWAYS, Span
from services.messages.notice import Audience, Channel, Language, Notice, Value
from services.messages.plan import Plan, Way

# A Monday, 20:00 in Riyadh.
AN_EVENING = datetime(2024, 3, 4, 17, 0, tzinfo=UTC)
A_MORNING = datetime(2024, 3, 4, 5, 0, tzinfo=UTC)
EVENINGS = tuple(Span(weekday=day, opens=18 * 60, closes=22 * 60) for day in range(7))
SUBSCRIPTION = {
    "endpoint": "https://push.example/abc",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkN"
        "toIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
ADDRESSES = {
    Channel.EMAIL: "siti.contoh@surat.example",
    Channel.SMS: "+628120000001",
    Channel.WHATSAPP: "+628120000002",
    Channel.WEB_PUSH: json.dumps(SUBSCRIPTION),
}
NUMBER = "ADU-1234-5678-9"
QUESTION = "Siapa nama majikan Anda (contoh)?"


def a_way(
    channel: Channel = Channel.SMS, *, safe: bool = True, address: str = "", **more: Any
) -> Way:
    """A way that is open day and night, unless `hours` says otherwise."""
    given = {"hours": ALWAYS, "address": address or ADDRESSES[channel], **more}
    return Way(channel=channel, safe=safe, **given)


def a_plan(*ways: Way, **more: Any) -> Plan:
    """A plan of somebody in Riyadh."""
    given: dict[str, Any] = {"zone": "Asia/Riyadh", **more}
    return Plan(ways=ways or (a_way(),), **given)


def an_officers_plan(**more: Any) -> Plan:
    """The plan of an officer in Jakarta, by e-mail."""
    office = tuple(Span(weekday=day, opens=7 * 60, closes=18 * 60) for day in range(5))
    way = a_way(Channel.EMAIL, address="petugas.contoh@kantor.example", hours=office)
    return Plan(ways=(way,), zone="Asia/Jakarta", audience=Audience.OFFICER, **more)


def a_question(matter_id: str = "c1", **more: Any) -> Notice:
    """A question about a complaint."""
    values: dict[str, Value] = {"number": NUMBER, "question": QUESTION, "until": date(2024, 3, 18)}
    return Notice("question", matter_id, values, **more)


def an_alarm(severity: int = 0) -> Notice:
    """An alarm to an officer."""
    values: dict[str, Value] = {"number": NUMBER, "what": "Batas waktu lewat.", "since": A_MORNING}
    return Notice("alarm", "c1", values, severity)


def a_parcel(channel: Channel = Channel.SMS, **more: Any) -> Parcel:
    """What leaves by a channel."""
    given: dict[str, Any] = {
        "key": "0190a000-0000-7000-8000-000000000001",
        "address": ADDRESSES[channel],
        "subject": "Ada pertanyaan",
        "text": "Kapan Anda berangkat? Contoh: ꦱꦸꦒꦼꦁ",
        "language": Language.ID.value,
        "is_neutral": False,
        "until": datetime.now(UTC) + timedelta(hours=2),
    }
    return Parcel(channel=channel, **{**given, **more})


@dataclass
class FakeOutlet:
    """A channel in memory: it answers in the order of `answers`, and then takes everything."""

    answers: list[Result | BaseException] = field(default_factory=list)
    sent: list[Parcel] = field(default_factory=list)
    can_be_neutral: bool = True
    closed: bool = False

    def send(self, parcel: Parcel) -> Result:
        self.sent.append(parcel)
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True

    @property
    def texts(self) -> Sequence[str]:
        """What was said."""
        return [parcel.text for parcel in self.sent]
