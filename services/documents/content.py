"""What a document says: a statement (surat pernyataan) or minutes (berita acara) of a session.

The Indonesian text is the legal one. Its canonical form (RFC 8785) is what the hash is of.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

import rfc8785
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from services.chassis.errors import Invalid
from services.documents.texts import Line, OptionalLine, OptionalText, ShortText, Text

LARGEST_BYTES = 512 * 1024
CLARIFICATION_LAW = "Pasal 18 Permen P2MI/Perban 23/2025"
UNVERIFIED = "belum diverifikasi"
# The hours that Indonesia's zones are ahead of UTC; none of them has summer time.
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}
# One of these, or a place of the IANA's list where a mission is.
ZONE = r"^(WIB|WITA|WIT|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_]+){1,2})$"
MOST_RUPIAH = 10**13


class Role(StrEnum):
    """As whom somebody takes part."""

    OFFICER = "officer"
    P3MI = "p3mi"
    COMPLAINANT = "complainant"
    ATTORNEY = "attorney"


class Stage(StrEnum):
    """What kind of session a document is of."""

    CLARIFICATION = "clarification"
    MEDIATION = "mediation"


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Party(_Said):
    """Somebody who takes part, or should have. `refused_because`: why they do not sign."""

    role: Role
    name: Line
    office: OptionalLine = ""
    absent: bool = False
    refused_because: OptionalText = ""

    @model_validator(mode="after")
    def _absent_or_refusing(self) -> Self:
        if self.absent and self.refused_because:
            raise ValueError("somebody who was absent cannot have refused to sign")
        return self


class Commitment(_Said):
    """What somebody promises; `amount_rupiah` where it is money, `by` where it is not clear who."""

    what: ShortText
    due_on: date
    amount_rupiah: Annotated[int, Field(strict=True, gt=0, le=MOST_RUPIAH)] | None = None
    by: OptionalLine = ""


class Saying(_Said):
    """What one of the parties said."""

    by: Line
    said: Text


class _Document(_Said):
    form: Literal[1] = 1
    letterhead: Annotated[tuple[Line, ...], Field(min_length=1, max_length=5)]
    number: OptionalLine = ""
    matter_number: Line
    stage: Stage = Stage.CLARIFICATION
    session: Annotated[int, Field(strict=True, ge=1, le=9)]
    legal_basis: Line
    place: Line
    held_at: AwareDatetime
    zone: Annotated[str, Field(pattern=ZONE, max_length=60)] = "WIB"
    commitments: Annotated[tuple[Commitment, ...], Field(max_length=50)] = ()

    @model_validator(mode="before")
    @classmethod
    def _cited(cls, values: object) -> object:
        """A clarification cites its article; what no article is known for says so."""
        if not isinstance(values, Mapping) or values.get("legal_basis"):
            return values
        clarifies = values.get("stage", Stage.CLARIFICATION) == Stage.CLARIFICATION
        return {**values, "legal_basis": CLARIFICATION_LAW if clarifies else UNVERIFIED}

    @field_validator("held_at", mode="after")
    @classmethod
    def _to_the_minute(cls, held_at: datetime) -> datetime:
        return held_at.replace(second=0, microsecond=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.stage is Stage.CLARIFICATION and self.session > 2:
            raise ValueError(f"there is no clarification {self.session}: it is 1 or 2")
        hours = ZONES.get(self.zone)
        if hours is not None and self.held_at.utcoffset() != timedelta(hours=hours):
            raise ValueError(f"held_at is not in {self.zone}: give it with +{hours:02}:00")
        for each in self.commitments:
            if each.due_on < self.held_at.date():
                raise ValueError(f"a commitment is due on {each.due_on}, before the session")
        return self


def _check_names(parties: Sequence[Party], **named: Iterable[str]) -> None:
    """That whoever is named in a list is one of the parties, and which; no name is repeated."""
    names = [party.name for party in parties]
    if len(set(names)) < len(names):
        raise ValueError("two parties have one name: add what tells them apart")
    for field, those in named.items():
        for place, name in enumerate(those):
            if name and name not in names:
                raise ValueError(f"{field}.{place}.by is not the name of a party")


class Statement(_Document):
    """What one party declares: explanation, follow-up, obstacle and commitments."""

    kind: Literal["statement"] = "statement"
    declarant: Party
    received_by: Party | None = None
    explanation: Text
    follow_up: OptionalText = ""
    obstacle: OptionalText = ""

    @property
    def signatories(self) -> tuple[Party, ...]:
        """Who signs, the declarant last."""
        return (*((self.received_by,) if self.received_by else ()), self.declarant)

    @model_validator(mode="after")
    def _one_declares(self) -> Self:
        if self.declarant.role is Role.OFFICER:
            raise ValueError("declarant is an officer: a statement is that of another party")
        if self.received_by and self.received_by.role is not Role.OFFICER:
            raise ValueError("received_by is not an officer")
        for party in self.signatories:
            if party.absent or party.refused_because:
                raise ValueError("who is absent or refuses gives no statement: write minutes")
        _check_names(self.signatories, commitments=(each.by for each in self.commitments))
        return self


class Minutes(_Document):
    """What happened in a session: who was there, what was asked and said, what was agreed.

    `violation_admitted` is None where nothing was said of it.
    """

    kind: Literal["minutes"] = "minutes"
    parties: Annotated[tuple[Party, ...], Field(min_length=1, max_length=20)]
    asked: Text
    said: Annotated[tuple[Saying, ...], Field(max_length=50)] = ()
    violation_admitted: bool | None = None

    @property
    def signatories(self) -> tuple[Party, ...]:
        """Who was there."""
        return tuple(party for party in self.parties if not party.absent)

    @model_validator(mode="after")
    def _who_was_there(self) -> Self:
        if not any(party.role is Role.OFFICER for party in self.signatories):
            raise ValueError("no officer was present: minutes are written by one")
        _check_names(self.parties, commitments=(each.by for each in self.commitments))
        _check_names(self.signatories, said=(each.by for each in self.said))
        return self


Document = Statement | Minutes
_DOCUMENTS: TypeAdapter[Document] = TypeAdapter(Annotated[Document, Field(discriminator="kind")])


def document_of(values: Mapping[str, object] | bytes) -> Document:
    """The document that these values, or this JSON, say; Invalid names each field and its fault."""
    if isinstance(values, bytes) and len(values) > LARGEST_BYTES:
        raise Invalid(f"the document has {len(values)} bytes; at most {LARGEST_BYTES} are taken")
    try:
        if isinstance(values, bytes):
            found = _DOCUMENTS.validate_json(values)
        else:
            found = _DOCUMENTS.validate_python(values)
    except ValidationError as error:
        raise _invalid(error) from None
    if (size := len(canonical(found))) > LARGEST_BYTES:
        raise Invalid(f"the document has {size} bytes; at most {LARGEST_BYTES} are taken")
    return found


def canonical(document: Document) -> bytes:
    """The one way to write a document down."""
    return rfc8785.dumps(document.model_dump(mode="json"))


def digest_of(document: Document) -> str:
    """The document's hash: SHA-256 of its canonical form, in hex."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _invalid(error: ValidationError) -> Invalid:
    """Places and rules; what was sent is not repeated, it may be about people."""
    faults = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(part) for part in each["loc"] if part not in ("statement", "minutes"))
        rule = each["msg"].removeprefix("Value error, ")
        faults.append((place or "document", each["type"], rule))
    told = "; ".join(f"{place}: {what}" for place, _, what in faults)
    return Invalid(f"the document cannot be made: {told}", fields=tuple(faults))
