# What we use of nameko 2.14.1, typed. nameko itself carries no types.
from collections.abc import Callable
from typing import Any

from nameko.extensions import DependencyProvider, Entrypoint, Extension

class WorkerContext:
    container: ServiceContainer
    service: Any
    entrypoint: Entrypoint
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    data: dict[str, Any]
    def __init__(
        self,
        container: ServiceContainer,
        service: Any,
        entrypoint: Entrypoint,
        args: tuple[Any, ...] | None = ...,
        kwargs: dict[str, Any] | None = ...,
        data: dict[str, Any] | None = ...,
    ) -> None: ...

class ServiceContainer:
    service_cls: type
    service_name: str
    config: dict[str, Any]
    entrypoints: set[Entrypoint]
    dependencies: set[DependencyProvider]
    subextensions: set[Extension]
    started: bool
    def __init__(self, service_cls: type, config: dict[str, Any]) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def spawn_worker(
        self,
        entrypoint: Entrypoint,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context_data: dict[str, Any] | None = ...,
        handle_result: Callable[..., Any] | None = ...,
    ) -> WorkerContext: ...
