"""What people are told by messages, and when: whoever complained, by their contact plan, and the
officers who have to see to something."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from services.chassis.unit_of_work import UnitOfWork
from services.complaint.contact import staff
from services.complaint.domain import Complaint, Particulars
from services.complaint.status import DEFAULT_LANGUAGE, Words, summary
from services.complaint.twins import end_of
from services.handover.custody import Custody
from services.messages import outbox
from services.messages.notice import Language, Notice, Value
from services.messages.plan import Plan
from services.process.digests import Contents
from services.process.notices import Digest
from services.process.notices import Notice as Step
from services.process.workflow import Ground


def tell(uow: UnitOfWork, complaint: Complaint, code: str, key: str, **values: Value) -> None:
    """Have whoever complained told something, if they have said how. The complaint is locked,
    or nobody else writes under the key."""
    if not complaint.has_plan:
        return
    number = uow.read(Particulars, complaint.complaint_id).number
    told = Notice(code, complaint.complaint_id, {"number": number, **values}, complaint.severity)
    outbox.write(uow, told, complaint.complaint_id, key)


def tell_status(uow: UnitOfWork, complaint: Complaint, custody: Custody, key: str) -> None:
    """Tell whoever asks for the status, or does not know how it has changed."""
    told = summary(complaint, custody, language_of(uow, complaint), end_of(uow, complaint))
    tell(uow, complaint, "status_reply", key, status=told)


def tell_closed(
    uow: UnitOfWork, complaint: Complaint, ground: Ground, until: date, key: str
) -> None:
    """Say on which ground it has ended, until when it can be opened again; and ask how it was."""
    name = ground.names[language_of(uow, complaint)]
    tell(uow, complaint, "matter_closed", key, ground=name, until=until)
    tell(uow, complaint, "survey", f"survey/{key}")


def tell_twins(uow: UnitOfWork, complaint_ids: Sequence[str], key: str) -> None:
    """Say to those whose complaints were merged into one that this has ended, and ask how it was.
    Of somebody else's complaint they hear no more than that, and what it says of the matter."""
    for complaint_id, complaint in uow.find_all(Complaint, complaint_ids).items():
        tell_status(uow, complaint, uow.read(Custody, complaint_id), key)
        tell(uow, complaint, "survey", f"survey/{key}")


def language_of(uow: UnitOfWork, complaint: Complaint) -> str:
    """That of the plan, where it is one of those in which the status is told."""
    return _language(outbox.plan_of(uow, complaint.complaint_id) if complaint.has_plan else None)


def _language(plan: Plan | None) -> str:
    return Language.EN if plan is not None and plan.language is Language.EN else DEFAULT_LANGUAGE


def tell_digest(uow: UnitOfWork, digest: Digest, contents: Contents) -> None:
    """Send a digest to whoever has a mailbox; GetDigest shows all of it in any case."""
    recipient = staff(digest.unit, digest.officer_id)
    plan = outbox.plan_of(uow, recipient)
    if plan is None:
        return
    lines = [line_of(step, plan) for step in contents.steps]
    if more := digest.notices - len(lines):
        lines.append(_texts(plan)["more"].format(more=more))
    values: dict[str, Value] = {
        "day": contents.day,
        "due": contents.due,
        "late": contents.late,
        "matters": lines,
    }
    severity = max((step.severity for step in contents.steps), default=0)
    outbox.write(uow, Notice("digest", "", values, severity), recipient, digest.digest_id)


def digest_message(digest_id: str) -> str:
    """The message that a digest is sent as: it is about no matter."""
    return outbox.message_id_of("", digest_id)


def _texts(plan: Plan) -> Mapping[str, str]:
    """The lines of a digest in an officer's language."""
    texts: Mapping[str, str] = Words.of(_language(plan)).texts["steps"]
    return texts


def line_of(step: Step, plan: Plan) -> str:
    """One line of a digest: which complaint, what, until when. What a later release has noted is
    told, too, if this one comes back."""
    texts = _texts(plan)
    words = texts.get(step.deed, texts["other"])
    until = step.due_at.astimezone(ZoneInfo(plan.zone)).strftime("%Y-%m-%d %H.%M")
    told = {"complaint": step.matter_id, "clock": step.clock, "deed": step.deed}
    return words.format(**told, until=until)
