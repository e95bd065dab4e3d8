"""What is on file of a complaint, by the names of workflow.toml.

Whichever action or ground the law asks it for, and looked up only where it does.
"""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.orm import Session

from services.chassis.unit_of_work import Database
from services.complaint import asked, clarification_store
from services.complaint.clarification import Clarification, evidence_of, is_kept
from services.complaint.consent import Consent, agreed
from services.complaint.domain import Complaint, Work
from services.complaint.papers import MINUTES
from services.process.acts import Guards

# What is asked of a clarification; without one there is none of it.
OF_A_CLARIFICATION = ("commitment", "broken_commitment", "admission", "agency")
Last = Callable[[], Clarification | None]


class OnFile:
    """Each action that knows more closely what it needs says so itself."""

    uow = Database()
    consents: Callable[[Session, str], Sequence[Consent]] = staticmethod(asked.consents)
    documents_of = staticmethod(clarification_store.documents_of)

    def _on_file(self, complaint: Complaint, last: Last | None = None) -> Guards:
        """By its name, how each evidence is looked up. `last`: its clarification, where known."""
        last = last or partial(self._last, complaint)
        return {
            "requested_documents": lambda: not complaint.documents,
            "document_request": lambda: complaint.work is Work.VALIDATION,
            "contact_plan": lambda: complaint.has_plan,
            # Whatever complaint has told whoever complained counts as its answer.
            **dict.fromkeys(
                ("request", "attempt", "news", "reasons"), lambda: complaint.answered_at is not None
            ),
            # Written down with the end that rests on it, so any other action has none.
            "withdrawal": lambda: False,
            "consent": lambda: bool(self._agreed(complaint)),
            "minutes": lambda: self._has_minutes(last()),
            "kept_commitments": lambda: is_kept(last(), complaint),
            **{name: partial(_shows, last, name) for name in OF_A_CLARIFICATION},
        }

    def _agreed(self, complaint: Complaint) -> list[str]:
        return agreed(self.consents(self.uow.session, complaint.complaint_id))

    def _last(self, complaint: Complaint) -> Clarification | None:
        """The clarification that a complaint is or was in last, locked."""
        if not complaint.clarification_id:
            return None
        return self.uow.get(Clarification, complaint.clarification_id)

    def _has_minutes(self, found: Clarification | None) -> bool:
        """Whether the minutes of a session are kept, if it was held."""
        if found is None or found.held_at is None:
            return True
        made = self.documents_of(self.uow.session, found.clarification_id)
        return any(each.kind == MINUTES for each in made)


def _shows(last: Last, name: str) -> bool:
    return evidence_of(last())[name]()
