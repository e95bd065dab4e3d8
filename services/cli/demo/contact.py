"""How people of the demo may be told something: their safe contact plan, with addresses that nobody
can have."""

from typing import Any

from services.cli.demo.actions import File

READ_ALONG = "read_along"
ZONE = "Asia/Jakarta"


def plan_of(action: File) -> dict[str, Any]:
    """A mailbox of their own; where the employer reads it, only the text that they have agreed to
    may come there."""
    address = f"pelapor.{action.index}@contoh.example"
    mailbox: dict[str, object] = {"channel": "email", "address": address, "safe": True}
    if action.plan == READ_ALONG:
        read = {"read_by_employer": True, "bare_agreed": True}
        return {"ways": [mailbox | read], "zone": ZONE, "bare": "greeting"}
    return {"ways": [mailbox], "zone": ZONE}
