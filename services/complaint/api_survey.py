"""The survey: what whoever complained says of how it went, by the rpc or as a figure by SMS."""

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.rpc import rpc
from services.complaint.acting import Acting
from services.complaint.survey import Survey
from services.complaint.twins import has_ended


class Surveys(Acting):
    """What the complainant thinks of it."""

    @rpc
    def AnswerSurvey(self, request: pb.AnswerSurveyRequest) -> pb.AnswerSurveyResponse:
        self._survey(request, solved=request.solved)
        return pb.AnswerSurveyResponse()

    def _survey(self, request: pb.AnswerSurveyRequest, *, solved: bool | None) -> None:
        """One command, however it comes. `solved`: None where the score is all that was told."""
        complaint, custody = self._with_custody(request)
        asked = {"has_ended": lambda: has_ended(self.uow, complaint)}
        self._act("AnswerSurvey", complaint, custody, asked=asked)
        note_id = self.uow.write_note(request.complaint_id, request.text)
        told = Survey(request.complaint_id, request.score, solved, note_id, self.uow.now)
        self.uow.emit(told.event())
        self._keep(told)

    def _keep(self, told: Survey) -> None:
        """The last answer counts, and what it leaves out stays; the complaint is locked."""
        before = self.uow.find(Survey, told.complaint_id)
        if before is None:
            self.uow.add(told)
            return
        before.score, before.answered_at = told.score, told.answered_at
        before.solved = before.solved if told.solved is None else told.solved
        before.note_id = told.note_id or before.note_id
