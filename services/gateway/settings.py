"""What the door is told, beyond what every process is told. All by ESTAFET_* variables."""

from pydantic import BaseModel, Field

from services.chassis.settings import Environment, Settings

OPEN_ACCESS = "estafet.complaint.v1.ComplaintService/OpenAccess"
OPEN_CLARIFICATION = "estafet.complaint.v1.ComplaintService/OpenClarification"


class Rate(BaseModel):
    """A token bucket: `burst` calls at once, refilled by `per_second`."""

    per_second: float = Field(gt=0)
    burst: int = Field(ge=1)


def _tight_rates() -> dict[str, Rate]:
    """Guessing a secret must be slow: ten tries a minute from one address."""
    rate = Rate(per_second=10 / 60, burst=10)
    return {OPEN_ACCESS: rate, OPEN_CLARIFICATION: rate}


class DoorSettings(Settings):
    """Settings of the gateway. A rate is JSON: `{"per_second": 50, "burst": 200}`."""

    http_address: str = "127.0.0.1:8080"
    # Addresses of proxies whose X-Forwarded-For is believed, comma separated; empty: none.
    trusted_proxies: str = ""
    # The telephone number shown to people in danger; nothing is shown while it is empty.
    hotline: str = ""

    door_body_limit: int = 256 * 1024
    door_deadline_ms: int = 10_000
    # How many bodies may be on their way in at once, and how long one may take.
    door_reading: int = 500
    # A body with a file, and how many at once: each may fill the memory that it is allowed.
    door_upload_limit: int = 11 * 1024 * 1024
    door_uploading: int = 4
    door_reading_seconds: float = 10.0
    door_in_flight: int = 200
    door_urgent_in_flight: int = 400
    door_address_rate: Rate = Rate(per_second=50, burst=200)
    door_token_rate: Rate = Rate(per_second=20, burst=100)
    door_urgent_rate: Rate = Rate(per_second=200, burst=2000)
    # By rpc, per client address, on top of the others.
    door_tight_rates: dict[str, Rate] = Field(default_factory=_tight_rates)
    # How many addresses or tokens one kind of bucket remembers.
    door_buckets: int = 50_000

    @property
    def is_demo(self) -> bool:
        """Whether every page must say that its people and companies are fictional."""
        return self.environment is not Environment.PRODUCTION
