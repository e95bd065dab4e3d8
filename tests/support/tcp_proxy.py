"""A port on loopback with another one behind it, and what a network does to the way between.

A link that falls silent does so as a network does: the kernel of the proxy drops whatever arrives
there before TCP sees it, so nothing is acknowledged, keepalives included, and either end has to
find out by itself. When it is healed in time, TCP sends again and nothing is missing.
"""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self

from infra.local.ports import LOOPBACK

CHUNK = 64 * 1024
STARTED_SECONDS = 10.0
TAKEN_SECONDS = 0.05
# Linux: a filter of one instruction, "return 0", keeps no byte of what arrives.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
_RETURN_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_PROGRAM = struct.pack("HP", 1, ctypes.addressof(_RETURN_NOTHING))
_NO_LINGER = struct.pack("ii", 1, 0)


def why_no_silence() -> str:
    """Why no link can fall silent here: some kernels let only root drop packets so. Else empty."""
    with socket.socket() as tried:
        try:
            _deafen(tried)
        except PermissionError as error:
            return f"a socket may not be given a filter: {error.strerror}"
    return ""


class State(Enum):
    """What becomes of bytes and connections."""

    WELL = auto()
    CUT = auto()
    SILENT = auto()
    HANGING = auto()


@dataclass(eq=False)
class _Link:
    """Two connections that belong together; the far one is made after the near one came."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def ends(self) -> list[asyncio.StreamWriter]:
        return [end for end in (self.near, self.far) if end is not None]

    def reset(self) -> None:
        """Both ends hear that the connection is no more."""
        for end in self.ends():
            if not end.transport.is_closing():
                _socket(end).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                end.transport.abort()


class TcpProxy:
    """Hands connections to `port` on to `target`; as a context manager it listens until the end.

    What is done to it holds for all connections, those that are open and those that come.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._state = State.WELL
        self._delay = 0.0
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_error: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def heal(self) -> None:
        """Bytes pass without delay, and connections are taken."""
        self._do(self._become(State.WELL))

    def slow(self, seconds: float) -> None:
        """A round trip takes so much longer."""
        self._do(self._become(State.WELL, seconds / 2))

    def cut(self) -> None:
        """Connections are reset, new ones refused."""
        self._do(self._become(State.CUT))

    def fall_silent(self) -> None:
        """Half-open: connections stay, and nothing arrives any more, not even an attempt."""
        self._do(self._become(State.SILENT))

    def hang(self) -> None:
        """Connections are taken, bytes too, and there is never an answer."""
        self._do(self._become(State.HANGING))

    def _do(self, deed: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(deed, self._loop).result(STARTED_SECONDS)

    async def _listen(self) -> None:
        self._healed = asyncio.Event()
        self._healed.set()
        await self._open()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._take, LOOPBACK, self.port, backlog=128)

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for link in self._links for task in link.tasks]
        for link in list(self._links):
            link.reset()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _become(self, state: State, delay: float = 0.0) -> None:
        before, self._state, self._delay = self._state, state, delay
        if before is State.CUT and state is not State.CUT:
            await self._open()
        if before is State.SILENT:
            self._filter(lambda each: each.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0))
            self._healed.set()
        if state is State.SILENT:
            self._healed.clear()
            self._filter(_deafen)
            # Who came just before has no filter of the listener's, and may not be taken yet.
            await asyncio.sleep(TAKEN_SECONDS)
            self._filter(_deafen)
        if state is State.CUT:
            self._server.close()
        if state is State.CUT or before is State.HANGING:
            # What has lost bytes cannot go on.
            for link in list(self._links):
                link.reset()

    def _filter(self, apply: Callable[[Any], None]) -> None:
        """Connections that are taken later have their listener's filter."""
        for listener in self._server.sockets:
            apply(listener)
        for link in self._links:
            for end in link.ends():
                if not end.transport.is_closing():
                    apply(_socket(end))

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            far_reader, link.far = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            link.reset()
            self._links.discard(link)
            return
        if self._state is State.SILENT:
            _deafen(_socket(link.far))
        if self._state is State.CUT:
            link.reset()
        link.tasks = [
            asyncio.create_task(self._pump(reader, link.far)),
            asyncio.create_task(self._pump(far_reader, writer)),
        ]
        await asyncio.wait(link.tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in link.tasks:
            task.cancel()
        for end in link.ends():
            end.close()
        self._links.discard(link)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Hand bytes on in order, each when its time has come, until either end is gone."""
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver(on_the_way, sink))
        try:
            while chunk := await source.read(CHUNK):
                if self._state is not State.HANGING:
                    on_the_way.put_nowait((self._loop.time() + self._delay, chunk))
            on_the_way.put_nowait((self._loop.time() + self._delay, b""))
            await delivery
        except OSError:
            pass  # reset by one end: the other one is closed by whoever waits for us
        finally:
            delivery.cancel()

    async def _deliver(
        self, on_the_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
    ) -> None:
        while True:
            due, chunk = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._healed.wait()
            if not chunk:
                return
            sink.write(chunk)
            await sink.drain()


def _socket(end: asyncio.StreamWriter) -> Any:
    return end.get_extra_info("socket")


def _deafen(each: Any) -> None:
    each.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, _PROGRAM)
