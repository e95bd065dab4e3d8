"""A document in the words of one language: all that stands on its pages, in order."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from services.documents.content import (
    UNVERIFIED,
    ZONES,
    Commitment,
    Document,
    Minutes,
    Party,
    Statement,
    digest_of,
)
from services.documents.proof import CONTENT
from services.documents.signing import Signature

LEGAL, READING_COPY = "id", "en"
LANGUAGES = (LEGAL, READING_COPY)


def pages_of(document: Document, signature: Signature | None, language: str) -> dict[str, Any]:
    """What `layout.typ` lays out; a section is a heading with texts, or with a table."""
    return _Wording(document, signature, language).pages()


class _Wording:
    def __init__(self, document: Document, signature: Signature | None, language: str) -> None:
        self.document, self.signature, self.language = document, signature, language
        self.words = _words()[language]
        self.own: Mapping[str, str] = self.words[document.kind]
        stage = self.words["stages"][document.stage]
        self.filled = {
            "stage": stage,
            "STAGE": stage.upper(),
            "ordinal": self.words["ordinals"][str(document.session)],
            "matter": document.matter_number,
            "law": self._law(document.legal_basis),
            "place": document.place,
            "moment": self._moment(document.held_at),
        }

    def pages(self) -> dict[str, Any]:
        document, own = self.document, self.own
        number = self.words["number"].format(number=document.number) if document.number else ""
        session = self._own("session")
        return {
            "language": self.language,
            "letterhead": list(document.letterhead),
            "reading_copy": self.words["reading_copy"],
            "title": self._own("title"),
            "number": number,
            "session": session[0].upper() + session[1:],
            "opening": own.get("opening", ""),
            "identity": self._identity(),
            "occasion": self._own("occasion"),
            "attendance": self._attendance(),
            "sections": list(self._sections()),
            "closing": own["closing"],
            "dated": f"{document.place}, {self._date(document.held_at.date())}",
            "signatories": [self._signatory(each) for each in document.signatories],
            "signed": self._signed(),
            "hash_label": self.words["hash"],
            "digest": digest_of(document),
            "page": self.words["page"],
            "latin": self.words["latin"],
        }

    def _own(self, name: str) -> str:
        return self.own[name].format(**self.filled)

    def _law(self, legal_basis: str) -> str:
        law = self.words["law"]
        if legal_basis == UNVERIFIED:
            return str(law["unknown"])
        return str(law["known"]).format(law=legal_basis)

    def _identity(self) -> list[list[str]]:
        """Who declares."""
        if isinstance(self.document, Minutes):
            return []
        party = self.document.declarant
        rows = [("name", party.name), ("role", self._role(party)), ("office", party.office)]
        return [[self.words[name], value] for name, value in rows if value]

    def _attendance(self) -> list[dict[str, Any]]:
        """Who was there, and who was not."""
        if isinstance(self.document, Statement):
            return []
        head = [self.words[name] for name in ("no", "name", "role", "office")]
        there = [party for party in self.document.parties if not party.absent]
        away = [party for party in self.document.parties if party.absent]
        tables = [("", there), (self.own["absent"], away)]
        return [
            {"heading": heading, "head": head, "rows": [*map(self._person, range(1, 99), those)]}
            for heading, those in tables
            if those
        ]

    def _person(self, place: int, party: Party) -> list[str]:
        return [f"{place}.", party.name, self._role(party), party.office]

    def _role(self, party: Party) -> str:
        return str(self.words["roles"][party.role])

    def _sections(self) -> Iterator[dict[str, Any]]:
        document, own = self.document, self.own
        if isinstance(document, Statement):
            for name in ("explanation", "follow_up", "obstacle"):
                yield self._section(own[name], [("", getattr(document, name))])
            yield self._commitments()
            return
        yield self._section(own["asked"], [("", document.asked)])
        yield self._section(own["said"], [(f"{each.by}:", each.said) for each in document.said])
        admitted = {True: "yes", False: "no", None: "unsaid"}[document.violation_admitted]
        yield self._section(own["admitted"], [("", own[f"admitted_{admitted}"])])
        yield self._commitments()
        refusing = [
            (own["refuses"].format(name=party.name), party.refused_because)
            for party in document.signatories
            if party.refused_because
        ]
        if refusing:
            yield self._section(own["refused"], refusing)

    def _section(self, heading: str, texts: list[tuple[str, str]]) -> dict[str, Any]:
        """Each text with whose it is, as paragraphs."""
        told = [
            {"lead": lead.strip() if first else "", "text": paragraph}
            for lead, text in texts
            for first, paragraph in _paragraphs(text)
        ]
        return {"heading": heading, "texts": told or [{"lead": "", "text": self.words["none"]}]}

    def _commitments(self) -> dict[str, Any]:
        heading = self.own["commitments"]
        if not self.document.commitments:
            return self._section(heading, [])
        head = [self.words[name] for name in ("no", "commitment", "amount", "due")]
        rows = [*map(self._commitment, range(1, 99), self.document.commitments)]
        return {"heading": heading, "table": {"head": head, "rows": rows}}

    def _commitment(self, place: int, commitment: Commitment) -> list[str]:
        by = self.words["by"].format(name=commitment.by) if commitment.by else ""
        amount = self._rupiah(commitment.amount_rupiah) if commitment.amount_rupiah else ""
        return [f"{place}.", by + commitment.what, amount, self._date(commitment.due_on)]

    def _signatory(self, party: Party) -> dict[str, str]:
        """A block to sign in ink, or what stands in its place."""
        if isinstance(self.document, Minutes):
            above, instead = self._role(party), ""
            if party.refused_because:
                instead = self.own["sign_refused"]
        else:
            declares = party == self.document.declarant
            above, instead = self.own["declares" if declares else "received"], ""
        return {"above": above, "name": party.name, "office": party.office, "instead": instead}

    def _signed(self) -> dict[str, str]:
        words, signature = self.words["signed"], self.signature
        if signature is None:
            return {"what": words["unsigned"], "who": ""}
        local = signature.at.astimezone(self.document.held_at.tzinfo)
        at = f"{self._date(local.date())} {self._hour(local)} {self._zone(local)}"
        told = signature.model_dump(include={"signer", "algorithm", "key_id"})
        return {
            "what": words["certified" if signature.certified else "local"],
            "who": words["who"].format(**told, at=at, attachment=CONTENT),
        }

    def _moment(self, at: datetime) -> str:
        from babel.dates import format_date

        return str(self.words["moment"]).format(
            weekday=format_date(at, "EEEE", locale=self.language),
            day=self._spelled(at.day),
            month=format_date(at, "MMMM", locale=self.language),
            year=self._spelled(at.year),
            numbers=f"{at:%d-%m-%Y}" if self.language == LEGAL else self._date(at.date()),
            hour=self._hour(at),
            zone=self._zone(at),
        )

    def _hour(self, at: datetime) -> str:
        from babel.dates import format_time

        return str(format_time(at, self.words["hour"], tzinfo=at.tzinfo, locale=self.language))

    def _zone(self, at: datetime) -> str:
        zone = self.document.zone
        if zone in ZONES:
            return zone
        offset = f"{at:%z}"
        return str(self.words["local_hour"]).format(zone=zone, offset=f"{offset[:3]}.{offset[3:5]}")

    def _date(self, on: date) -> str:
        from babel.dates import format_date

        return str(format_date(on, self.words["date"], locale=self.language))

    def _rupiah(self, amount: int) -> str:
        from babel.numbers import format_decimal

        digits = format_decimal(amount, locale=self.language)
        return str(self.words["rupiah"]).format(digits=digits, words=self._spelled(amount))

    def _spelled(self, number: int) -> str:
        from unicode_rbnf import RbnfEngine

        return RbnfEngine.for_language(self.language).format_number(number).text


def _paragraphs(text: str) -> Iterator[tuple[bool, str]]:
    """Each line that says something, and whether it is the first."""
    lines = [line for line in text.split("\n") if line]
    return ((place == 0, line) for place, line in enumerate(lines))


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
