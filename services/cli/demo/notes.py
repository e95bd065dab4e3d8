"""The texts that officers of the demo write: questions, reasons, results, answers."""

from functools import cache

from services.cli.demo.actions import (
    Action,
    Answer,
    Ask,
    Clarify,
    Close,
    Decline,
    Mediate,
    RequestDocuments,
    Return,
    Survey,
)
from services.cli.demo.clarifying import AskDate, Confirm, Explain, Hold, Invite, RecommendBroken
from services.cli.demo.data_files import toml
from services.cli.demo.giving_on import (
    CloseFile,
    Drop,
    MinistryDeclines,
    MinistryReturns,
    Outcome,
    Recommend,
    RefuseFile,
)
from services.cli.demo.placing import ReturnWorker

Noted = (
    Ask
    | Clarify
    | Decline
    | Mediate
    | Return
    | Answer
    | Close
    | RequestDocuments
    | Survey
    | Invite
    | AskDate
    | Explain
    | Hold
    | Confirm
    | RecommendBroken
    | Recommend
    | RefuseFile
    | Drop
    | CloseFile
    | MinistryDeclines
    | MinistryReturns
    | Outcome
    | ReturnWorker
)


def note_of(action: Noted) -> str:
    """What the officer writes with a deed, most ends nothing; for the same deed always the same."""
    texts = _notes()[type(action).__name__][_code(action)]
    return texts[action.index % len(texts)]


def _code(action: Action) -> str:
    match action:
        case Decline(_, code):
            return code
        case Mediate(_, outcome) | Hold(_, _, outcome):
            return outcome
        case Confirm(kept=kept):
            return "kept" if kept else "broken"
        case Return(_, result) | MinistryReturns(_, _, result):
            return result
        case Close(_, "withdrawn" as ground):
            return ground
    return "any"


@cache
def _notes() -> dict[str, dict[str, list[str]]]:
    return toml("notes.toml")
