"""Give back what a call has used, without making another call wait for it.

A call's objects refer to each other in circles (aiortc's above all), so they go only when the
collector runs, and with them their decoders' threads and buffers. A full collection of all that
the engines hold takes 100 ms on the event loop; so what a warm server holds is frozen, and a
collection after each call looks at calls alone. Then glibc is asked to return the pages that the
threads' arenas keep: a fifth of the server's memory after twenty calls.

By itself glibc gives threads up to eight arenas a core, and what one call leaves in one of them
the next call may not find in another: after 137 calls a server had grown by 83 MB, and with two
arenas by nothing.
"""

import asyncio
import ctypes
import gc

AFTER_S = 2.0
"""Between the end of a call and the tidying: transports and tasks end on their own time."""


_M_ARENA_MAX = -8
"""glibc's name for it in malloc.h."""
ARENAS = 2


def few_arenas() -> None:
    """Let all threads share few arenas. Call before any thread has begun."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's own; musl has none
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)


def freeze() -> None:
    """What exists now stays: the collector looks at it no more. Takes some 100 ms."""
    gc.collect()
    gc.freeze()


def tidy_soon() -> None:
    """A call has ended: tidy up after it, soon. Call from the event loop."""
    asyncio.get_running_loop().call_later(AFTER_S, _tidy)


def _tidy() -> None:
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own; musl has none
    if trim is not None:
        asyncio.get_running_loop().run_in_executor(None, trim, 0)
