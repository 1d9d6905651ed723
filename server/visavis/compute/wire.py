"""Frames between a worker and its process: a fixed head, then a pickled body.

The head is read without unpickling, so a body that can't be unpickled fails its own request
and no other.
"""

import enum
import pickle
import struct
from typing import Any

HEAD = struct.Struct("!BII")
"""Kind, request number, bytes in the body."""

WINDOW = 64
"""Items a stream may send ahead of its reader."""


class Kind(enum.IntEnum):
    """What a frame says."""

    # worker -> process
    BUILD = 1  # (sys.path, factory, kwargs, nice, slots): the first frame
    CALL = 2  # (method, args): answered by RESULT or ERROR
    STREAM = 3  # (method, args): answered by ITEMs, then END or ERROR
    MORE = 4  # one item was taken; another may be sent ahead
    CANCEL = 5  # nobody waits any more
    # process -> worker
    RESULT = 6
    ITEM = 7
    END = 8
    ERROR = 9  # (exception class name, message, traceback)
    # said by the worker to itself
    DIED = 10


def dump(kind: Kind, number: int, body: Any = None) -> bytes:
    """One whole frame. Raises what pickle raises on a body that can't be pickled."""
    data = pickle.dumps(body, protocol=5)
    return HEAD.pack(kind, number, len(data)) + data
