"""A clarification with a placement agency: its invitation, its session, what was promised there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.chassis.errors import Invalid, NotAllowed, NotFound
from services.complaint.domain import Complaint, Progress, Work
from services.process.acts import Allowed, Guards, Standing
from services.process.calendar import local_day
from services.process.workflow import Clock

PROCESS = "invitation"
MOST_FILES = 20
FIRST, SECOND = 1, 2
# The stages of the two sessions, which are also the names of the clocks of their answers.
WORKS = {FIRST: Work.CLARIFICATION_1, SECOND: Work.CLARIFICATION_2}


class State(StrEnum):
    """Where an invitation stands: the states of workflow.toml."""

    INVITED = "invited"
    DATE_ASKED = "date_asked"
    OBJECTED = "objected"
    ANSWERED = "answered"
    OVER = "over"


class Outcome(StrEnum):
    """What came of a session; the proto's names."""

    NONE = ""
    SETTLED = "settled"
    SECOND = "second"
    HANDED_ON = "handed_on"


class Kept(StrEnum):
    """Whether a commitment was kept; the proto's names."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


# What protection returns when a mediation has settled what was demanded.
MEDIATED = "settled"


@dataclass(eq=False)
class Commitment:
    """One line of the ledger of what was promised; what it is, is the note."""

    commitment_id: str
    clarification_id: str
    what_note_id: str
    by_role: str
    due_on: date
    amount_rupiah: int = 0
    state: Kept = Kept.OPEN
    confirmed_at: datetime | None = None
    # What the worker said of it.
    note_id: str = ""

    def confirm(self, kept: Kept, today: date, now: datetime) -> None:
        """What the worker says; what was broken may still be kept."""
        if self.state is Kept.KEPT:
            self._refuse("was kept, as the worker has said", "COMMITMENT_KEPT")
        if kept is Kept.BROKEN and today <= self.due_on:
            self._refuse(f"is due on {self.due_on}, which is not over", "NOT_DUE")
        self.state, self.confirmed_at = kept, now

    def _refuse(self, state: str, reason: str) -> None:
        raise NotAllowed(f"commitment {self.commitment_id} {state}", reason=reason)


@dataclass(eq=False)
class Document:
    """A document that was made: kept as evidence, found by the hash of its content."""

    document_id: str
    matter_id: str
    clarification_id: str
    kind: str
    digest: str
    evidence_id: str
    signature: dict[str, object]
    made_at: datetime


@dataclass(eq=False)
class Clarification:
    """One session with an agency, from its invitation to what came of it; its texts are notes."""

    clarification_id: str
    complaint_id: str
    session: int
    invited_at: datetime
    meets_at: datetime
    answer_by: datetime
    place: str = ""
    p3mi_id: str = ""
    asked_note_id: str = ""
    # The link that opens once: a keyed hash, which one it is, until when, and when it was used.
    link_hash: bytes = b""
    link_no: int = 0
    link_ends_at: datetime | None = None
    link_used_at: datetime | None = None
    answered_at: datetime | None = None
    wished_on: date | None = None
    wish_note_id: str = ""
    objection: str = ""
    objection_note_id: str = ""
    # Of files that the agency handed in.
    file_ids: str = ""
    held_at: datetime | None = None
    outcome: Outcome = Outcome.NONE
    admitted: bool | None = None
    # The session before it.
    before_id: str = ""
    commitments: list[Commitment] = field(default_factory=list)

    @property
    def journey_id(self) -> str:
        """The complaint's."""
        return self.complaint_id

    @property
    def number(self) -> str:
        """By which the agency knows it: the complaint's own number is the complainant's key."""
        return f"KLA-{self.clarification_id[-12:].upper()}"

    @property
    def work(self) -> Work:
        """What complaint does as long as it goes on; the clock of the answer has this name."""
        return WORKS[self.session]

    def is_at(self, stage: str) -> bool:
        """Whether a complaint at a stage is in it."""
        return stage == self.work

    def state(self, stage: str) -> State:
        """Where the invitation of a complaint stands that is at a stage."""
        if self.held_at is not None or not self.is_at(stage):
            return State.OVER
        if self.answered_at is not None:
            return State.ANSWERED
        if self.objection:
            return State.OBJECTED
        return State.DATE_ASKED if self.wished_on else State.INVITED

    def standing(self, complaint: Complaint, stage: str, now: datetime) -> Standing:
        """Where it stands, for the table of workflow.toml: in the complaint's own history."""
        opened_on, today = local_day(complaint.filed_at), local_day(now)
        return Standing(PROCESS, self.complaint_id, self.state(stage), opened_on, today)

    def invite(self, meets_at: datetime, place: str, note_id: str) -> None:
        """Ask for a session, or for another date of it."""
        self.meets_at, self.place, self.asked_note_id = meets_at, place, note_id
        self.wished_on, self.wish_note_id = None, ""
        self.objection = self.objection_note_id = ""

    def renew_link(self, link_hash: bytes, ends_at: datetime) -> None:
        """Another link; the one before has ended."""
        self.link_hash, self.link_ends_at, self.link_used_at = link_hash, ends_at, None
        self.link_no += 1

    def use_link(self, state: State, now: datetime, rule: Clock) -> None:
        """Go in by the link, once and until its end."""
        again = "ask the officer who invited you for another one"
        if state is State.OVER:
            self._refuse(
                "is over: its session was held, or the complaint has gone on", "INVITATION_OVER"
            )
        if self.link_used_at is not None:
            told = f"{self.link_used_at:%Y-%m-%d %H:%M} UTC"
            self._refuse(
                f"was opened by this link on {told}, and a link opens once: {again}"
                f" ({rule.regulation})",
                "LINK_USED",
            )
        ends_at = self.link_ends_at or self.invited_at
        if now > ends_at:
            self._refuse(
                f"could be opened by this link until {ends_at:%Y-%m-%d %H:%M} UTC: {again}"
                f" ({rule.regulation})",
                "LINK_ENDED",
            )
        self.link_used_at = now

    def must_be_opened_by(self, subject: str) -> None:
        """That whoever acts came in by the link that counts."""
        if subject != self.subject:
            self._refuse("has another link by now: ask the officer for it", "LINK_RENEWED")

    @property
    def subject(self) -> str:
        """Who comes in by the link that counts."""
        return f"p3mi:{self.clarification_id}:{self.link_no}"

    @property
    def files(self) -> Sequence[str]:
        """The files that the agency handed in, by their evidence_id."""
        return self.file_ids.split()

    def must_take_files(self) -> None:
        """NotAllowed where there are enough."""
        if len(self.files) >= MOST_FILES:
            self._refuse(f"has {MOST_FILES} files, which is enough", "TOO_MANY_FILES")

    def hold(self, held_at: datetime, outcome: Outcome, *, admitted: bool | None) -> None:
        """Take down what came of the session."""
        self.held_at, self.outcome, self.admitted = held_at, outcome, admitted

    def promise(self, commitments: Sequence[Commitment], allowed: Allowed) -> None:
        """Take down what was promised, by the law of the session; NotAllowed, Invalid."""
        if self.held_at is None:
            raise ValueError(f"clarification {self.clarification_id} was not held")
        clock = allowed.law.clocks[self.commitment_clock]
        last = local_day(clock.due_at(self.held_at, calendar=allowed.calendar))
        for each in commitments:
            if each.due_on < local_day(self.held_at):
                rule = "lies before the session"
                raise Invalid(
                    f"commitments: {each.due_on} {rule}",
                    reason="DUE_BEFORE_SESSION",
                    fields=(("commitments", "due_on", rule),),
                )
            if each.due_on > last:
                self._refuse(
                    f"takes commitments until {last} at most, {clock.value} {clock.span}"
                    f" from the session, not until {each.due_on} ({clock.regulation})",
                    "COMMITMENT_TOO_LATE",
                )
        self.commitments.extend(commitments)

    @property
    def commitment_clock(self) -> str:
        """The clock of what was promised."""
        return f"commitment_{self.session}"

    def commitment(self, commitment_id: str) -> Commitment:
        """One of the ledger; NotFound."""
        for each in self.commitments:
            if each.commitment_id == commitment_id:
                return each
        raise NotFound(f"commitment {commitment_id} of {self.complaint_id} does not exist")

    def count(self, kept: Kept) -> int:
        """How many commitments are so."""
        return sum(each.state is kept for each in self.commitments)

    @property
    def is_settled(self) -> bool:
        """Whether nothing of what was promised is left to do."""
        return self.count(Kept.KEPT) == len(self.commitments)

    @property
    def needs_second(self) -> bool:
        """Whether the first session was held and has settled nothing."""
        return self.outcome is Outcome.SECOND or self.count(Kept.BROKEN) > 0

    def _refuse(self, state: str, reason: str) -> None:
        raise NotAllowed(f"clarification {self.number} {state}", reason=reason)


