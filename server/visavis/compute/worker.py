"""A heavy engine in a process of its own, called from the event loop with deadlines."""

import asyncio
import contextlib
import itertools
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any

import psutil

from visavis.compute.wire import HEAD, Kind, dump

log = logging.getLogger(__name__)

BACKLOG = 64
"""Requests waiting or being served; one more is refused with `WorkerError` kind "Busy"."""
STUCK_AFTER = 10.0
"""s an abandoned request may go on computing before the process is taken for stuck and killed."""
BACKOFF = (0.2, 30.0)
"""s before a dead process is started again: first, and at most (doubling between)."""
STEADY_AFTER = 60.0
"""s of life after which a death starts the backoff anew."""
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class WorkerError(Exception):
    """The engine raised. `kind` is the exception's class name, `trace` its traceback."""

    def __init__(self, kind: str, message: str, trace: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.trace = trace


class WorkerDied(Exception):
    """The engine's process is gone; it is being started again, or was stopped."""


class _Request:
    """One question to the process, open until its last frame or the process's death."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.inbox: asyncio.Queue[tuple[Kind, bytes]] = asyncio.Queue()  # <= WINDOW + 1
        self.stuck: asyncio.TimerHandle | None = None


class Worker:
    """One engine in one spawned process.

    `factory` ("package.module:Class") is called with `kwargs` in the process. `threads` bounds
    BLAS, OpenMP and OpenCV there; `slots` requests are served at once, the rest wait their turn.
    When the process dies, requests under way raise `WorkerDied` and it is started again by
    itself; `on_fault(kind, message)` hears of it (kinds: worker_died, worker_stuck,
    worker_restart_failed). `on_life(name)` is called for each process that is ready, and what it
    returns when that process has ended. Arguments and results are pickled.
    """

    def __init__(
        self,
        factory: str,
        *,
        name: str,
        threads: int = 1,
        nice: int = 0,
        slots: int = 1,
        on_fault: Callable[[str, str], None] | None = None,
        on_life: Callable[[str], Callable[[], None]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = name
        self._build = (factory, kwargs, nice, slots)
        self._threads = threads
        self._on_fault = on_fault
        self._on_life = on_life
        self._ended: Callable[[], None] | None = None
        self._numbers = itertools.count(1)
        self._requests: dict[int, _Request] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._life: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether a call made now would reach a built engine."""
        return self._writer is not None

    @property
    def pid(self) -> int | None:
        """Process id while the process runs, also while its engine is being built."""
        return None if self._process is None else self._process.pid

    def rss(self) -> int:
        """Resident memory of the process, bytes; 0 without a process."""
        try:
            return 0 if self.pid is None else int(psutil.Process(self.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    async def start(self, timeout: float = 120.0) -> None:
        """Return when the engine is built.

        Raises `WorkerError` when its constructor raised, `TimeoutError` after `timeout` s and
        `WorkerDied` when the process ended; nothing is left running then.
        """
        if self._life is not None:
            raise RuntimeError(f"worker {self.name} was started already")
        reader = await self._spawn(timeout)
        self._life = asyncio.create_task(self._live(reader), name=f"worker-{self.name}")

    async def call(self, method: str, *args: Any, timeout: float) -> Any:
        """What the engine's `method(*args)` returns.

        Raises `TimeoutError` after `timeout` s (queueing included), `WorkerError` when the
        engine raised, `WorkerDied` when there is no process.
        """
        request = self._send(Kind.CALL, method, args)
        try:
            kind, body = await self._next(request, method, timeout)
            return self._open(kind, body)
        finally:
            self._abandon(request)

    async def stream(self, method: str, *args: Any, timeout: float) -> AsyncGenerator[Any, None]:
        """The items of the engine's generator `method(*args)`.

        `timeout` s bounds the wait for each item. Errors as in `call`. Closing this generator
        closes the engine's between two items.
        """
        request = self._send(Kind.STREAM, method, args)
        try:
            while True:
                kind, body = await self._next(request, method, timeout)
                if kind == Kind.END:
                    return
                yield self._open(kind, body)
                self._tell(Kind.MORE, request)
        finally:
            self._abandon(request)

    async def stop(self) -> None:
        """End the process, at once whatever it is doing. Requests under way: `WorkerDied`."""
        self._kill()
        life, self._life = self._life, None
        if life is not None:
            life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await life
        await self._bury()

    def _send(self, kind: Kind, method: str, args: tuple[Any, ...]) -> _Request:
        if self._writer is None:
            raise WorkerDied(f"{self.name} is not running")
        if len(self._requests) >= BACKLOG:
            raise WorkerError("Busy", f"{BACKLOG} requests already wait for {self.name}")
        request = _Request(next(self._numbers))
        self._writer.write(dump(kind, request.number, (method, args)))
        self._requests[request.number] = request
        return request

    def _tell(self, kind: Kind, request: _Request) -> None:
        if self._writer is not None and request.number in self._requests:
            self._writer.write(dump(kind, request.number))

    async def _next(self, request: _Request, method: str, timeout: float) -> tuple[Kind, bytes]:
        try:
            async with asyncio.timeout(timeout):
                return await request.inbox.get()
        except TimeoutError:
            message = f"{self.name}.{method} did not answer within {timeout:g} s"
            raise TimeoutError(message) from None

    def _open(self, kind: Kind, body: bytes) -> Any:
        if kind == Kind.DIED:
            raise WorkerDied(f"the process of {self.name} ended before it answered")
        if kind == Kind.ERROR:
            raise WorkerError(*pickle.loads(body))
        return pickle.loads(body)

    def _abandon(self, request: _Request) -> None:
        """Tell the process that nobody waits; one that doesn't notice is taken for stuck."""
        if request.number not in self._requests:
            return  # it had its last frame
        self._tell(Kind.CANCEL, request)
        loop = asyncio.get_running_loop()
        request.stuck = loop.call_later(STUCK_AFTER, self._kill_stuck, request)

    def _kill_stuck(self, request: _Request) -> None:
        if request.number in self._requests and self._process is not None:
            self._fault("worker_stuck", f"{self.name} ignored a deadline by {STUCK_AFTER:g} s")
            self._process.kill()

    async def _live(self, reader: asyncio.StreamReader) -> None:
        """Deal out what the process says; when it dies, start another. Runs until `stop`."""
        clock = asyncio.get_running_loop().time
        delay = BACKOFF[0]
        while True:
            began = clock()
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    self._deal(*await _read(reader))
            ending = await self._bury()
            self._fault("worker_died", f"{self.name} {ending}; starting it again")
            if clock() - began > STEADY_AFTER:
                delay = BACKOFF[0]
            while True:
                await asyncio.sleep(delay)
                delay = min(2 * delay, BACKOFF[1])
                try:
                    reader = await self._spawn(timeout=120.0)
                    break
                except (WorkerError, WorkerDied, TimeoutError, OSError) as error:
                    self._fault("worker_restart_failed", f"{self.name}: {error}")

    def _deal(self, kind: Kind, number: int, body: bytes) -> None:
        request = self._requests[number]
        if kind != Kind.ITEM:
            del self._requests[number]
            if request.stuck is not None:
                request.stuck.cancel()
        request.inbox.put_nowait((kind, body))

    async def _spawn(self, timeout: float) -> asyncio.StreamReader:
        """Start the process and build the engine in it; the pipe is ready for requests."""
        reader, writer = await asyncio.open_unix_connection(sock=self._launch())
        try:
            factory, kwargs, nice, slots = self._build
            writer.write(dump(Kind.BUILD, 0, (sys.path, factory, kwargs, nice, slots)))
            async with asyncio.timeout(timeout):
                kind, _, body = await _read(reader)
            self._open(kind, body)
        except BaseException as error:
            writer.close()
            if not isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                self._kill()  # it has not ended by itself
            ending = await self._bury()
            if isinstance(error, TimeoutError):
                raise TimeoutError(f"{self.name} was not built within {timeout:g} s") from None
            if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                raise WorkerDied(f"{self.name} {ending} while it was built") from None
            raise
        self._writer = writer
        self._ended = None if self._on_life is None else self._on_life(self.name)
        return reader

    def _launch(self) -> socket.socket:
        """Start the process; our end of its pipe.

        Blocks for the exec, about 1 ms. Not in a thread: PR_SET_PDEATHSIG in the process means
        the death of the thread that forked it.
        """
        ours, theirs = socket.socketpair()
        threads = str(self._threads)
        environment = {
            **os.environ,
            **dict.fromkeys(THREAD_VARIABLES, threads),
            "OPENCV_FOR_THREADS_NUM": threads,
        }
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "visavis.compute.child",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=[theirs.fileno()],
                env=environment,
                process_group=0,  # a terminal's Ctrl-C is ours to answer, from the first moment
            )
        return ours

    def _kill(self) -> None:
        """An engine has nothing to lose, and nobody waits for what it computes."""
        if self._process is not None:
            self._process.kill()

    async def _bury(self) -> str:
        """Close the pipe, end the process, free who waits. How it ended, in words."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()
        requests, self._requests = self._requests, {}
        for request in requests.values():
            if request.stuck is not None:
                request.stuck.cancel()
            request.inbox.put_nowait((Kind.DIED, b""))
        process, self._process = self._process, None
        if process is None:
            return "was not running"
        try:
            code = await asyncio.to_thread(process.wait, 1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            code = await asyncio.to_thread(process.wait)
        except asyncio.CancelledError:
            process.kill()
            process.wait()
            raise
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"exited with status {code}"

    def _fault(self, kind: str, message: str) -> None:
        log.warning("worker fault", extra={"kind": kind, "worker": self.name})
        if self._on_fault is not None:
            self._on_fault(kind, message)


async def _read(reader: asyncio.StreamReader) -> tuple[Kind, int, bytes]:
    kind, number, size = HEAD.unpack(await reader.readexactly(HEAD.size))
    return Kind(kind), number, await reader.readexactly(size)
