"""The keys by which gateways sign what they bring."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nameko.extensions import DependencyProvider

from services.chassis.errors import NotAllowed, Unauthenticated
from services.chassis.runtime import Runtime
from services.chassis.settings import Settings
from services.messages.notice import Channel


@dataclass(frozen=True)
class Keys:
    """The keys by which gateways sign what they bring."""

    settings: Settings

    def of(self, channel: Channel) -> str:
        """A gateway's key. Unauthenticated: no gateway of this channel is set up here."""
        try:
            return self.settings.secret(f"{channel}_key")
        except NotAllowed:
            raise Unauthenticated(
                f"no gateway of {channel} is set up here", reason="NO_GATEWAY"
            ) from None


class WebhookKeys(DependencyProvider):
    """Gives a worker the gateways' keys."""

    if TYPE_CHECKING:
        # nameko puts the worker's Keys in this provider's place.
        def __get__(self, worker: object, cls: type) -> Keys: ...

    def get_dependency(self, worker_ctx: Any) -> Keys:  # noqa: ARG002 - one for all workers
        runtime: Runtime = self.container.config["runtime"]
        return Keys(runtime.settings)
