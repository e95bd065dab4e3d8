"""The spans of this process, waited for: a server's span ends after its answer has left."""

from collections.abc import Callable, Sequence
from threading import Condition

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

SECONDS = 5


class Spans(SpanExporter):
    """Keeps every span that ends."""

    def __init__(self) -> None:
        self.ended: list[ReadableSpan] = []
        self._more = Condition()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._more:
            self.ended.extend(spans)
            self._more.notify_all()
        return SpanExportResult.SUCCESS

    def wait_for(self, wanted: Callable[[ReadableSpan], bool]) -> ReadableSpan:
        """The first span like this, as soon as it has ended."""

        def found() -> ReadableSpan | None:
            return next(filter(wanted, self.ended), None)

        with self._more:
            span = self._more.wait_for(found, SECONDS)
        assert span is not None, "no such span ended"
        return span
