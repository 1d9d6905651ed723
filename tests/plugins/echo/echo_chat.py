"""A mind that repeats what it is told."""

from collections.abc import AsyncGenerator, Sequence

from visavis.engines.base import Context, Engine
from visavis.engines.chat.messages import Message


class EchoChat(Engine):
    system = "echo:1"

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}

    @classmethod
    async def load(cls, context: Context) -> "EchoChat":
        return cls()

    async def prime(self, messages: Sequence[Message]) -> None:
        """Nothing to get ready."""

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        said = messages[-1].content.strip().splitlines()[-1]
        for word in f"I heard this: {said}".split():
            yield f"{word} "
