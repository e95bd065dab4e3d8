"""What is particular to e-mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.messages.addresses import checked_address
from services.messages.channels.outlet import Closed, Delivered, Later, Refused, Result
from services.messages.channels.smtp import Smtp
from services.messages.notice import Channel
from tests.messages.builders import a_parcel
from tests.messages.servers import Mailbox, a_certificate, mail_server

OFFICIAL, NEUTRAL = "Contoh Kantor <contoh@kantor.example>", "Teman <teman@biasa.example>"


def outlet(port: int, **more: Any) -> Smtp:
    return Smtp("localhost", port, OFFICIAL, NEUTRAL, **more)


def sent(box: Mailbox, *, is_neutral: bool = False, **more: Any) -> Result:
    with mail_server(box) as port:
        parcel = a_parcel(Channel.EMAIL, is_neutral=is_neutral)
        return outlet(port, **{"tls_required": False, **more}).send(parcel)


def test_where_the_server_offers_it_mail_is_encrypted(tmp_path: Path) -> None:
    box, trust = Mailbox(), a_certificate(tmp_path)
    with mail_server(box, tmp_path) as port:
        assert outlet(port, tls=trust).send(a_parcel(Channel.EMAIL)) == Delivered()
    assert box.was_private == [True]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    box = Mailbox()
    a_certificate(tmp_path)
    with mail_server(box, tmp_path) as port:
        assert outlet(port).send(a_parcel(Channel.EMAIL)) == Closed("smtp_certificate")
    assert box.mails == []


def test_a_server_without_encryption_gets_nothing_where_that_is_required() -> None:
    box = Mailbox()
    assert sent(box, tls_required=True) == Closed("no_starttls")
    assert box.mails == []


def signed_in(folder: Path, password: str) -> Result:
    trust = a_certificate(folder)
    with mail_server(Mailbox(), folder, asks_who=True) as port:
        found = outlet(port, tls=trust, user="contoh", password=password)
        return found.send(a_parcel(Channel.EMAIL))


def test_a_wrong_password_closes_the_channel_and_refuses_no_message(tmp_path: Path) -> None:
    assert signed_in(tmp_path, "wrong") == Closed("smtp_sign_in")


def test_who_signs_in_may_send(tmp_path: Path) -> None:
    assert signed_in(tmp_path, "right") == Delivered()


def test_a_mail_that_is_taken_for_spam_is_refused_and_its_address_is_not() -> None:
    assert sent(Mailbox(on_mail="554 no")) == Refused("smtp_554", of_address=False)


def test_a_full_mailbox_is_tried_later() -> None:
    assert sent(Mailbox(on_mail="452 full")) == Later("smtp_452")


def test_a_mail_without_content_names_the_office_nowhere() -> None:
    box = Mailbox()
    sent(box, is_neutral=True)
    assert "kantor" not in box.mails[0].as_string().lower()


def test_who_sends_without_content_greets_the_server_by_the_neutral_domain() -> None:
    box = Mailbox()
    sent(box, is_neutral=True)
    assert box.greetings == ["biasa.example"]


def test_a_mail_says_its_language_to_who_reads_it_aloud() -> None:
    box = Mailbox()
    sent(box)
    assert box.mails[0]["Content-Language"] == "id"


def test_a_mail_with_content_says_whom_it_is_from() -> None:
    box = Mailbox()
    sent(box)
    assert box.mails[0]["From"] == OFFICIAL


@given(st.emails() | st.text(max_size=30).map(lambda text: f"{text}@surat.example"))
def test_whatever_is_taken_for_an_address_can_be_written_on_a_mail(text: str) -> None:
    try:
        address = checked_address(Channel.EMAIL, text)
    except ValueError:
        return
    mail = outlet(25)._mail(a_parcel(Channel.EMAIL, address=address))
    assert mail["To"].addresses[0].addr_spec == address


def test_who_has_no_neutral_mailbox_can_send_nothing_without_content() -> None:
    assert not Smtp("localhost", 25, OFFICIAL).can_be_neutral
