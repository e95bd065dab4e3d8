"""`python -m tests.bench.subjects.reactions`: one reactions class, as the role `reactions` of a
service runs it, with spans."""

import gc
import signal
import threading

from estafet.complaint.v1.events_pb2 import ComplaintTriaged

from services.chassis import logs, telemetry
from services.chassis.container import Container
from services.chassis.reaction import on_event
from services.chassis.runtime import make_runtime
from services.chassis.settings import Settings
from services.chassis.unit_of_work import Database
from tests.bench.effects import SERVICE, Effect, answer_to


class NotingReactions:
    """Writes a row for every record, and tells of it."""

    name = "protection.bench"
    uow = Database()

    @on_event(ComplaintTriaged)
    def note(self, event: ComplaintTriaged) -> None:
        """The same as the peers do for a record."""
        self.uow.add(
            Effect(
                self.uow.new_id(),
                event.complaint_id,
                event.category,
                event.severity,
                self.uow.now,
            )
        )
        self.uow.emit(answer_to(event))


def main() -> None:
    """Run until SIGTERM."""
    settings = Settings()
    logs.setup(SERVICE)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    runtime = make_runtime(SERVICE, settings)
    telemetry.setup(SERVICE, settings.otlp_endpoint, runtime.replica)
    container = Container(NotingReactions, runtime)
    container.start()
    gc.freeze()
    stopping.wait()
    container.stop()
    telemetry.flush()


if __name__ == "__main__":
    main()
