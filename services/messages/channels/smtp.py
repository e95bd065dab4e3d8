"""E-mail by SMTP. Message-ID is the parcel's key, so that a mailbox knows a repeat."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

from services.chassis.clock import real_now
from services.messages.channels.outlet import Closed, Delivered, Later, Parcel, Refused, Result

TIMEOUT_SECONDS = 10.0


@dataclass
class Smtp:
    """One server. tls_required: without STARTTLS nothing is sent."""

    host: str
    port: int
    sender: str
    neutral_sender: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls_required: bool = True
    tls: ssl.SSLContext | None = None

    @property
    def can_be_neutral(self) -> bool:
        return bool(self.neutral_sender)

    def send(self, parcel: Parcel) -> Result:
        # A mail's headers say how its sender greeted the server: never with this machine's name.
        greeting = self._from(parcel)[1].rpartition("@")[2]
        try:
            with smtplib.SMTP(self.host, self.port, greeting, TIMEOUT_SECONDS) as server:
                if not self._is_private(server):
                    return Closed("no_starttls")
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(self._mail(parcel))
        except (smtplib.SMTPException, OSError) as error:
            return _result(error)
        return Delivered()

    def close(self) -> None:
        """A connection ends with its message."""

    def _is_private(self, server: smtplib.SMTP) -> bool:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self.tls or ssl.create_default_context())
            server.ehlo()
            return True
        return not self.tls_required

    def _from(self, parcel: Parcel) -> tuple[str, str]:
        return parseaddr(self.neutral_sender if parcel.is_neutral else self.sender)

    def _mail(self, parcel: Parcel) -> EmailMessage:
        name, address = self._from(parcel)
        mail = EmailMessage()
        mail["From"] = Address(name, addr_spec=address)
        mail["To"] = Address(addr_spec=parcel.address)
        mail["Subject"] = parcel.subject
        mail["Date"] = real_now()
        mail["Message-ID"] = f"<{parcel.key}@{address.rpartition('@')[2]}>"
        if not parcel.is_neutral:
            mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(parcel.text + "\n")
        mail["Content-Language"] = parcel.language
        return mail


def _result(error: smtplib.SMTPException | OSError) -> Result:
    if closed := _closed(error):
        return Closed(closed)
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            codes = [code for code, _ in recipients.values()]
            return _of_code(max(codes, default=450), of_address=True)
        case smtplib.SMTPDataError(smtp_code=code):
            return _of_code(code, of_address=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return Later(f"smtp_{error.smtp_code}", is_away=True)
    return Later("smtp_away", is_away=True)


def _closed(error: smtplib.SMTPException | OSError) -> str:
    match error:
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPNotSupportedError():
            return "smtp_sign_in"
        case ssl.SSLCertVerificationError():
            return "smtp_certificate"
        case smtplib.SMTPSenderRefused(smtp_code=code) if code >= 500:
            return f"smtp_{code}_sender"
    return ""


def _of_code(code: int, *, of_address: bool) -> Result:
    reason = f"smtp_{code}"
    return Refused(reason, of_address=of_address) if code >= 500 else Later(reason)
