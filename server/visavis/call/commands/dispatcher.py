"""Commands on their way to what they concern: each is done once, in time, and none raises."""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from time import time
from typing import Any

from visavis.call.commands.commands import Command, CommandKey, CommandOutcome
from visavis.call.events import Bus

MOST = 256
"""Commands that are being done at a time."""
REMEMBERED = 4_096
"""Commands that were done and are known when they come again."""

Work = Coroutine[Any, Any, CommandOutcome]


class Dispatcher:
    """Sees to it that a node does each command once, and in time. Used from the event loop."""

    def __init__(self, bus: Bus) -> None:
        """`bus` hears of what fails and of what came too late."""
        self._bus = bus
        self._running: dict[CommandKey, asyncio.Task[CommandOutcome]] = {}
        self._done: OrderedDict[CommandKey, None] = OrderedDict()

    async def do(self, command: Command, work: Work) -> CommandOutcome:
        """What became of `command`, which `work` does. Never raises; whoever waits may go away."""
        running = self._running.get(command.key)
        if running is not None:
            work.close()
            outcome = await asyncio.shield(running)
            return CommandOutcome.ALREADY if outcome is CommandOutcome.DONE else outcome
        refused = self._refused(command)
        if refused is not None:
            work.close()
            return refused
        running = asyncio.create_task(self._carried_out(command, work))
        self._running[command.key] = running
        return await asyncio.shield(running)

    def _refused(self, command: Command) -> CommandOutcome | None:
        """Why it isn't begun; None: it is."""
        if command.key in self._done:
            return CommandOutcome.ALREADY
        late_s = time() - command.deadline
        if late_s > 0:
            self._bus.fault("command_late", f"{_name(command)} came {late_s:.1f} s too late.")
            return CommandOutcome.TOO_LATE
        if len(self._running) >= MOST:
            self._bus.fault("commands", f"{MOST} commands are being done: {_name(command)} is not.")
            return CommandOutcome.NOT_NOW
        return None

    async def _carried_out(self, command: Command, work: Work) -> CommandOutcome:
        try:
            outcome = await work
        except Exception as error:
            self._bus.fault("command", f"{_name(command)}: {type(error).__name__}: {error}")
            outcome = CommandOutcome.FAILED
        finally:
            del self._running[command.key]
        if outcome is CommandOutcome.DONE:
            self._done[command.key] = None
            while len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
        return outcome


def _name(command: Command) -> str:
    return type(command).__name__
