"""Calling what strangers have written, in a thread or on the event loop."""

from asyncio import CancelledError, current_task, timeout
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def called(who: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` returns; raises what it raises, if that can leave a thread.

    StopIteration can't be put into a future, so whoever waits would wait for ever; SystemExit would
    end the event loop, CancelledError pass for a cancellation of ours: all of them become
    RuntimeError, which names ``who``.
    """
    try:
        return work(*args, **kwargs)
    except SystemExit as error:
        raise RuntimeError(f"{who} wanted to exit: {error}") from error
    except (StopIteration, CancelledError) as error:
        raise RuntimeError(f"{who} raised {type(error).__name__}: {error}") from error
    except Exception as error:
        _check_told(who, error)
        raise


async def awaited(
    who: str, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """What comes of ``work``, on the event loop; raises what it raises, but SystemExit, and a
    cancellation that nobody has asked for, as RuntimeError, which names ``who``."""
    try:
        return await work(*args, **kwargs)
    except SystemExit as error:
        raise RuntimeError(f"{who} wanted to exit: {error}") from error
    except CancelledError as error:
        task = current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError(f"{who} cancelled itself") from error
    except Exception as error:
        _check_told(who, error)
        raise


async def within(
    who: str, seconds: float, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """As `awaited`. Raises TimeoutError, which names ``who``, after so many ``seconds``."""
    try:
        async with timeout(seconds) as limit:
            return await awaited(who, work, *args, **kwargs)
    except TimeoutError:
        if not limit.expired():  # its own
            raise
        raise TimeoutError(f"{who} did not answer in {seconds:g} s") from None


def _check_told(who: str, error: Exception) -> None:
    """Whoever handles an error says it in words. Raises RuntimeError for one that has none."""
    try:
        str(error)
    except Exception as wordless:
        told = f"{who} raised {type(error).__name__}, which can't be put into words"
        raise RuntimeError(told) from wordless
