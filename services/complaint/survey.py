"""How a complainant found it, once it is over."""

from dataclasses import dataclass
from datetime import datetime

from estafet.complaint.v1.events_pb2 import SurveyAnswered


@dataclass(eq=False)
class Survey:
    """What they have told last; what they wrote is the note. `solved` is None where they have told
    the score alone, as by SMS."""

    complaint_id: str
    score: int
    solved: bool | None
    note_id: str
    answered_at: datetime

    def event(self) -> SurveyAnswered:
        """What is told of it."""
        return SurveyAnswered(
            complaint_id=self.complaint_id,
            score=self.score,
            solved=self.solved is True,
            score_only=self.solved is None,
            note_id=self.note_id,
        )
