"""The story of a matter that is referred to ministries; all fictional."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.process.calendar import local_day
from tests.journeys.homecoming import Homecoming
from tests.support.ministries import Ministry
from tests.support.waiting import until


@dataclass
class ReferralStory(Homecoming):
    """A complaint, its case and what ministries do with it."""

    referral_id: str = ""
    referral_offer_no: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.liaison = self.relay.officer("officer-exchange")
        self.protector = self.relay.officer("officer-data-protection")
        self.kemlu, self.bpjs = (Ministry.of(self.relay.stack, name) for name in ("kemlu", "bpjs"))

    def travel(self, **told: str) -> None:
        """Somebody, whom the complaint is about, departs and returns."""
        worker = self.act(self.placement_officer, "/v1/workers", **told)
        self.worker_id = worker["worker_id"]
        self.complaint_act("link", worker_id=self.worker_id)
        until(lambda: self.case()["worker_id"] == self.worker_id)
        asked = {"worker_id": self.worker_id, "country": "MYS"}
        started = self.act(self.placement_officer, "/v1/placements", **asked)
        path, today = f"/v1/placements/{started['placement_id']}", local_day(self.relay.clock.now())
        self.act(self.placement_officer, f"{path}:depart", departed_on=today.isoformat())
        self.act(self.placement_officer, f"{path}:return", returned_on=today.isoformat())

    def forget(self) -> None:
        """The worker has asked to be erased, and is."""
        path = f"/v1/workers/{self.worker_id}:erase"
        self.act(self.protector, path, ground="ERASURE_GROUND_REQUESTED")

    # What the giver does.

    def refer(self, ministry: str = "kemlu") -> ReferralStory:
        """Refer the case by consent, and wait until exchange has read the offer."""
        self.complaint_act("consent", ministry=ministry, given=True, how="spoken")
        until(lambda: ministry in self.case()["consents"])
        offered = self.case_act("refer", ministry=ministry, request="consular_help")
        self.referral_offer_no = int(offered["offer_no"])
        until(self._offer_at_exchange)
        return self

    def refer_complaint(self) -> ReferralStory:
        """The same by complaint itself, to kemlu."""
        self.complaint_act("consent", ministry="kemlu", given=True, how="spoken")
        offered = self.complaint_act("refer", ministry="kemlu", request="travel_document")
        self.referral_offer_no = int(offered["offer_no"])
        until(self._offer_at_exchange)
        return self

    def _offer_at_exchange(self) -> Any:
        query = "SELECT state FROM offer WHERE matter_id = %s AND offer_no = %s"
        return self.relay.rows("exchange", query, self.complaint_id, self.referral_offer_no)

    def referral_of_case(self) -> dict[str, Any]:
        """What the case shows of its newest referral."""
        told: dict[str, Any] = self.case()["referral"]
        return told

    def wait_for_offer(self, state: str) -> ReferralStory:
        until(lambda: self.referral_of_case()["offer_state"] == state)
        return self

    # What a ministry does by its topic.

    def write(self, ministry: Ministry, kind: str, **told: Any) -> ReferralStory:
        about = {"matter_id": self.complaint_id, "offer_no": self.referral_offer_no}
        ministry.write(kind, **about, **told)
        return self

    def hears(self, ministry: Ministry, stage: str) -> dict[str, Any]:
        """What the ministry is told of this offer at a stage, once it is."""

        def told() -> dict[str, Any] | None:
            news = ministry.news_of(self.complaint_id, stage)
            return news if news and news["offer_no"] == str(self.referral_offer_no) else None

        return until(told)

    # What the liaison officer enters for it.

    def enter(self, name: str, **fields: Any) -> Any:
        path = f"/v1/exchange/offers/{self.complaint_id}:{name}"
        return self.act(self.liaison, path, offer_no=self.referral_offer_no, **fields)

    def give_back(self, **fields: Any) -> Any:
        path = f"/v1/exchange/referrals/{self.find_referral()['referral_id']}:return"
        return self.act(self.liaison, path, **fields)

    def find_referral(self) -> dict[str, Any]:
        """The open referral of this offer, as the liaison officer sees it."""

        def found() -> dict[str, Any] | None:
            query = "SELECT referral_id FROM referral WHERE matter_id = %s AND offer_no = %s"
            rows = self.relay.rows("exchange", query, self.complaint_id, self.referral_offer_no)
            if not rows:
                return None
            path = f"/v1/exchange/referrals/{rows[0]['referral_id']}"
            told: dict[str, Any] = self.liaison.get(path)["referral"]
            return told if told["status"] != "REFERRAL_STATUS_PENDING" else None

        return until(found)

    def stay_silent(self, stage: str) -> None:
        """The ministry lets its date pass."""
        answer_by = datetime.fromisoformat(self.find_referral()["answer_by"])
        self.relay.clock.advance_to(answer_by + timedelta(seconds=1))
        self.hears(self.kemlu, stage)


def through_ministries(story: ReferralStory) -> ReferralStory:
    """Every way in which a referral may go."""
    story.file(country="MYS").triage().offer().accept()
    story.link()
    story.refer("nobody").wait_for_offer("declined")
    answered_by_topic(story)
    answered_by_letter(story)
    story.refer().write(story.kemlu, "accept").hears(story.kemlu, "confirmed")
    story.stay_silent("reminded")
    story.stay_silent("ended")
    until(lambda: story.referral_of_case()["result"] == "silent")
    story.case_act("return", result="settled")
    story.wait_for_stage("RETURNED")
    referred_by_complaint(story)
    story.complaint_act("close", ground="withdrawn", text="dicabut (contoh)")
    story.forget()
    return story


def answered_by_topic(story: ReferralStory) -> None:
    """Asked, accepted and returned by the ministry's own messages."""
    kemlu = story.refer().kemlu
    assert story.hears(kemlu, "offered")["worker"]["name"] == "Pekerja Contoh"
    story.write(kemlu, "ask", text="di mana (contoh)?").wait_for_offer("asked")
    story.case_act("clarify", text="di Johor (contoh)")
    assert story.hears(kemlu, "clarified")["note"] == {"text": "di Johor (contoh)"}
    story.write(kemlu, "accept").hears(kemlu, "confirmed")
    story.wait_for_stage("WATCHED")
    story.write(kemlu, "return", result="helped", text="sudah (contoh)").hears(kemlu, "ended")
    until(lambda: story.referral_of_case()["result"] == "helped")


def answered_by_letter(story: ReferralStory) -> None:
    """The same and a refusal, as the liaison officer enters them."""
    story.refer("bpjs").enter("ask", text="nomor (contoh)?")
    story.wait_for_offer("asked").case_act("clarify", text="nomor contoh")
    story.hears(story.bpjs, "clarified")
    story.enter("decline", code="not_ours", text="bukan (contoh)")
    story.wait_for_offer("declined").refer("bpjs").enter("accept")
    story.hears(story.bpjs, "confirmed")
    story.give_back(result="helped", text="dibayar (contoh)")
    until(lambda: story.referral_of_case()["result"] == "helped")


def referred_by_complaint(story: ReferralStory) -> None:
    """Complaint asks a ministry itself; it declines."""
    kemlu = story.refer_complaint().kemlu
    story.write(kemlu, "ask", text="siapa (contoh)?")
    until(lambda: story.seen()["question_note_id"])
    story.complaint_act("clarify", text="pekerja contoh")
    assert story.hears(kemlu, "clarified")["note"] == {"text": "pekerja contoh"}
    story.write(kemlu, "decline", code="not_possible", text="tidak (contoh)")
    story.hears(kemlu, "declined")
    until(lambda: story.status()["stage"] != "STAGE_OFFERED")
