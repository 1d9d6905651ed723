"""From an endpoint's chunks to the words of one answer: without thoughts, bounded, with an end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from visavis.engines.chat.answer_pieces import AnswerPiece
from visavis.engines.chat.base import CutShort, Declined, EngineError
from visavis.engines.chat.thoughts import Habits, Thoughts

_CHARACTERS_A_TOKEN = 8
"""More than any text has: who sends more than was asked for is stopped there."""
_LONGER = "the answer is longer than chat.max_tokens"
_LAST_S = 0.3
"""After the end of an answer its connection may bring its own end, and is used again then."""


class AnswerReader:
    """One answer of a model with such ``habits``, of at most about ``max_tokens``."""

    def __init__(self, habits: Habits, max_tokens: int) -> None:
        self._thoughts = Thoughts(habits)
        self._room = max_tokens * _CHARACTERS_A_TOKEN
        self._came = ""
        """What has come of the answer, thoughts in it or not."""
        self._said = False
        self._finish = ""
        self._declined = ""
        self._hold_until: float | None = None

    async def words(self, chunks: AsyncGenerator[AnswerPiece, None]) -> AsyncGenerator[str, None]:
        """The answer's words as they come; those that are held are given before an error.

        Raises EngineError: `CutShort` at the longest length, `Declined`, "empty" without a word.
        """
        broke: Exception | None = None
        try:
            async with aclosing(self._timed(chunks)) as timed:
                async for chunk in timed:
                    text = self._thoughts.release() if chunk is None else self._read(chunk)
                    if len(text) > self._room:
                        yield text[: self._room]
                        raise CutShort(_LONGER)
                    if text:
                        yield self._counted(text)
        except Exception as error:
            broke = error  # raised again below, after what has come before it
        whole = broke is None and self._finish not in ("length", "max_tokens")
        rest, room = self._thoughts.finish(whole=whole), self._room
        if rest:
            yield self._counted(rest[:room])
        if broke is not None:
            raise broke
        if len(rest) > room:
            raise CutShort(_LONGER)
        self._end()

    def _counted(self, text: str) -> str:
        self._said = self._said or bool(text.strip())
        self._room -= len(text)
        return text

    async def _timed(
        self, chunks: AsyncGenerator[AnswerPiece, None]
    ) -> AsyncGenerator[AnswerPiece | None, None]:
        """The chunks up to the answer's end; None when what is held has been held for long."""
        loop = asyncio.get_running_loop()
        coming: asyncio.Task[AnswerPiece | None] | None = None
        try:
            while True:
                coming = coming or asyncio.create_task(_next(chunks))
                until = self._until(loop.time())
                left = None if until is None else max(0.0, until - loop.time())
                done, _ = await asyncio.wait([coming], timeout=left)
                if not done and self._finish:
                    return
                if not done:
                    yield None
                    continue
                chunk, coming = coming.result(), None
                if chunk is None:
                    return
                if not self._finish:
                    yield chunk
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.wait([coming])

    def _until(self, now: float) -> float | None:
        """How long the next chunk is waited for; None: as long as it takes."""
        if self._finish:
            self._hold_until = self._hold_until or now + _LAST_S
        elif not self._thoughts.waiting:
            self._hold_until = None
        elif self._hold_until is None:
            self._hold_until = now + self._thoughts.patience_s
        return self._hold_until

    def _read(self, chunk: AnswerPiece) -> str:
        if chunk.finish:
            self._finish, self._hold_until = chunk.finish, None
        if chunk.thought:
            self._thoughts.elsewhere()
        if chunk.declined:
            self._declined += chunk.text
            return ""
        # Some servers send the whole once more at the end.
        if self._came and (chunk.whole or (chunk.finish and chunk.text == self._came)):
            return ""
        self._came = (self._came + chunk.text)[-self._room - 1 :]
        return self._thoughts.feed(chunk.text)

    def _end(self) -> None:
        """Raises EngineError for an end that isn't the answer's own."""
        if self._declined or self._finish == "content_filter":
            raise Declined(f"the endpoint declines to answer: {self._declined or 'its filter'}")
        if not self._said:
            why = f" (finish_reason {self._finish})" if self._finish else ""
            raise EngineError("empty", f"the endpoint gave no words{why}")
        if self._finish in ("length", "max_tokens"):
            raise CutShort("the answer was cut at chat.max_tokens")


async def _next(chunks: AsyncGenerator[AnswerPiece, None]) -> AnswerPiece | None:
    return await anext(chunks, None)
