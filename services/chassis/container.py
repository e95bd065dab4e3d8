"""nameko's ServiceContainer on native threads.

nameko hosts workers on eventlet's green threads, under which a grpcio server never answers. This
container keeps nameko's life cycle (extensions, workers, dependencies) and runs every worker in
the thread that brings its work: grpc's own, or a consumer's. eventlet is never patched in and no
other module of ours imports it (docs/decisions/0001).
"""

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from nameko.containers import ServiceContainer, WorkerContext
from nameko.extensions import Entrypoint, Extension

from services.chassis.runtime import Runtime, Work

log = logging.getLogger(__name__)
DRAIN_SECONDS = 8.0

Around = Callable[[Work, Callable[[], Any]], Any]


def call_plainly(work: Work, call: Callable[[], Any]) -> Any:  # noqa: ARG001 - one shape for all
    """Run a worker's method with nothing around it."""
    return call()


class Container(ServiceContainer):
    """One nameko class of a service: an api, or one reactions class."""

    def __init__(self, service_cls: type, runtime: Runtime) -> None:
        super().__init__(service_cls, {"runtime": runtime})
        self.runtime = runtime
        self._busy = 0
        self._idle = threading.Condition()

    def start(self) -> None:
        """Set everything up, then start dependencies, entrypoints and what they share."""
        for extension in self._in_order():
            extension.setup()
        for extension in self._in_order():
            extension.start()
        self.started = True

    def stop(self) -> None:
        """Stop taking work, let the work in flight end, then stop what it stood on."""
        for extension in (*self.entrypoints, *self.subextensions):
            extension.stop()
        with self._idle:
            if not self._idle.wait_for(lambda: self._busy == 0, DRAIN_SECONDS):
                log.error("workers still busy at stop", extra={"workers": self._busy})
        for extension in self.dependencies:
            extension.stop()
        self.started = False

    def _in_order(self) -> Iterator[Extension]:
        yield from self.dependencies
        yield from self.entrypoints
        yield from self.subextensions

    def run_worker(
        self,
        entrypoint: Entrypoint,
        args: tuple[Any, ...],
        work: Work,
        around: Around | None = None,
    ) -> Any:
        """Setup → call → commit → answer → teardown, in this thread.

        `around` may act in the same transaction before and after the method, or instead of it.
        A failing commit raises here like a failing method: nothing is answered, all is torn down.
        """
        service = self.service_cls()
        context = WorkerContext(self, service, entrypoint, args, {}, data={"work": work})
        method = getattr(service, entrypoint.method_name)
        self._count(1)
        try:
            self._inject(context)
            result = (around or call_plainly)(work, lambda: method(*args))
            self._result(context, result, None)
            return result
        except BaseException:
            self._result(context, None, sys.exc_info())
            raise
        finally:
            self._tear_down(context)

    def _inject(self, context: WorkerContext) -> None:
        for provider in self.dependencies:
            injected = provider.get_dependency(context)
            setattr(context.service, provider.attr_name, injected)
            provider.worker_setup(context)

    def _tear_down(self, context: WorkerContext) -> None:
        try:
            for provider in self.dependencies:
                provider.worker_teardown(context)
        finally:
            self._count(-1)

    def _result(self, context: WorkerContext, result: Any, exc_info: Any) -> None:
        for provider in self.dependencies:
            provider.worker_result(context, result, exc_info)

    def _count(self, more: int) -> None:
        with self._idle:
            self._busy += more
            if self._busy == 0:
                self._idle.notify_all()
