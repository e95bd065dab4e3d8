"""Sanctions that protection recommends to placement."""

from dataclasses import dataclass

from estafet.placement.v1.briefs_pb2 import SanctionBrief


@dataclass(eq=False)
class RecommendedSanction:
    """A sanction that protection recommends: a child of its case's matter, offered to placement.

    Where it stands is told by its custody. `note_id`: the reasons; `article`: what they rest on.
    """

    matter_id: str
    case_id: str
    p3mi_id: str
    violation: str
    article: str = ""
    note_id: str = ""
    # Why protection did not pursue it.
    dropped_note_id: str = ""

    def brief(self) -> SanctionBrief:
        """What placement is told of it."""
        return SanctionBrief(
            p3mi_id=self.p3mi_id,
            case_id=self.case_id,
            violation=self.violation,
            article=self.article,
            note_id=self.note_id,
        )
