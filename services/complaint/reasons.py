"""What was done, in plain words for whoever complained: when and by which rule, never by whom."""

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.complaint.status import DEFAULT_LANGUAGE, Words
from services.process.acts import Act


def reason_of(act: Act, language: str) -> pb.Reason:
    """One act; an action without words of its own has none to hide behind: KeyError."""
    words = Words.of(language or DEFAULT_LANGUAGE)
    text = str(words.texts["acts"][act.action]).format(until=words.instant(act.due_at))
    return pb.Reason(done_at=timestamp(act.acted_at), text=text, rule=act.regulation)
