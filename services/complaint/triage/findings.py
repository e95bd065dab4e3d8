"""A signal with what the text says of it."""

from dataclasses import dataclass
from enum import StrEnum

from services.complaint.triage.signals import Hit


class Standing(StrEnum):
    """What the text says of a signal."""

    ASSERTED = "asserted"
    DENIED = "denied"
    ASKED = "asked"
    HEARSAY = "hearsay"
    OVER = "over"
    OTHER = "of another"


@dataclass(frozen=True)
class Finding:
    """A signal with its standing."""

    hit: Hit
    standing: Standing

    @property
    def is_fact(self) -> bool:
        """Whether it is said to be so, and now."""
        return self.standing is Standing.ASSERTED
