"""Calling what strangers have written, in a thread or on the event loop."""

from asyncio import CancelledError, create_task, current_task, wait
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def called(who: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` returns; raises what it raises, if that can leave a thread and be told.

    StopIteration can't be put into a future, so whoever waits would wait for ever; SystemExit would
    end the event loop, CancelledError pass for a cancellation of ours, and what else is no
    Exception (as a panic of a library in Rust) through every door: all of them become RuntimeError,
    which names ``who``.
    """
    try:
        return work(*args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if (told := _told(who, error)) is error:
            raise
        raise told from error


async def awaited(
    who: str, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """As `called`, on the event loop; only a cancellation that somebody has asked for is one."""
    try:
        return await work(*args, **kwargs)
    except (KeyboardInterrupt, GeneratorExit):  # the latter ends this very coroutine
        raise
    except CancelledError as error:
        task = current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError(f"{who} cancelled itself") from error
    except BaseException as error:
        if (told := _told(who, error)) is error:
            raise
        raise told from error


async def within(
    who: str, seconds: float, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """As `awaited`. Raises TimeoutError, which names ``who``, after so many ``seconds``: work that
    doesn't end then though it is cancelled is left alone."""
    task = create_task(awaited(who, work, *args, **kwargs))
    try:
        await wait([task], timeout=seconds)
    finally:
        task.cancel()
    if not task.done():
        raise TimeoutError(f"{who} did not answer in {seconds:g} s")
    return task.result()


def _told(who: str, error: BaseException) -> Exception:
    """``error``, or RuntimeError in place of one that can't be told or is no Exception."""
    try:
        words = str(error)
    except BaseException:
        return RuntimeError(f"{who} raised {type(error).__name__}, which can't be put into words")
    if isinstance(error, SystemExit):
        return RuntimeError(f"{who} wanted to exit: {words}")
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RuntimeError(f"{who} raised {type(error).__name__}: {words}")
