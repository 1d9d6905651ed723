"""The requests to one worker that have not had their last frame: bounded, cancelled by call."""

import asyncio
import itertools
from collections.abc import Callable
from uuid import UUID

from visavis.compute.asker import Asker
from visavis.compute.errors import WorkerError
from visavis.compute.wire import FrameKind

BACKLOG = 64
"""Requests waiting or being served; one more is refused with `WorkerError` kind "Busy"."""
CALL_BACKLOG = 16
"""As many of them may be one call's, so that no call fills it."""
STUCK_AFTER = 10.0
"""s an abandoned request may go on computing before the process is taken for stuck."""

Body = bytes | bytearray


class Request:
    """One question to the process, open until its last frame or the process's death."""

    def __init__(self, number: int, asker: Asker) -> None:
        self.number = number
        self.asker = asker
        self.inbox: asyncio.Queue[tuple[FrameKind, Body]] = asyncio.Queue()  # <= WINDOW + 2
        self.stuck: asyncio.TimerHandle | None = None
        self.cancelled = False


class Requests:
    """`name` is the worker's; `on_stuck()` hears that the process ignores a cancelled request."""

    def __init__(self, name: str, on_stuck: Callable[[], None]) -> None:
        self._name = name
        self._on_stuck = on_stuck
        self._numbers = itertools.count(1)
        self._open: dict[int, Request] = {}

    def __contains__(self, request: Request) -> bool:
        """Whether its last frame is still to come."""
        return request.number in self._open

    def open(self, asker: Asker) -> Request:
        """A new one. Raises `WorkerError` kind "Busy" when too many are open already."""
        if len(self._open) >= BACKLOG:
            raise WorkerError("Busy", f"{BACKLOG} requests already wait for {self._name}")
        if asker.call is not None and len(self.of(asker.call)) >= CALL_BACKLOG:
            raise WorkerError(
                "Busy", f"{CALL_BACKLOG} requests of this call already wait for {self._name}"
            )
        request = Request(next(self._numbers), asker)
        self._open[request.number] = request
        return request

    def of(self, call: UUID, before: int | None = None) -> list[Request]:
        """A call's; with ``before`` only those for replies of an older generation."""
        return [
            request
            for request in self._open.values()
            if request.asker.call == call
            and (
                before is None
                or (request.asker.generation is not None and request.asker.generation < before)
            )
        ]

    def deal(self, kind: FrameKind, number: int, body: Body) -> None:
        """A frame has come. Raises ConnectionError for one that nobody asked for."""
        request = self._open.get(number)
        if request is None:
            raise ConnectionAbortedError(f"an answer to no request of {self._name}")
        if kind != FrameKind.ITEM:
            self._close(request)
        request.inbox.put_nowait((kind, body))

    def cancel(self, request: Request) -> None:
        """Whoever waits for it stops waiting."""
        if not request.cancelled:
            request.cancelled = True
            request.inbox.put_nowait((FrameKind.CANCELLED, b""))

    def abandon(self, request: Request) -> bool:
        """Nobody waits for it any more; the process has to end it within `STUCK_AFTER` s.

        False when that was known, or its last frame has come.
        """
        if request not in self or request.stuck is not None:
            return False
        loop = asyncio.get_running_loop()
        request.stuck = loop.call_later(STUCK_AFTER, self._on_stuck)
        return True

    def forget(self, request: Request) -> None:
        """It was never sent."""
        self._close(request)

    def die(self) -> None:
        """The process has gone: free all who wait."""
        for request in [*self._open.values()]:
            self._close(request)
            request.inbox.put_nowait((FrameKind.DIED, b""))

    def _close(self, request: Request) -> None:
        del self._open[request.number]
        if request.stuck is not None:
            request.stuck.cancel()
