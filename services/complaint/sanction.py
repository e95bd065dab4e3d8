"""Sanctions that complaint recommends to placement."""

from dataclasses import dataclass

from estafet.placement.v1.briefs_pb2 import SanctionBrief

from services.process.clocks import Clocked

# The kind of the matter, and the clock of placement's answer.
SANCTION = "sanction"
CLOCK = "sanction_offer"
# The article of a sanction that needs no mediation.
WITHOUT_MEDIATION = "Permen P2MI/Perban 23/2025 Art 18(4)"


@dataclass(eq=False)
class RecommendedSanction(Clocked):
    """A sanction that complaint recommends: a child of the complaint's matter, offered to
    placement. Where it stands is told by its custody; its clock is that of the offer."""

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
