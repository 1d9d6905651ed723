"""Calls that are only written down, for what stands above them."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from visavis.call import calls as module
from visavis.call.calls import Calls, Meta
from visavis.call.commands.commands import Command, CommandOutcome
from visavis.call.events import Bus, Faulted
from visavis.call.rtc import offer
from visavis.call.rtc.caller import Caller
from visavis.compute.lag import LoopLag


class FakeCall:
    """Connects when the test says so, and does what it is told: ``taken``."""

    made: ClassVar[list["FakeCall"]] = []

    def __init__(self, *given: Any) -> None:
        self.id = uuid4()
        self.session = self.id
        self.user = given[3].caller.user_id
        self.connected = False
        self.ended = ""
        self.taken: list[Command] = []
        self.takes: CommandOutcome | Exception = CommandOutcome.DONE
        self._on_closed: Callable[[UUID], None] = given[-1]
        FakeCall.made.append(self)

    async def answer(self) -> str:
        await asyncio.sleep(0.05)
        return "answer"

    def take(self, command: Command) -> CommandOutcome:
        self.taken.append(command)
        if isinstance(self.takes, Exception):
            raise self.takes
        return self.takes

    async def close(self, reason: str) -> None:
        await asyncio.sleep(0.5)
        self.ended = self.ended or reason
        self._on_closed(self.id)


def opened(monkeypatch: pytest.MonkeyPatch, capacity: int = 3) -> tuple[Calls, list[str]]:
    """Calls of which none is real, and the kinds of their faults."""
    FakeCall.made = []
    monkeypatch.setattr(module, "Call", FakeCall)
    monkeypatch.setattr(offer, "read", lambda sdp: sdp)
    faults: list[str] = []

    def keep(bus: Bus) -> None:
        bus.subscribe(Faulted, lambda fault: faults.append(fault.kind))

    keeping: Any = SimpleNamespace(user=lambda name: "0", keep_faults=keep)
    calls = Calls(keeping, LoopLag(), user="guest", initiator="caller", unconnected=2)
    engines: Any = object()
    calls.warm(engines, capacity)
    return calls, faults


def of(address: str, user: str = "") -> Meta:
    """A request from there, by somebody or nobody in particular."""
    caller = Caller(user, user, known=True) if user else None
    return Meta(remote=address, user_agent="", language="", counted=address, caller=caller)
