"""What a ministry's topics are called: its stream, its answers, and what was wrong with them."""

PREFIX = "partner."


def stream_of(ministry: str) -> str:
    """What the ministry is told."""
    return f"{PREFIX}{ministry}.v1"


def inbox_of(ministry: str) -> str:
    """What the ministry answers."""
    return f"{PREFIX}{ministry}.inbox.v1"


def errors_of(ministry: str) -> str:
    """Which of its answers were not taken, and why."""
    return f"{PREFIX}{ministry}.errors.v1"


def topics_of(ministry: str) -> tuple[str, str, str]:
    """All three."""
    return stream_of(ministry), inbox_of(ministry), errors_of(ministry)
