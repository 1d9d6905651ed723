"""What the fixtures of the API's tests give."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from records_opened import Books

from visavis.call.commands.commands import Command, CommandOutcome
from visavis.call.need.alerts import Alerts
from visavis.records.reading.reader import Reader


@dataclass(frozen=True)
class Called:
    """The ids of a call with one spoken turn."""

    user: str
    session: UUID
    turn: UUID
    heard: UUID
    stt: UUID
    chat: UUID
    voice: UUID
    tts: UUID


class Ask(Protocol):
    """A request, with somebody's token."""

    async def __call__(
        self, method: str, path: str, token: str | None = "olga-token", **options: Any
    ) -> ClientResponse:
        """Its answer; ``options`` as aiohttp's client has them."""
        ...


class Told:
    """Calls of which nothing is known but what they were told; `outcome` is what becomes of it."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.outcome = CommandOutcome.DONE

    async def do(self, command: Command) -> CommandOutcome:
        """As of `Calls`."""
        self.commands.append(command)
        return self.outcome


@dataclass(frozen=True)
class House:
    """The API as it is served, over a database in which two people have called."""

    ask: Ask
    ann: Called
    bob: Called
    client: "TestClient[web.Request, web.Application]"
    books: Books
    faults: list[tuple[object, ...]]
    reader: Reader
    calls: Told
    alerts: Alerts
