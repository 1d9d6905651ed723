"""Who waits for a first clause comes before who may still go on."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from virtual_time import run

from visavis.call.dialogue.attention import Attention, attended

ONE, OTHER = UUID(int=1), UUID(int=2)


class Node:
    """Answers that take a second each to begin; `begun` is when each of them did."""

    def __init__(self) -> None:
        self.attention = Attention()
        self.begun: dict[str, float] = {}
        self.tasks: list[asyncio.Task[list[str]]] = []

    def answer(self, name: str, call: UUID, *, sure: bool) -> asyncio.Event:
        certain = asyncio.Event()
        if sure:
            certain.set()
        thought = attended(self._clauses(name), self.attention, call, certain)
        self.tasks.append(asyncio.create_task(_all(thought)))
        return certain

    async def _clauses(self, name: str) -> AsyncGenerator[str, None]:
        self.begun[name] = asyncio.get_running_loop().time()
        await asyncio.sleep(1)
        yield f"{name} one."
        await asyncio.sleep(5)
        yield f"{name} two."


async def _all(thought: AsyncGenerator[str, None]) -> list[str]:
    return [clause async for clause in thought]


def test_a_thought_for_half_a_turn_waits_while_another_caller_does() -> None:
    async def scene() -> None:
        node = Node()
        node.answer("sure", ONE, sure=True)
        await asyncio.sleep(0.1)
        node.answer("maybe", OTHER, sure=False)
        node.answer("mine", ONE, sure=False)
        await asyncio.gather(*node.tasks)
        assert node.begun == {"sure": 0.0, "mine": 0.1, "maybe": 1.0}
        assert node.tasks[1].result() == ["maybe one.", "maybe two."]

    run(scene())


def test_a_turn_that_is_over_waits_for_nobody() -> None:
    async def scene() -> None:
        node = Node()
        node.answer("sure", ONE, sure=True)
        await asyncio.sleep(0.1)
        node.answer("too", OTHER, sure=True)
        certain = node.answer("then", OTHER, sure=False)
        await asyncio.sleep(0.3)
        certain.set()
        await asyncio.gather(*node.tasks)
        assert node.begun == {"sure": 0.0, "too": 0.1, "then": 0.4}

    run(scene())


def test_what_is_given_up_makes_room() -> None:
    async def scene() -> None:
        node = Node()
        node.answer("sure", ONE, sure=True)
        await asyncio.sleep(0.1)
        node.answer("maybe", OTHER, sure=False)
        node.answer("gone", OTHER, sure=False)
        await asyncio.sleep(0.1)
        node.tasks[2].cancel()
        node.tasks[0].cancel()
        await asyncio.wait(node.tasks)
        assert node.begun == {"sure": 0.0, "maybe": 0.2}

    run(scene())


def test_two_thoughts_that_may_be_for_nothing_go_side_by_side() -> None:
    async def scene() -> None:
        node = Node()
        node.answer("maybe", ONE, sure=False)
        node.answer("too", OTHER, sure=False)
        await asyncio.gather(*node.tasks)
        assert node.begun == {"maybe": 0.0, "too": 0.0}

    run(scene())
