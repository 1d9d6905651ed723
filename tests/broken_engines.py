"""Plug-ins that break wherever they are asked something, each in its own way."""

import asyncio
import threading
from typing import Any

from visavis.engines.base import Engine

GO = threading.Event()
"""Lets go what blocks."""


class Weights(Engine):
    """Can't say what it needs."""

    @classmethod
    def weights(cls, settings: Any) -> tuple[str, ...]:
        raise RuntimeError("no \x1b[31mlist\nat http://me:hidden@h/v1")


class OneName(Engine):
    """Says it as it is not said."""

    @classmethod
    def weights(cls, settings: Any) -> tuple[str, ...]:
        return (3,)  # type: ignore[return-value]


class Exits(Engine):
    """Wants to end the process."""

    @classmethod
    def missing(cls) -> str:
        raise SystemExit("away")


class Reach(Engine):
    """Breaks where it asks."""

    @classmethod
    async def reach(cls, options: Any) -> str:
        raise KeyError("answer")


class Waits(Engine):
    """Waits for ever where it asks."""

    @classmethod
    async def reach(cls, options: Any) -> str:
        await asyncio.Event().wait()
        return ""


class Blocks(Engine):
    """Blocks where it asks."""

    @classmethod
    async def reach(cls, options: Any) -> str:
        GO.wait()
        return ""


class Hangs(Engine):
    """Blocks before it asks anything."""

    @classmethod
    def missing(cls) -> str:
        GO.wait()
        return ""


class Mute(Engine):
    """A voice that blocks at each clause."""

    system, parameters = "mute", dict[str, Any]()

    @classmethod
    async def load(cls, context: Any) -> "Mute":
        return cls()

    def say(self, text: str) -> Any:
        GO.wait()
