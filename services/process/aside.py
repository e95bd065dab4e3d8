"""A clock that cannot be counted again is put aside with an alarm, and the others go on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.chassis.errors import Invalid
from services.process.calendar import CALENDARS_FILE, HolidayDataError

log = logging.getLogger(__name__)
WHAT_TO_DO = (
    f"add what the error names to {CALENDARS_FILE} and release it; the clock runs as it was"
)


@dataclass
class Aside:
    """The matters whose clocks this process cannot count by a calendar. Another calendar, or
    another process, tries them again."""

    by: str = ""
    matters: set[str] = field(default_factory=set)

    def under(self, by: str) -> frozenset[str]:
        """Those that were put aside under a calendar."""
        if by != self.by:
            self.by, self.matters = by, set()
        return frozenset(self.matters)

    @contextmanager
    def each(self, matter_id: str) -> Iterator[None]:
        """Count the clock of one matter; whoever counts writes nothing before all is counted."""
        try:
            yield
        except (HolidayDataError, Invalid) as error:
            self.matters.add(matter_id)
            fields = {"matter_id": matter_id, "error": str(error), "what_to_do": WHAT_TO_DO}
            log.error("alarm: clock not counted again", extra=fields)
