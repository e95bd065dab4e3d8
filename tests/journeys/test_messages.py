"""People are told by the ways that they have said are safe, and by no other; and they may write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.relay import Relay
from tests.journeys.sms import bring, sent
from tests.journeys.story import Story
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]


def a_plan(*ways: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {"ways": list(ways), "zone": "Asia/Jakarta", **fields}


def sms(address: str, **fields: Any) -> dict[str, Any]:
    return {"channel": "sms", "address": address, "safe": True, **fields}


def test_an_answer_comes_to_the_safe_telephone(relay: Relay) -> None:
    phone = "+6281100000011"
    story = Story(relay).file(plan=a_plan(sms(phone))).triage()
    story.complaint_act("answer", text="Gaji Anda dibayar (contoh).")
    (text,) = until(lambda: sent(relay, phone))
    assert "Gaji Anda dibayar (contoh)." in text
    assert story.number in text


def test_nothing_comes_to_a_telephone_that_the_employer_reads(relay: Relay) -> None:
    phone, told = "+6281100000012", "Gaji Anda dibayar (contoh)."
    story = Story(relay).file(plan=a_plan(sms(phone, read_by_employer=True))).triage()
    story.complaint_act("answer", text=told)
    path = f"/v1/complaints/{story.complaint_id}/messages"
    officer = story.complaint_officer
    until(lambda: officer.get(path)["messages"][0]["state"] == "held")
    assert officer.get(path)["messages"][0]["reason"] == "no_safe_way"
    assert sent(relay, phone) == []
    query = "SELECT deed FROM notice WHERE matter_id = %s AND deed = 'unreachable'"
    until(lambda: relay.rows("complaint", query, story.complaint_id))


def test_a_better_plan_lets_out_what_was_held(relay: Relay) -> None:
    unsafe, safe = "+6281100000013", "+6281100000014"
    story = Story(relay).file(plan=a_plan(sms(unsafe, read_by_employer=True))).triage()
    story.complaint_act("answer", text="Mohon datang (contoh).")
    story.complaint_act("contact_plan", plan=a_plan(sms(safe)))
    until(lambda: sent(relay, safe))
    assert sent(relay, unsafe) == []


def test_the_family_says_on_the_page_how_it_may_be_reached(relay: Relay) -> None:
    unsafe, safe = "+6281100000022", "+6281100000023"
    story = Story(relay).file(plan=a_plan(sms(unsafe, read_by_employer=True))).triage()
    story.complaint_act("answer", text="Mohon datang (contoh).")
    way = {"channel_1": "sms", "address_1": safe, "readers_1": "me"}
    key = {"number": story.number, "secret": story.secret, "zone": "Asia/Jakarta"}
    page = relay.person().client.post("/follow/contact", data={**key, **way, "does": "save"})
    assert page.status_code == 200
    assert f'value="{safe}"' in page.text
    until(lambda: sent(relay, safe))
    assert sent(relay, unsafe) == []


def test_a_family_that_is_not_sure_any_more_is_asked_before_it_is_told(relay: Relay) -> None:
    phone, told = "+6281100000024", "Gaji Anda dibayar (contoh)."
    story = Story(relay).file(plan=a_plan(sms(phone))).triage()
    key = {"number": story.number, "secret": story.secret}
    page = relay.person().client.post("/follow/contact", data={**key, "does": "doubt"})
    assert page.status_code == 200
    story.complaint_act("answer", text=told)
    until(lambda: sent(relay, phone))
    assert not any(told in text for text in sent(relay, phone))


def test_the_family_asks_for_the_status_by_sms(relay: Relay) -> None:
    phone = "+6281100000015"
    story = Story(relay).file(plan=a_plan(sms(phone))).triage()
    assert bring(relay, phone, f"STATUS#{story.number}", f"s-{story.number}").is_success
    (text,) = until(lambda: sent(relay, phone))
    assert "Langkah berikutnya" in text
    assert "waktu Indonesia barat" in text


def test_whoever_asks_from_elsewhere_is_told_nothing(relay: Relay) -> None:
    mine, other = "+6281100000016", "+6281100000017"
    story = Story(relay).file(plan=a_plan(sms(mine))).triage()
    assert bring(relay, other, f"STATUS#{story.number}", f"o-{story.number}").is_success
    assert bring(relay, mine, f"STATUS#{story.number}", f"m-{story.number}").is_success
    until(lambda: sent(relay, mine))
    assert sent(relay, other) == []


def test_what_is_brought_twice_is_answered_once(relay: Relay) -> None:
    phone = "+6281100000018"
    story = Story(relay).file(plan=a_plan(sms(phone))).triage()
    for _ in range(2):
        assert bring(relay, phone, f"status {story.number}", f"t-{story.number}").is_success
    until(lambda: sent(relay, phone))
    story.complaint_act("answer", text="Selesai besok (contoh).")
    until(lambda: len(sent(relay, phone)) >= 2)
    assert len(sent(relay, phone)) == 2


def test_what_somebody_writes_is_a_note_of_their_complaint(relay: Relay) -> None:
    phone = "+6281100000019"
    story = Story(relay).file(plan=a_plan(sms(phone)))
    assert bring(relay, phone, "Saya sudah pindah rumah (contoh).", f"n-{story.number}").is_success
    query = "SELECT 1 FROM note WHERE matter_id = %s AND text LIKE 'Saya sudah pindah%%'"
    assert relay.rows("complaint", query, story.complaint_id)


def test_a_figure_by_sms_answers_the_survey_and_puts_nothing_in_doubt(relay: Relay) -> None:
    phone = "+6281100000022"
    story = Story(relay).file(plan=a_plan(sms(phone), code_word="melati")).triage()
    story.complaint_act("close", ground="withdrawn", text="dicabut (contoh)")
    query = "SELECT 1 FROM message WHERE matter_id = %s AND code = 'survey' AND state = 'sent'"
    until(lambda: relay.rows("complaint", query, story.complaint_id))
    assert bring(relay, phone, "Melati 4", f"v-{story.number}").is_success
    kept = "SELECT score, solved FROM survey WHERE complaint_id = %s"
    [told] = relay.rows("complaint", kept, story.complaint_id)
    assert (told["score"], told["solved"]) == (4, None)
    path = f"/v1/complaints/{story.complaint_id}/contact_plan"
    assert story.complaint_officer.get(path, purpose="a test").get("doubt", "") == ""


def test_the_code_word_settles_a_doubt_and_what_waited_comes(relay: Relay) -> None:
    phone, told = "+6281100000023", "Gaji Anda dibayar (contoh)."
    story = Story(relay).file(plan=a_plan(sms(phone), code_word="melati")).triage()
    bring(relay, phone, "Halo, ini saya.", f"w-{story.number}")
    story.complaint_act("answer", text=told)
    (asked,) = until(lambda: sent(relay, phone))
    assert told not in asked
    bring(relay, phone, "Ya, melati.", f"x-{story.number}")
    until(lambda: [text for text in sent(relay, phone) if told in text])


def test_what_belongs_to_nobody_waits_for_an_officer(relay: Relay) -> None:
    text = "Tolong saya di Penang (contoh)."
    assert bring(relay, "+6281100000020", text, "u-1").is_success
    officer = relay.officer("officer-complaint")
    told = officer.get("/v1/messages", purpose="to find them")["messages"]
    assert text in [each["text"] for each in told]


def test_a_message_that_no_gateway_has_signed_is_refused(relay: Relay) -> None:
    body = {"from": "+6281100000021", "text": "palsu", "received_at": "2024-03-04T03:00:00Z"}
    forged = {"webhook-id": "f-1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    answer = relay.person().client.post("/hooks/sms", json=body, headers=forged)
    assert answer.status_code == 401


def test_a_reader_of_digests_has_one_in_the_mail(relay: Relay) -> None:
    head = relay.officer("coordinator-complaint")
    head.post("/v1/units/ditjen_pelindungan:contact", email="kepala@contoh.example")
    Story(relay).file()
    folder = relay.stack.layout.home / "data" / "messages" / "complaint" / "email"
    # What is noted late is told in the morning after.
    relay.clock.advance_to(relay.clock.now() + timedelta(days=12))
    query = "SELECT 1 FROM notice WHERE unit = 'ditjen_pelindungan' AND told_at IS NULL"
    until(lambda: relay.rows("complaint", query))
    relay.clock.advance_to(relay.clock.now() + timedelta(days=12))
    until(lambda: list(folder.glob("*.json")))
    shown = head.get("/v1/units/ditjen_pelindungan/digest")
    assert "miss" in [each["deed"] for each in shown["notices"]]
