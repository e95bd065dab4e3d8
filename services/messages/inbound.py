"""What people send us: a gateway's webhook as a message, and the commands of an SMS. Pure."""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.chassis.errors import Invalid
from services.messages.addresses import checked_address
from services.messages.notice import Channel
from services.messages.signing import verified

LONGEST_TEXT = 10_000
_NAMES = uuid.UUID("6d657373-6167-4573-8000-696e626f756e")
# As the survey asks for it, in figures or in words.
_SCORES = {
    word: score
    for score, words in enumerate(
        ("1 satu one", "2 dua two", "3 tiga three", "4 empat four", "5 lima five"), start=1
    )
    for word in words.split()
}
# STATUS#ADU-XXXX-XXXX-C with any spaces, and what else is written around it. Without the sign it is
# a sentence, unless it looks like a number.
_STATUS = re.compile(
    r"(?P<before>.*?)\bstatus\s*(?:#\s*|\s(?=adu-|\S*\d|adu \S*\d)\s*)"
    r"(?P<number>(?:adu[ -]*)?[a-z0-9](?:[ -]*[a-z0-9]){8})(?!\w)(?P<behind>.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Incoming:
    """A message from somebody; address and text are personal."""

    channel: Channel
    address: str = field(repr=False)
    text: str = field(repr=False)
    received_at: datetime
    provider_id: str

    @property
    def request_id(self) -> str:
        """The same for every repeat, whatever it is signed with."""
        return request_id_of(self.channel, self.provider_id)


def request_id_of(channel: Channel, provider_id: str) -> str:
    """One id for a gateway's message, by its own id or whatever else tells it from others."""
    return str(uuid.uuid5(_NAMES, f"{channel}:{provider_id}"))


@dataclass(frozen=True)
class StatusWanted:
    """Somebody asks where a complaint stands, by its number as they wrote it.

    besides: what else they have written, as a code word.
    """

    number: str
    besides: str = field(default="", repr=False)


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    address: str = Field(alias="from")
    text: str = Field(max_length=LONGEST_TEXT)
    received_at: AwareDatetime


def read_webhook(
    channel: Channel, key: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Incoming:
    """The message that a gateway brings. Unauthenticated: not genuine, or too old. Invalid: not as
    agreed, by field and without what it said."""
    provider_id = verified(key, headers, body, now)
    try:
        told = _Told.model_validate_json(body)
        address = checked_address(channel, told.address)
    except ValidationError as error:
        fields = tuple(
            (".".join(map(str, each["loc"])), each["type"], each["msg"]) for each in error.errors()
        )
        raise Invalid("the webhook's body is not as agreed", fields=fields) from None
    except ValueError as error:
        problem = ("from", "address", str(error))
        raise Invalid(f"the webhook's sender: {error}", fields=(problem,)) from None
    return Incoming(channel, address, told.text, told.received_at, provider_id)


def command_of(text: str) -> StatusWanted | None:
    """The command that is in a text; None: it is something that a person has to read."""
    found = _STATUS.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    around = (found[part].strip(" \t\r\n,.:;-") for part in ("before", "behind"))
    return StatusWanted(found["number"].upper(), " ".join(filter(None, around)))


def score_of(text: str) -> int:
    """What somebody answers to a survey, 1 to 5, if they have written nothing else; 0: no score."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _SCORES.get(plain.strip(" \t\r\n.!,"), 0)
