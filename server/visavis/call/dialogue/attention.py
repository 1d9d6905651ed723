"""Whose answer the processor is for: a caller who waits comes before one who may still go on.

An answer may be thought while a silence is still being weighed. On few cores that takes the
processor from whoever has finished and waits in silence: such a thought waits, until its own turn
is sure or nobody else waits for a first clause.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, eq=False)
class _Thought:
    """Of one answer, until its first clause."""

    call: UUID | None
    sure: asyncio.Event


class Attention:
    """Of a node; on its loop."""

    def __init__(self) -> None:
        self._open: set[_Thought] = set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def given(self, call: UUID | None, sure: asyncio.Event) -> AsyncIterator[None]:
        """While an answer of this call's is thought whose turn is over once `sure` is set; begins
        when nobody else's needs the processor more."""
        thought = _Thought(call, sure)
        while not sure.is_set() and self._waited_for(call):
            await _either(sure, self._changed)
        self._open.add(thought)
        try:
            yield
        finally:
            self._open.discard(thought)
            self._changed.set()
            self._changed = asyncio.Event()

    def _waited_for(self, call: UUID | None) -> bool:
        """Whether somebody else waits for the first clause of an answer."""
        return any(one.sure.is_set() and one.call != call for one in self._open)


async def attended(
    clauses: AsyncGenerator[str, None],
    attention: Attention,
    call: UUID | None,
    sure: asyncio.Event,
) -> AsyncGenerator[str, None]:
    """The clauses, the first of them thought when there is `attention` for it. While the caller
    listens to it the others have time, and hold nobody up."""
    async with aclosing(clauses):
        async with attention.given(call, sure):
            first = await anext(clauses, None)
        if first is None:
            return
        yield first
        async for clause in clauses:
            yield clause


async def _either(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
