"""The process behind a `Worker`: builds one engine and serves its methods until the pipe closes.

Started as ``python -m visavis.compute.child FD PARENT_PID`` and by nothing else.
"""

import contextlib
import ctypes
import importlib
import os
import queue
import signal
import socket
import sys
import threading
import traceback
from time import monotonic
from typing import Any

from visavis.compute.asker import Asker
from visavis.compute.codec import decode
from visavis.compute.fair import FairQueue
from visavis.compute.wire import ASK, HEAD, MOST, WINDOW, FrameKind, answer, asked, frame

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent goes, however that goes (Linux).

    Elsewhere the closed pipe ends it, as soon as the engine lets go of the interpreter.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we asked
        os._exit(1)


class Job:
    """One request: what is asked, until when, how far a stream may run ahead, whether to stop."""

    def __init__(self, kind: FrameKind, number: int, body: bytearray) -> None:
        self.kind = kind
        self.number = number
        self.body = body
        self.asker: Asker
        self.asker, seconds = asked(body)
        self.deadline = monotonic() + seconds
        self.cancelled = False
        self.ahead = threading.Semaphore(WINDOW)


class Server:
    """Serves one engine on one socket: reads in the main thread, computes in `slots` threads."""

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        self._input = pipe.makefile("rb")
        self._sending = threading.Lock()
        self._open: dict[int, Job] = {}
        self._queue: FairQueue[Job] = FairQueue()
        self._queueing = threading.Lock()
        self._tickets: queue.SimpleQueue[None] = queue.SimpleQueue()
        """One for each job that was put in the queue or is done; a slot that has one looks for a
        job."""
        self._engine: Any = None

    def run(self) -> None:
        """Serve until the pipe closes."""
        first = self._read()
        if first is None or not self._build(first[1], first[2]):
            return
        while (read := self._read()) is not None:
            kind, number, body = read
            if kind in (FrameKind.CALL, FrameKind.STREAM):
                self._admit(Job(kind, number, body))
            elif (job := self._open.get(number)) is not None:
                if kind == FrameKind.CANCEL:
                    self._cancel(job)
                job.ahead.release()

    def _build(self, number: int, body: bytearray) -> bool:
        try:
            path, factory, kwargs, nice, slots, most = decode(body)
            sys.path[:] = path
            os.nice(nice)
            self._queue = FairQueue(most)
            module, _, name = factory.partition(":")
            self._engine = getattr(importlib.import_module(module), name)(**kwargs)
        except Exception as error:
            self._fail(number, error)
            return False
        for slot in range(slots):
            threading.Thread(target=self._work, name=f"slot-{slot}", daemon=True).start()
        self._send(answer(FrameKind.RESULT, number, None))
        return True

    def _admit(self, job: Job) -> None:
        self._open[job.number] = job
        with self._queueing:
            self._queue.put(job)
        self._tickets.put(None)

    def _cancel(self, job: Job) -> None:
        job.cancelled = True
        with self._queueing:
            waited = self._queue.remove(job)
        if waited:
            self._close(job, FrameKind.END)

    def _work(self) -> None:
        """One slot: whose turn it is, again and again."""
        with contextlib.suppress(OSError):  # the parent has gone
            while True:
                self._tickets.get()
                with self._queueing:
                    late = self._queue.expire(monotonic())
                    job = self._queue.take()
                for one in late:
                    self._close(one, FrameKind.LATE)
                if job is not None:  # else it was taken out of the queue
                    self._serve(job)

    def _serve(self, job: Job) -> None:
        try:
            if job.cancelled:  # since it left the queue
                self._send(frame(FrameKind.END, job.number))
                return
            asks = decode(memoryview(job.body)[ASK.size :])
            found = getattr(self._engine, asks["method"])(*asks["args"])
            if job.kind == FrameKind.CALL:
                self._send(answer(FrameKind.RESULT, job.number, found))
            else:
                self._pump(job, found)
        except Exception as error:
            self._fail(job.number, error)
        finally:
            del self._open[job.number]
            with self._queueing:
                self._queue.done(job)
            self._tickets.put(None)  # what waited for this one may begin now

    def _pump(self, job: Job, items: Any) -> None:
        try:
            for item in items:
                job.ahead.acquire()
                if job.cancelled:
                    break
                self._send(answer(FrameKind.ITEM, job.number, item))
        finally:
            items.close()
        self._send(frame(FrameKind.END, job.number))

    def _close(self, job: Job, kind: FrameKind) -> None:
        """End a job that was never begun."""
        del self._open[job.number]
        self._send(frame(kind, job.number))

    def _fail(self, number: int, error: Exception) -> None:
        told = [type(error).__name__, str(error), traceback.format_exc()]
        self._send(answer(FrameKind.ERROR, number, told))

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._pipe.sendall(data)

    def _read(self) -> tuple[FrameKind, int, bytearray] | None:
        head = self._input.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        kind, number, size = HEAD.unpack(head)
        if size > MOST:
            return None
        body = bytearray(size)
        return None if self._input.readinto(body) < size else (FrameKind(kind), number, body)


def main(fd: int, parent: int) -> None:
    """Serve on the inherited socket `fd`; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    die_with(parent)
    with socket.socket(fileno=fd) as pipe:
        pipe.set_inheritable(False)
        with contextlib.suppress(OSError):  # the parent went while we were answering
            Server(pipe).run()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # an engine's threads may still be computing; nobody wants the answer


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
