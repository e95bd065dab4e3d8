"""Where a complaint stands, and how that is told in plain words.

The stage derives from custody and the complaint's own state: nothing is copied, so nothing can
disagree. `queues.stage_in_sql` says the same in SQL, for the queue.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime

from services.complaint.domain import Complaint
from services.complaint.workflow import LAW, OFFICES, PROCESS
from services.handover.custody import Custody, OfferState, Party
from services.process.acts import Standing
from services.process.calendar import JAKARTA, local_day
from services.process.workflow import Workflow

SERVICE = "complaint"
# Who holds on behalf of a ministry.
MINISTRIES = "exchange"
DEFAULT_LANGUAGE = "id"
# Grounds that tell of the matter. The others tell of whoever complained, who may be somebody else
# than those whose complaints were merged with theirs.
OF_THE_MATTER = ("demand_met", "invalid", "information_given")
# The sentences that say until when, or that there is no such date.
UNTIL, NO_LIMIT = "until", "no_limit"
BEGINNING = re.compile(r"(?:^|(?<=\. ))[a-z]")


class Stage(StrEnum):
    """The proto's stages, by name."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    OFFERED = "offered"
    HANDED_OVER = "handed_over"
    RETURNED = "returned"
    CLOSED = "closed"
    WATCHED = "watched"
    VALIDATION = "validation"
    CONSULTATION = "consultation"
    CLAIM = "claim"
    CLARIFICATION_1 = "clarification_1"
    CLARIFICATION_2 = "clarification_2"
    MERGED = "merged"


def stage_of(complaint: Complaint, custody: Custody) -> Stage:
    """Where a complaint stands."""
    if complaint.closed_at is not None:
        return Stage.MERGED if complaint.merged_into else Stage.CLOSED
    if custody.holder.service == MINISTRIES:
        return Stage.WATCHED
    if custody.holder.service != SERVICE:
        return Stage.HANDED_OVER
    if custody.open_offer is not None:
        return Stage.OFFERED
    return stage_here(complaint)


def stage_here(complaint: Complaint) -> Stage:
    """Where a complaint stands that complaint holds and offers to nobody."""
    if complaint.work:
        return Stage(complaint.work)
    if complaint.result:
        return Stage.RETURNED
    return Stage.TRIAGED if complaint.category else Stage.RECEIVED


def standing(complaint: Complaint, state: str, now: datetime, holder: Party) -> Standing:
    """Where the complaint stands, for the table of workflow.toml; its clocks run by the calendar of
    the unit that holds it."""
    opened_on, today = local_day(complaint.filed_at), local_day(now)
    unit = OFFICES.calendar_of(holder.unit)
    return Standing(PROCESS, complaint.complaint_id, state, opened_on, today, unit)


def law_of(complaint: Complaint, at: datetime) -> Workflow:
    """The law that holds for the complaint at an instant."""
    return LAW.of(local_day(complaint.filed_at), local_day(at)).workflow


def window_of(complaint: Complaint) -> timedelta:
    """How long after its end it can be taken up again, by the law of its end."""
    if complaint.closed_at is None:
        return timedelta(0)
    law = law_of(complaint, complaint.closed_at)
    return law.clocks["reopen"].due_at(complaint.closed_at) - complaint.closed_at


def due_at(complaint: Complaint, custody: Custody) -> datetime | None:
    """Until when the next thing has to happen; None where no clock is known to run: a deputy's
    case has none, and a complaint that was filed before clocks has none yet."""
    if complaint.closed_at is not None:
        return complaint.closed_at + window_of(complaint)
    offer = custody.open_offer
    if offer is not None:
        return offer.answer_by or offer.due_at
    if custody.holder.service == MINISTRIES:
        return complaint.result_due_at
    return complaint.clock_due_at if custody.holder.service == SERVICE else None


def summary(
    complaint: Complaint, custody: Custody, language: str, end: Complaint | None = None
) -> str:
    """Who holds the complaint, since when, until when, what is next, in one or two sentences.

    end: the complaint with which it has ended, if it was merged into that.
    """
    words, end = Words.of(language or DEFAULT_LANGUAGE), end or complaint
    closed_at = end.closed_at
    ground = law_of(end, closed_at).grounds[end.ground] if closed_at else None
    last, until = custody.last_offer, due_at(end, custody)
    told = words.sentence(_sentence(complaint, custody) if end is complaint else _twins(end))
    if f"{{{UNTIL}}}" not in told:
        told = f"{told} {words.sentence(UNTIL if until else NO_LIMIT)}"
    filled = told.format(
        holder=words.party(custody.holder),
        receiver=words.party(last.receiver if last else None),
        giver=words.party(custody.stack[-1] if custody.stack else None),
        since=words.day(custody.held_since),
        until=words.instant(until),
        closed=words.day(closed_at),
        ground=ground.names[words.language] if ground else "",
    )
    # A party's name may begin a sentence.
    return BEGINNING.sub(lambda found: found[0].upper(), filled)


def _sentence(complaint: Complaint, custody: Custody) -> str:
    stage, last = stage_of(complaint, custody), custody.last_offer
    if stage is Stage.OFFERED and last and last.state is OfferState.ASKED:
        return "asked"
    if stage is Stage.TRIAGED and last and last.is_over:
        return "setback"
    if stage is Stage.HANDED_OVER and complaint.progress:
        return complaint.progress
    return stage


def _twins(end: Complaint) -> str:
    return "merged_closed" if end.ground in OF_THE_MATTER else "merged_over"


@dataclass(frozen=True)
class Words:
    """The texts of one language (texts.toml)."""

    language: str
    texts: dict[str, Any]

    @classmethod
    @cache
    def of(cls, language: str) -> "Words":
        """Those of a language: id or en."""
        texts = tomllib.loads(Path(__file__).with_name("texts.toml").read_text())
        return cls(language, texts[language])

    def sentence(self, name: str) -> str:
        """The sentence under a name."""
        return str(self.texts[name])

    def party(self, party: Party | None) -> str:
        """A party by its public name."""
        if party is None:
            return ""
        names = self.texts["parties"]
        return str(names.get(party.service) or names.get(party.organisation) or names["other"])

    def day(self, instant: datetime | None) -> str:
        """A date in Jakarta."""
        if instant is None:
            return ""
        return format_date(instant.astimezone(JAKARTA), self.texts["day"], locale=self.language)

    def instant(self, instant: datetime | None) -> str:
        """A date and an hour in Jakarta."""
        if instant is None:
            return ""
        local = instant.astimezone(JAKARTA)
        return format_datetime(local, self.texts["instant"], locale=self.language)
