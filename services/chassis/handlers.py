"""Which method of a reactions class runs for a record: that of its type, else that for any."""

from typing import TYPE_CHECKING

from services.chassis.envelope import Record

if TYPE_CHECKING:
    from services.chassis.reaction import Reaction

# Stands for the type of every record that has no method of its own.
ANY = "*"


class Handlers:
    """The methods of one reactions class."""

    def __init__(self) -> None:
        self._by_type: dict[str, Reaction] = {}

    def add(self, handler: "Reaction") -> None:
        """Have a method run for its event type; ValueError if another one does."""
        if handler.type_name in self._by_type:
            raise ValueError(f"two methods react to {handler.type_name}")
        self._by_type[handler.type_name] = handler

    def of(self, record: Record) -> "Reaction | None":
        """The method that runs for a record; None: it is only counted."""
        found = self._by_type.get(record.type)
        if found is None and (other := self._by_type.get(ANY)) and record.topic in other.topics():
            return other
        return found

    def has(self, type_name: str) -> bool:
        """Whether a method runs for this very type."""
        return type_name in self._by_type

    def topics(self) -> list[str]:
        """The topics that have to be read."""
        return sorted({topic for each in self._by_type.values() for topic in each.topics()})
