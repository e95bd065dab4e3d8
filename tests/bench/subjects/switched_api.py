"""`python -m tests.bench.subjects.switched_api`: complaint's api whose spans are turned on by
SIGUSR1 and off by SIGUSR2, while it runs.

Two processes of the same program differ in what a command costs them by more than a span does.
"""

import signal

from opentelemetry.trace import NoOpTracer

from services.chassis import telemetry
from services.complaint.api import ComplaintApi
from tests.bench.subjects.serving import serve

ON, OFF = signal.SIGUSR1, signal.SIGUSR2


def main() -> None:
    """Serve until SIGTERM, with spans at first."""
    recording, silent = telemetry.tracer(), NoOpTracer()

    def turn(number: int, _frame: object) -> None:
        if number == OFF:
            telemetry.flush()  # who recorded them pays for sending them
        telemetry._tracer = recording if number == ON else silent

    signal.signal(ON, turn)
    signal.signal(OFF, turn)
    serve(ComplaintApi)


if __name__ == "__main__":
    main()
