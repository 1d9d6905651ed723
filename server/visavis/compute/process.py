"""The process of a worker: started with a pipe, told what to build, ended."""

import asyncio
import os
import signal
import socket
import subprocess
import sys

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Process:
    """One that runs `child`; `reader` and `writer` are our end of its pipe."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self.reader = reader
        self.writer = writer

    @classmethod
    async def start(cls, threads: int) -> "Process":
        """Start one in which BLAS, OpenMP and OpenCV have so many threads."""
        process, pipe = _launch(threads)
        try:
            return cls(process, *await asyncio.open_unix_connection(sock=pipe))
        except BaseException:
            pipe.close()
            process.kill()
            process.wait()
            raise

    @property
    def pid(self) -> int:
        """The system's number for it."""
        return self._process.pid

    def kill(self) -> None:
        """An engine has nothing to lose, and nobody waits for what it computes."""
        self._process.kill()

    async def end(self) -> str:
        """Close the pipe and wait for its end; how it ended, in words."""
        self.writer.close()
        try:
            code = await asyncio.to_thread(self._process.wait, 1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = await asyncio.to_thread(self._process.wait)
        except asyncio.CancelledError:
            self._process.kill()
            self._process.wait()
            raise
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"exited with status {code}"


def _launch(threads: int) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the process; our end of its pipe beside it.

    Blocks for the exec, about 1 ms. Not in a thread: PR_SET_PDEATHSIG in the process means the
    death of the thread that forked it.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "visavis.compute.child", str(theirs.fileno()), str(os.getpid())],
            pass_fds=[theirs.fileno()],
            env={
                **os.environ,
                **dict.fromkeys(THREAD_VARIABLES, str(threads)),
                "OPENCV_FOR_THREADS_NUM": str(threads),
            },
            process_group=0,  # a terminal's Ctrl-C is ours to answer, from the first moment
        )
    return process, ours
