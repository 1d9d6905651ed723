"""Frames between a worker and its process: a fixed head, then a body that `codec` has made.

A request's body begins with who asks, fixed as well: the queue needs nothing else, so a body that
can't be read fails its own request and no other.
"""

import asyncio
import enum
import struct
from typing import Any
from uuid import UUID

from visavis.compute.asker import Asker, Priority
from visavis.compute.codec import MAX_BYTES, encode

HEAD = struct.Struct("!BII")
"""Kind, request number, bytes in the body."""
ASK = struct.Struct("!16sidb3x")
"""Call (zeros: none), generation (-1: none), s until the deadline, priority. A multiple of 16
bytes: the arrays behind it stay aligned."""
MOST = MAX_BYTES + ASK.size
"""Bytes in a body; who announces more has lost the thread, and the pipe is closed."""

WINDOW = 64
"""Items a stream may send ahead of its reader."""


class FrameKind(enum.IntEnum):
    """What a frame says."""

    # worker -> process
    BUILD = 1  # [sys.path, factory, kwargs, nice, slots]: the first frame
    CALL = 2  # ASK, then method and args: answered by RESULT, LATE or ERROR
    STREAM = 3  # ASK, then method and args: answered by ITEMs, then END, LATE or ERROR
    MORE = 4  # one item was taken; another may be sent ahead
    CANCEL = 5  # nobody waits any more: out of the queue, or stop at the next item
    # process -> worker
    RESULT = 6
    ITEM = 7
    END = 8
    ERROR = 9  # [exception class name, message, traceback]
    LATE = 10  # its deadline passed in the queue; nothing was computed
    # said by the worker to itself
    DIED = 11
    CANCELLED = 12


_KINDS = frozenset(FrameKind)
_NO_CALL = bytes(16)


def frame(kind: FrameKind, number: int) -> bytes:
    """One without a body."""
    return HEAD.pack(kind, number, 0)


def answer(kind: FrameKind, number: int, value: Any) -> bytes:
    """One whose body is a value. Raises `codec.CodecError`."""
    size, parts = encode(value)
    return b"".join((HEAD.pack(kind, number, size), *parts))


def request(
    kind: FrameKind, number: int, asker: Asker, timeout: float, method: str, args: tuple[Any, ...]
) -> bytes:
    """A `CALL` or `STREAM`. Raises `codec.CodecError`."""
    call = _NO_CALL if asker.call is None else asker.call.bytes
    generation = -1 if asker.generation is None else asker.generation
    head = ASK.pack(call, generation, timeout, asker.priority)
    size, parts = encode({"method": method, "args": list(args)}, f"{method}'s request")
    return b"".join((HEAD.pack(kind, number, len(head) + size), head, *parts))


def asked(body: bytearray) -> tuple[Asker, float]:
    """Who asks, and how many s remain, from the body of a request."""
    call, generation, timeout, priority = ASK.unpack_from(body)
    return (
        Asker(
            None if call == _NO_CALL else UUID(bytes=call),
            None if generation < 0 else generation,
            Priority(priority),
        ),
        timeout,
    )


async def read(reader: asyncio.StreamReader) -> tuple[FrameKind, int, bytearray]:
    """The next frame. Raises `asyncio.IncompleteReadError` or `ConnectionError` at the end."""
    kind, number, size = HEAD.unpack(await reader.readexactly(HEAD.size))
    if size > MOST or kind not in _KINDS:
        raise ConnectionAbortedError(f"no frame: kind {kind}, {size} bytes")
    return FrameKind(kind), number, bytearray(await reader.readexactly(size))
