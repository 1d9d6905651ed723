"""The process behind a `Worker`: builds one engine and serves its methods until the pipe closes.

Started as ``python -m visavis.compute.child FD PARENT_PID`` and by nothing else.
"""

import contextlib
import ctypes
import importlib
import os
import pickle
import signal
import socket
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from visavis.compute.wire import HEAD, WINDOW, Kind, dump

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent goes, however that goes (Linux).

    Elsewhere the closed pipe ends it, as soon as the engine lets go of the interpreter.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we asked
        os._exit(1)


class Stream:
    """How far a stream may run ahead, and whether it should stop."""

    def __init__(self) -> None:
        self.cancelled = False
        self.ahead = threading.Semaphore(WINDOW)


class Server:
    """Serves one engine on one socket: reads in the main thread, computes in `slots` threads."""

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        self._input = pipe.makefile("rb")
        self._sending = threading.Lock()
        self._open: dict[int, Stream] = {}
        self._engine: Any = None

    def run(self) -> None:
        """Serve until the pipe closes."""
        first = self._read()
        if first is None or not self._build(first[1], first[2]):
            return
        while (frame := self._read()) is not None:
            kind, number, body = frame
            if kind in (Kind.CALL, Kind.STREAM):
                stream = self._open[number] = Stream()
                self._slots.submit(self._serve, kind, number, body, stream)
            elif (open_stream := self._open.get(number)) is not None:
                open_stream.cancelled |= kind == Kind.CANCEL
                open_stream.ahead.release()

    def _build(self, number: int, body: bytes) -> bool:
        try:
            path, factory, kwargs, nice, slots = pickle.loads(body)
            sys.path[:] = path
            os.nice(nice)
            self._slots = ThreadPoolExecutor(slots, thread_name_prefix="slot")
            module, _, name = factory.partition(":")
            self._engine = getattr(importlib.import_module(module), name)(**kwargs)
        except Exception as error:
            self._send(Kind.ERROR, number, _describe(error))
            return False
        self._send(Kind.RESULT, number)
        return True

    def _serve(self, kind: Kind, number: int, body: bytes, stream: Stream) -> None:
        try:
            if stream.cancelled:
                self._send(Kind.END, number)
                return
            method, args = pickle.loads(body)
            answer = getattr(self._engine, method)(*args)
            if kind == Kind.CALL:
                self._send(Kind.RESULT, number, answer)
            else:
                self._pump(number, answer, stream)
        except Exception as error:
            self._send(Kind.ERROR, number, _describe(error))
        finally:
            del self._open[number]

    def _pump(self, number: int, items: Any, stream: Stream) -> None:
        try:
            for item in items:
                stream.ahead.acquire()
                if stream.cancelled:
                    break
                self._send(Kind.ITEM, number, item)
        finally:
            items.close()
        self._send(Kind.END, number)

    def _send(self, kind: Kind, number: int, body: Any = None) -> None:
        frame = dump(kind, number, body)
        with self._sending:
            self._pipe.sendall(frame)

    def _read(self) -> tuple[Kind, int, bytes] | None:
        head = self._input.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        kind, number, size = HEAD.unpack(head)
        body = self._input.read(size)
        return None if len(body) < size else (Kind(kind), number, body)


def _describe(error: Exception) -> tuple[str, str, str]:
    return type(error).__name__, str(error), traceback.format_exc()


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
