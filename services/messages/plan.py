"""The safe contact plan: on which channel, when and in which words somebody may be told something.

Pure. Nothing about a matter ever goes by a way that is not private, or outside its safe hours; no
severity overrides that. The plan is personal data: it lies in one row, and no log names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from services.messages import hours, innocuous
from services.messages.addresses import checked_address
from services.messages.hours import Span
from services.messages.notice import ASK, Audience, Channel, Language, Notice

# A proposal, belum diverifikasi: how often it is asked whether a way is still safe, and how long
# an answer is waited for.
ASKS = 3
ASK_PAUSE = timedelta(days=3)
DANGER = 4
# Why a plan is in doubt whose code word was missing in what the person, it seems, has written.
NO_CODE_WORD = "no_code_word"


class Saying(StrEnum):
    """What may be said: what it is about; an agreed text without content; not a word."""

    FULL = "full"
    BARE = "bare"
    NOTHING = "nothing"


class Reason(StrEnum):
    """Why a message can go nowhere."""

    NO_PLAN = "no_plan"
    NO_SAFE_WAY = "no_safe_way"
    NO_ANSWER = "no_answer"
    OTHER_AUDIENCE = "other_audience"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write it as Asia/Jakarta") from None
    return name


def _agreed(code: str) -> str:
    known = innocuous.innocuous().agreed
    if code and code not in known:
        raise ValueError(f"there is no innocuous text {code!r}: one of {', '.join(known)}")
    return code


class Way(BaseModel):
    """A channel of a plan with its address.

    safe: as the person says. read_by_employer: "my employer reads this phone or mailbox".
    bare_agreed: an innocuous text may come here although it is not private. refused: the channel
    has said that there is nobody at this address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel
    address: str
    safe: bool
    hours: tuple[Span, ...]
    read_by_employer: bool = False
    bare_agreed: bool = False
    refused: bool = False

    @model_validator(mode="before")
    @classmethod
    def _always_in_one_word(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("hours") == "always":
            return {**given, "hours": hours.ALWAYS}
        return given

    @field_validator("address")
    @classmethod
    def _address_is_of_the_channel(cls, address: str, info: ValidationInfo) -> str:
        # A channel that is none is told by itself.
        return checked_address(info.data["channel"], address) if "channel" in info.data else address

    @property
    def is_private(self) -> bool:
        """Nobody but the person reads what comes here."""
        return self.safe and not self.read_by_employer

    def is_at(self, channel: str, address: str) -> bool:
        return (self.channel, self.address) == (channel, address)


@dataclass(frozen=True)
class Send:
    """Now, by this way; what is not delivered by `until` must not be delivered later."""

    way: Way
    saying: Saying
    until: datetime


@dataclass(frozen=True)
class Wait:
    """Not before."""

    until: datetime


@dataclass(frozen=True)
class AskAgain:
    """First ask, by this private way, whether the person can still be reached there."""

    way: Way


@dataclass(frozen=True)
class Nowhere:
    """No way may carry this: somebody has to find another one."""

    reason: Reason


Outcome = Send | Wait | AskAgain | Nowhere


class Plan(BaseModel):
    """Somebody's ways in order of preference, and what holds for all of them.

    bare: the code of the innocuous text that the person has agreed to; empty: none.
    without_content: nothing but that, whatever the way. doubt: why it is not sure that the ways
    are still good.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ways: tuple[Way, ...] = Field(max_length=8)
    zone: Annotated[str, AfterValidator(_zone)]
    language: Language = Language.ID
    audience: Audience = Audience.PERSON
    code_word: Annotated[str, AfterValidator(innocuous.code_word)] = ""
    bare: Annotated[str, AfterValidator(_agreed)] = ""
    without_content: bool = False
    doubt: str = ""
    asks: int = Field(default=0, ge=0)
    asked_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ways_differ(self) -> "Plan":
        if len({(way.channel, way.address) for way in self.ways}) < len(self.ways):
            raise ValueError("the plan names one address twice: say once whether it is safe")
        return self

    def may_say(self, way: Way) -> Saying:
        """What may be said by a way within its hours."""
        if way.refused or not way.hours:
            return Saying.NOTHING
        if way.is_private and not self.without_content:
            return Saying.FULL
        # A notification of the browser names the site that it comes from.
        if self.bare and way.channel is not Channel.WEB_PUSH and self._is_agreed(way):
            return Saying.BARE
        return Saying.NOTHING

    @staticmethod
    def _is_agreed(way: Way) -> bool:
        return way.is_private or way.bare_agreed

    def route(self, notice: Notice, now: datetime) -> Outcome:
        """What to do with a message now: exactly one thing."""
        if self.audience is Audience.OFFICER:
            ways = [way for way in self.ways if self.may_say(way) is Saying.FULL]
            at_once = notice.severity >= DANGER
            return self._soonest(ways, Saying.FULL, now, at_once=at_once)
        if notice.code == ASK:
            return self._soonest(self._to_ask(), Saying.BARE, now)
        if self.doubt:
            return self._ask_again(now)
        for saying in (Saying.FULL, Saying.BARE):
            ways = [way for way in self.ways if self.may_say(way) is saying]
            if ways:
                return self._soonest(ways, saying, now)
        return Nowhere(Reason.NO_SAFE_WAY)

    def _to_ask(self) -> list[Way]:
        return [
            way
            for way in self.ways
            if way.is_private
            and not way.refused
            and not (self.without_content and way.channel is Channel.WEB_PUSH)
        ]

    def _ask_again(self, now: datetime) -> Outcome:
        if self.asked_at is not None and now < self.asked_at + ASK_PAUSE:
            return Wait(self.asked_at + ASK_PAUSE)
        if self.asks >= ASKS:
            return Nowhere(Reason.NO_ANSWER)
        found = self._soonest(self._to_ask(), Saying.BARE, now)
        return AskAgain(found.way) if isinstance(found, Send) else found

    def _soonest(
        self, ways: Sequence[Way], saying: Saying, now: datetime, *, at_once: bool = False
    ) -> Send | Wait | Nowhere:
        """The most preferred way that is open now, or until the first of them opens."""
        zone = ZoneInfo(self.zone)
        for way in ways:
            if at_once:
                return Send(way, saying, now + hours.LONGEST_OPEN)
            if hours.is_open(way.hours, zone, now):
                return Send(way, saying, hours.closes_at(way.hours, zone, now))
        found = [at for way in ways if (at := hours.opens_at(way.hours, zone, now)) is not None]
        return Wait(min(found)) if found else Nowhere(Reason.NO_SAFE_WAY)

    def asked(self, at: datetime) -> "Plan":
        """The plan after one more question."""
        return self.model_copy(update={"asks": self.asks + 1, "asked_at": at})

    def doubted(self, why: str) -> "Plan":
        """The plan when it is not sure any more that its ways are good: asked anew."""
        return self.model_copy(update={"doubt": why, "asks": 0, "asked_at": None})

    def confirmed(self) -> "Plan":
        """The plan when the person has said that it is still good."""
        return self.model_copy(update={"doubt": "", "asks": 0, "asked_at": None})

    def shows_who(self, text: str) -> bool:
        """Whether a message from an address of it is the person's, as far as it shows: it has the
        code word, where one was agreed."""
        return not self.code_word or innocuous.has_code_word(text, self.code_word)

    def heard(self, channel: str, address: str, text: str) -> "Plan":
        """The plan after a message from an address of it.

        Without the code word it is not sure that it was they; a doubt that there is goes on as it
        was. Whoever writes from where they are asked settles a doubt by the code word, or where
        none was agreed by any reply to our question.
        """
        if not self.shows_who(text):
            return self if self.doubt else self.doubted(NO_CODE_WORD)
        is_asked = any(way.is_at(channel, address) for way in self._to_ask())
        if self.doubt and is_asked and (self.code_word or self.asks):
            return self.confirmed()
        return self

    def refused(self, channel: str, address: str) -> "Plan":
        """The plan when a channel says that there is nobody at an address. What else is known of
        the person may be as old: it is in doubt. An officer's is not, who can be asked."""
        ways = tuple(
            way.model_copy(update={"refused": True}) if way.is_at(channel, address) else way
            for way in self.ways
        )
        plan = self.model_copy(update={"ways": ways})
        return plan if self.audience is Audience.OFFICER else plan.doubted("way_refused")

    def without(self, channel: str, address: str) -> "Plan":
        """The plan without an address that has ended, as subscriptions of a browser do."""
        ways = tuple(way for way in self.ways if not way.is_at(channel, address))
        return self.model_copy(update={"ways": ways})
