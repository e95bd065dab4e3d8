"""Who may call an rpc: the proto's permission option, checked before the handler runs."""

from estafet.options.v1 import options_pb2
from google.protobuf.message import Message

from services.chassis.errors import Refused, Unauthenticated
from services.chassis.identity import COMPLAINANT, PUBLIC, Caller

# The roles of the law's officers and of operations (Permen P2MI/Perban 23/2025 Art 1):
# petugas layanan pengaduan, petugas penanganan permasalahan, pendamping hukum. For who registers
# placements, supervises agencies, works with returnees or deals with ministries no article names
# an officer: these names are ours. petugas pelindungan data pribadi: UU 27/2022 Art 53.
ROLES = (
    "complaint_officer",
    "case_officer",
    "placement_officer",
    "empowerment_officer",
    "liaison_officer",
    "legal_aide",
    "coordinator",
    "auditor",
    "data_protection_officer",
    "service",
)

# Whom a service gives tokens of its own, beside complainants: a placement agency that was invited.
P3MI = "p3mi"
OWN_ROLES = (P3MI,)


def by_role(
    permission: options_pb2.Permission, action: str, caller: Caller, request: Message
) -> bool:
    """Whether the call is allowed without a look at custody.

    False means that only being the holder may still allow it. Unauthenticated: no token where one
    is needed. Refused: the caller may not, whoever holds the matter.
    """
    if permission.public or caller.roles.intersection(permission.roles):
        return True
    if caller is PUBLIC:
        raise Unauthenticated("this call needs a token", reason="TOKEN_MISSING")
    matter_id = str(getattr(request, permission.matter_field, ""))
    is_own = matter_id != "" and caller.matter_id == matter_id
    own_role = permission.own_role or COMPLAINANT
    if permission.own_matter and own_role in caller.roles and is_own:
        return True
    if permission.holder and caller.service and caller.organisation and matter_id:
        return False
    raise refusal(permission, action, caller)


def refusal(permission: options_pb2.Permission, action: str, caller: Caller) -> Refused:
    """The one answer to a caller who may not: who may, as the reference has it for everybody. It
    does not tell whether the thing exists."""
    roles = ", ".join(sorted(caller.roles)) or "no role"
    may = [*permission.roles]
    if permission.own_matter:
        may.append(f"the {permission.own_role or COMPLAINANT} in a matter of their own")
    if permission.holder:
        may.append("officers of whoever holds the matter")
    return Refused(
        f"a caller with {roles} may not call {action}: it is for {', '.join(may) or 'nobody'}",
        reason="PERMISSION",
    )
