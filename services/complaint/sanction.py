"""Sanctions that complaint recommends to placement."""

from dataclasses import dataclass

from estafet.placement.v1.briefs_pb2 import SanctionBrief

# The article of a sanction that needs no mediation.
WITHOUT_MEDIATION = "Permen P2MI/Perban 23/2025 Art 18(4)"


@dataclass(eq=False)
class RecommendedSanction:
    """A sanction that complaint recommends: a child of the complaint's matter, offered to
    placement. Where it stands is told by its custody."""

    matter_id: str
    complaint_id: str
    p3mi_id: str
    violation: str
    note_id: str
    # Why it was not pursued.
    dropped_note_id: str = ""

    def brief(self) -> SanctionBrief:
        """What placement is told of it."""
        return SanctionBrief(
            p3mi_id=self.p3mi_id,
            violation=self.violation,
            article=WITHOUT_MEDIATION,
            note_id=self.note_id,
        )
