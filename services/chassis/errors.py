"""What can be wrong, in the caller's words. `rpc` turns each into a gRPC status, once.

Each error carries a stable `reason` that a program may act on; the message is for people and names
the thing, its id and its state, never personal data.
"""

# The domain of every `reason`, as google.rpc.ErrorInfo has it.
DOMAIN = "estafet"


class EstafetError(Exception):
    """Something a caller or a handler is told about."""

    reason = "FAILED"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class NotFound(EstafetError):
    """The thing does not exist here (yet): a reaction tries again by itself."""

    reason = "NOT_FOUND"


class NotAllowed(EstafetError):
    """The thing is in a state that does not allow this."""

    reason = "NOT_ALLOWED"


class NotHolder(NotAllowed):
    """The matter is held elsewhere, so its custody log may not be written here."""

    reason = "NOT_HOLDER"


class Refused(EstafetError):
    """The caller may not do this."""

    reason = "REFUSED"


class Unauthenticated(EstafetError):
    """The caller is not who the call needs: no token, or a bad one."""

    reason = "UNAUTHENTICATED"


class Invalid(EstafetError):
    """The request breaks a rule. `fields` names each field with the rule and what it asks."""

    reason = "INVALID"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        fields: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        super().__init__(message, reason=reason)
        self.fields = fields


class TooMany(EstafetError):
    """The caller has used up what it may do for now."""

    reason = "RATE_LIMITED"


class TryAgain(EstafetError):
    """Not now: the same request may succeed later."""

    reason = "TRY_AGAIN"


class Unavailable(TryAgain):
    """Something this service depends on is down or full."""

    reason = "UNAVAILABLE"
