"""How a session begins: the hello of both sides, and what the caller agrees to."""

import asyncio
from collections.abc import Mapping
from typing import Any

from visavis.call.channel import protocol
from visavis.call.commands.commands import WithdrawConsent
from visavis.call.events import (
    Bus,
    ClientKnown,
    Connected,
    ConsentChanged,
    Greeted,
    HelloRepeated,
    MessageCame,
    ToCaller,
)
from visavis.call.keeping.keeping import SessionKeeping
from visavis.call.rtc.caller import Calling
from visavis.compute.tasks import Tasks

GREET_S = 1.0
"""A caller without a data channel says no hello; so long it is waited for."""
WITHDRAWN = "Your consent was taken back: what was kept by it is deleted, and no more is kept."


class Greeting:
    """Hello both ways: what the caller's page says of itself and agrees to, and what it is told."""

    def __init__(
        self,
        bus: Bus,
        keeping: SessionKeeping,
        calling: Calling,
        hello: Mapping[str, Any],
        client: ClientKnown | None,
        tasks: Tasks,
        *,
        asks_consent: bool,
    ) -> None:
        """`hello`: the fields of ours; `client`: what an earlier session of the call was told;
        without `asks_consent` nobody agrees to anything."""
        self.client = client
        self.consented = False
        self._bus = bus
        self._keeping = keeping
        self._calling = calling
        self._hello = {"version": protocol.VERSION, **hello}
        self._tasks = tasks
        self._asks_consent = asks_consent
        bus.subscribe(Connected, self._connected)
        bus.subscribe(HelloRepeated, lambda _: self._greet())
        bus.subscribe(MessageCame, self._message)
        bus.subscribe(WithdrawConsent, self._withdrawn)

    def _connected(self, _: Connected) -> None:
        self._greet()
        if self.client is not None:
            self._bus.publish(self.client)
        self._tasks.start(self._greeted_at_last())

    def _greet(self) -> None:
        self._bus.publish(ToCaller("hello", self._hello))

    async def _greeted_at_last(self) -> None:
        await asyncio.sleep(GREET_S)
        self._bus.publish(Greeted())

    def _message(self, message: MessageCame) -> None:
        said = message.said
        if message.kind == "hello":
            facts = {**self._calling.meta, **said.get("client", {})}
            self.client = ClientKnown(facts, self._keeping.client(facts), said.get("timezone"))
            self._bus.publish(self.client)
            self._consent(said["consent"])
            self._bus.publish(Greeted(said.get("away_ms", 0.0)))
        elif message.kind == "consent":
            self._consent(said["given"])

    def _withdrawn(self, _: WithdrawConsent) -> None:
        """From outside, perhaps by somebody else: the caller is told."""
        if self.consented:
            self._consent(False)
            told = {"kind": "consent_withdrawn", "message": WITHDRAWN}
            self._bus.publish(ToCaller("fault", told))

    def _consent(self, given: bool) -> None:
        self.consented = given and self._asks_consent
        self._bus.publish(ConsentChanged(self.consented))
