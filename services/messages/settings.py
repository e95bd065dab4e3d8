"""What the sender is told: ESTAFET_MESSAGES_* variables, and secrets from the service's files."""

from datetime import timedelta

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.settings import OptionalPath
from services.messages.notice import Channel

# A proposal, belum diverifikasi: no provider has been asked what it takes.
RATES = {Channel.EMAIL: 120, Channel.SMS: 60, Channel.WHATSAPP: 60, Channel.WEB_PUSH: 300}


class MessageSettings(BaseSettings):
    """A channel whose address is empty is not set up: its messages are held.

    Secrets: smtp_password, sms_key, whatsapp_key (HMAC of the webhooks), push_key.pem (P-256).
    """

    model_config = SettingsConfigDict(env_prefix="ESTAFET_MESSAGES_", extra="ignore")

    # host:port; a user signs in with the secret. tls: `required`, or `offered` within one machine.
    smtp_address: str = ""
    smtp_user: str = ""
    smtp_tls: str = Field(default="required", pattern="^(required|offered)$")
    mail_from: str = ""
    # A mailbox whose name and domain tell nothing; without it no e-mail is sent without content.
    mail_neutral_from: str = ""
    sms_url: str = ""
    sms_sender: str = ""
    sms_neutral_sender: str = ""
    whatsapp_url: str = ""
    whatsapp_sender: str = ""
    whatsapp_neutral_sender: str = ""
    # Whom a push service may write to about us: mailto:… or https:…
    push_subject: str = ""
    # The only hosts to which a subscription may send us; `.example.org` is every host below it.
    push_hosts: tuple[str, ...] = (
        "fcm.googleapis.com",
        ".push.services.mozilla.com",
        ".notify.windows.com",
        ".push.apple.com",
    )
    # A folder in the place of every channel that is not set up.
    spool_dir: OptionalPath = None
    keep_days: PositiveInt = 30
    # The most per minute, for all replicas of a service together.
    rates: dict[Channel, PositiveInt] = Field(default_factory=lambda: dict(RATES))

    @property
    def keep(self) -> timedelta:
        """How long the words of a message are kept after it was settled."""
        return timedelta(days=self.keep_days)

    def rate_of(self) -> dict[Channel, int]:
        """The rate of every channel."""
        return {**RATES, **self.rates}
