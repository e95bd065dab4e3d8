"""The link of an invitation: it opens once, and buys the agency a short token.

Like the complainant's secret it is kept as a keyed hash only, and a try is counted before it is
judged (`access`). A clarification that does not exist is counted, hashed and compared like one that
does.
"""

from datetime import datetime, timedelta

from services.chassis.clock import real_now
from services.chassis.identity import keyed_hash
from services.chassis.permission import P3MI
from services.chassis.unit_of_work import UnitOfWork
from services.complaint.access import Access
from services.complaint.clarification import Clarification

# The page at the door.
PATH = "/klarifikasi"
# Time to read, to write an answer and to look for the papers.
TOKEN_LIFE = timedelta(hours=2)


def hash_of(access: Access, clarification_id: str, secret: str) -> bytes:
    """What is kept of a link."""
    return keyed_hash(access.service_key, "clarification link", clarification_id, secret)


def must_fit(access: Access, uow: UnitOfWork, clarification_id: str, secret: str) -> None:
    """That somebody has the link of a clarification. TooMany, Unauthenticated."""

    def find() -> tuple[str, bytes] | None:
        found = uow.find(Clarification, clarification_id)
        return (clarification_id, found.link_hash) if found else None

    access.judge(
        keyed_hash(access.service_key, "clarification", clarification_id),
        find,
        hash_of(access, clarification_id, secret.strip().lower()),
        "too many tries for this link; try again in 15 minutes",
        "this link is none that counts: ask the officer for another",
    )


def token_for(access: Access, clarification: Clarification) -> tuple[str, datetime]:
    """A token for whoever came in by the link, and when it ends (real time)."""
    now = real_now()
    subject = clarification.subject.removeprefix(f"{P3MI}:")
    ends_at = now + TOKEN_LIFE
    token = access.tokens.issue(clarification.clarification_id, now, ends_at, P3MI, subject)
    return token, ends_at