def guards_of(found: Clarification | None, outcome: str = "") -> Guards:
    """What the officer's actions need of the clarification that a complaint is in."""
    open_one = found is not None and found.held_at is None
    second = found is not None and found.session == SECOND
    return {
        "first_is_open_or_over": lambda: (
            found is None or second or found.held_at is None or found.needs_second
        ),
        "is_no_third": lambda: not second or open_one,
        "is_invited": lambda: open_one,
        "asks_for_no_third": lambda: not (second and outcome == Outcome.SECOND),
    }


def evidence_of(found: Clarification | None, p3mi_id: str = "") -> Guards:
    """What a clarification has on file. `p3mi_id`: the agency, where it is told just now."""
    return {
        "commitment": lambda: found is not None and bool(found.commitments),
        "broken_commitment": lambda: found is not None and found.count(Kept.BROKEN) > 0,
        "admission": lambda: found is not None and found.admitted is True,
        "agency": lambda: found is not None and bool(found.p3mi_id or p3mi_id),
    }


def is_kept(found: Clarification | None, complaint: Complaint) -> bool:
    """Whether nothing of what an agency has promised is left to do; a mediation of the same demand
    that has settled it since takes the promises' place."""
    if found is None or found.is_settled:
        return True
    mediated = complaint.progress is Progress.MEDIATION_HELD and complaint.work is Work.NONE
    return mediated and complaint.result == MEDIATED
