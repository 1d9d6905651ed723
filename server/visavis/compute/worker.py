"""A heavy engine in a process of its own, called from the event loop with deadlines."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import structlog

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.codec import CodecError, decode
from visavis.compute.errors import WorkerDied, WorkerError
from visavis.compute.process import Process
from visavis.compute.requests import STUCK_AFTER, Body, Request, Requests
from visavis.compute.wire import FrameKind, answer, frame, read, request

__all__ = ["Worker", "WorkerDied", "WorkerError"]

log = structlog.get_logger(__name__)

BACKOFF = (0.2, 30.0)
"""s before a dead process is started again: first, and at most (doubling between)."""
STEADY_AFTER = 60.0
"""s of life after which a death starts the backoff anew."""
_ENDED = (asyncio.IncompleteReadError, ConnectionError)


class Worker:
    """One engine in one spawned process.

    `factory` ("package.module:Class") is called with `kwargs` in the process. `threads` bounds
    BLAS, OpenMP and OpenCV there; `slots` requests are served at once, the rest wait their turn:
    by priority, and within one each call in turn (`fair`), `of_a_call` of one call's at once (0: as
    many as there are slots). When the process dies, requests under
    way raise `WorkerDied` and it is started again by itself; `on_fault(kind, message)` hears of
    it (kinds: worker_died, worker_stuck, worker_restart_failed). `on_life(name)` is called for
    each process that is ready, and what it returns when that process has ended. Arguments and
    results are what `codec` carries: plain values, arrays, and classes that it was told of.
    """

    def __init__(
        self,
        factory: str,
        *,
        name: str,
        threads: int = 1,
        nice: int = 0,
        slots: int = 1,
        of_a_call: int = 0,
        on_fault: Callable[[str, str], None] | None = None,
        on_life: Callable[[str], Callable[[], None]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = name
        self._build = [factory, kwargs, nice, slots, of_a_call]
        self._threads = threads
        self._on_fault = on_fault
        self._on_life = on_life
        self._ended: Callable[[], None] | None = None
        self._requests = Requests(name, self._stuck)
        self._process: Process | None = None
        self._ready = False
        self._life: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while the process runs, also while its engine is being built."""
        return None if self._process is None else self._process.pid

    async def start(self, timeout: float = 120.0) -> None:
        """Return when the engine is built.

        Raises `WorkerError` when its constructor raised, `TimeoutError` after `timeout` s and
        `WorkerDied` when the process ended; nothing is left running then.
        """
        if self._life is not None:
            raise RuntimeError(f"worker {self.name} was started already")
        process = await self._spawn(timeout)
        self._life = asyncio.create_task(self._live(process), name=f"worker-{self.name}")

    async def call(self, method: str, *args: Any, timeout: float, asker: Asker = NOBODY) -> Any:
        """What the engine's `method(*args)` returns; its arrays are the caller's to change.

        Raises `TimeoutError` after `timeout` s (queueing included), `WorkerError` when the
        engine raised, `WorkerDied` when there is no process, `codec.CodecError` when an argument
        can't cross.
        """
        sent = self._send(FrameKind.CALL, method, args, timeout, asker)
        try:
            kind, body = await self._next(sent, method, timeout)
            return self._open(kind, body)
        finally:
            self._abandon(sent)

    async def stream(
        self, method: str, *args: Any, timeout: float, asker: Asker = NOBODY
    ) -> AsyncGenerator[Any, None]:
        """The items of the engine's generator `method(*args)`.

        `timeout` s bounds the wait for each item. Errors as in `call`. Closing this generator
        closes the engine's between two items.
        """
        sent = self._send(FrameKind.STREAM, method, args, timeout, asker)
        try:
            while True:
                kind, body = await self._next(sent, method, timeout)
                if kind == FrameKind.END:
                    return
                yield self._open(kind, body)
                self._tell(FrameKind.MORE, sent)
        finally:
            self._abandon(sent)

    def cancel(self, call: UUID, before: int | None = None) -> None:
        """End a call's requests; with ``before`` only those for replies of an older generation.

        Whoever waits for one gets `WorkerError` kind "Cancelled". What hasn't begun never will, a
        stream stops at its next item, and a method that computes already goes on to its end,
        which nobody waits for.
        """
        for sent in self._requests.of(call, before):
            self._requests.cancel(sent)
            self._abandon(sent)

    async def stop(self) -> None:
        """End the process, at once whatever it is doing. Requests under way: `WorkerDied`."""
        if self._process is not None:
            self._process.kill()
        life, self._life = self._life, None
        if life is not None:
            life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await life
        await self._bury()

    def _send(
        self, kind: FrameKind, method: str, args: tuple[Any, ...], timeout: float, asker: Asker
    ) -> Request:
        if self._process is None or not self._ready:
            raise WorkerDied(f"{self.name} is not running")
        opened = self._requests.open(asker)
        try:
            data = request(kind, opened.number, asker, timeout, method, args)
        except BaseException:  # it was never sent, so no answer will free its place
            self._requests.forget(opened)
            raise
        self._process.writer.write(data)
        return opened

    def _tell(self, kind: FrameKind, sent: Request) -> None:
        if self._process is not None and sent in self._requests:
            self._process.writer.write(frame(kind, sent.number))

    def _abandon(self, sent: Request) -> None:
        """Tell the process that nobody waits; one that doesn't notice is taken for stuck."""
        if self._requests.abandon(sent):
            self._tell(FrameKind.CANCEL, sent)

    async def _next(self, sent: Request, method: str, timeout: float) -> tuple[FrameKind, Body]:
        message = f"{self.name}.{method} did not answer within {timeout:g} s"
        try:
            async with asyncio.timeout(timeout):
                kind, body = await sent.inbox.get()
        except TimeoutError:
            raise TimeoutError(message) from None
        if sent.cancelled:
            raise WorkerError("Cancelled", f"nobody waits for {self.name}.{method} any more")
        if kind == FrameKind.LATE:
            raise TimeoutError(message)
        return kind, body

    def _open(self, kind: FrameKind, body: Body) -> Any:
        if kind == FrameKind.DIED:
            raise WorkerDied(f"the process of {self.name} ended before it answered")
        try:
            value = decode(bytearray(body))
        except CodecError as error:
            raise WorkerError("CodecError", f"the answer of {self.name}: {error}") from error
        if kind == FrameKind.ERROR:
            raise WorkerError(*value)
        return value

    def _stuck(self) -> None:
        if self._process is not None:
            self._fault("worker_stuck", f"{self.name} ignored a deadline by {STUCK_AFTER:g} s")
            self._process.kill()

    async def _live(self, process: Process) -> None:
        """Deal out what the process says; when it dies, start another. Runs until `stop`."""
        clock = asyncio.get_running_loop().time
        delay = BACKOFF[0]
        while True:
            began = clock()
            with contextlib.suppress(*_ENDED):
                while True:
                    self._requests.deal(*await read(process.reader))
            ending = await self._bury()
            self._fault("worker_died", f"{self.name} {ending}; starting it again")
            if clock() - began > STEADY_AFTER:
                delay = BACKOFF[0]
            while True:
                await asyncio.sleep(delay)
                delay = min(2 * delay, BACKOFF[1])
                try:
                    process = await self._spawn(timeout=120.0)
                    break
                except (WorkerError, WorkerDied, TimeoutError, OSError) as error:
                    self._fault("worker_restart_failed", f"{self.name}: {error}")

    async def _spawn(self, timeout: float) -> Process:
        """Start the process and build the engine in it; it is ready for requests."""
        first = answer(FrameKind.BUILD, 0, [sys.path, *self._build])
        process = self._process = await Process.start(self._threads)
        try:
            process.writer.write(first)
            async with asyncio.timeout(timeout):
                kind, _, body = await read(process.reader)
            self._open(kind, body)
        except BaseException as error:
            if not isinstance(error, _ENDED):
                process.kill()  # it has not ended by itself
            ending = await self._bury()
            if isinstance(error, TimeoutError):
                raise TimeoutError(f"{self.name} was not built within {timeout:g} s") from None
            if isinstance(error, _ENDED):
                raise WorkerDied(f"{self.name} {ending} while it was built") from None
            raise
        self._ready = True
        self._ended = None if self._on_life is None else self._on_life(self.name)
        return process

    async def _bury(self) -> str:
        """Free who waits, end the process. How it ended, in words."""
        process, self._process, self._ready = self._process, None, False
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()
        self._requests.die()
        return "was not running" if process is None else await process.end()

    def _fault(self, kind: str, message: str) -> None:
        log.warning("worker_fault", kind=kind, worker=self.name, description=message)
        if self._on_fault is not None:
            self._on_fault(kind, message)
