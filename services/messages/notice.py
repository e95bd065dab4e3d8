"""What is to be told to whom: codes, and values that are personal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

# Whether somebody can still be reached: written by the sender itself, never by a service.
ASK = "contact_check"

Value = str | int | date | datetime | Sequence[str]


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEB_PUSH = "web_push"


class Language(StrEnum):
    """In which language somebody wants to be told."""

    ID = "id"
    EN = "en"
    JV = "jv"
    SU = "su"


class Audience(StrEnum):
    """Whom a message is for."""

    PERSON = "person"
    OFFICER = "officer"


@dataclass(frozen=True)
class Notice:
    """A message before it has words: its template, what that names, and the matter it is about.

    matter_id: empty for what is about many, as a digest is.
    """

    code: str
    matter_id: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    severity: int = 0
