"""What the caller says on the data channel: bounded, understood, and handed to who does it.

However much comes, it costs little and loses nothing that matters. A kind of message that comes too
often is dropped for a while, and the caller is told so. Typed text and a consent that is given wait
instead: the newest is taken a moment later in the place of those before it. A consent that is taken
back never waits. A long message costs something even to be read; of those that come too fast the
newest waits, unread, and the others are dropped.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from visavis.call.channel import protocol
from visavis.call.channel.rates import BAD, CLOSED_S, LONG, Rates, RateVerdict
from visavis.call.commands.commands import WithdrawConsent
from visavis.call.events import Bus, HelloRepeated, MessageCame, ToCaller
from visavis.inputs import MAX_MESSAGE

BAD_MESSAGES_KEPT = 20
LONG_CHARACTERS = 512
"""Longer messages are long ones. A question, a consent and what a page measures are not."""
WAIT_S = 1.0
"""So long what has come too fast waits, before the newest of it is taken."""

SAME = "consent unchanged"
CONSENTS = "Too many words on consent have come; only the newest of each second counts."
TOO_MANY = {
    BAD: f"Too many messages can't be understood; for {CLOSED_S:g} s they are not answered.",
    "consent": CONSENTS,
    SAME: CONSENTS,
    LONG: (
        f"Too many long messages have come; for {CLOSED_S:g} s only the newest of each second "
        f"is read, of those with over {LONG_CHARACTERS} characters."
    ),
}


class Messages:
    """Of one session: what fits the schema is published as `MessageCame`."""

    def __init__(self, bus: Bus, rates: Rates | None = None) -> None:
        """`rates`: the channel's, where others have taken its messages before."""
        self._bus = bus
        self._rates = rates or Rates()
        self._bad = 0
        self._greeted = False
        self._consented: bool | None = None
        """The caller's last word on it."""
        self._waiting: dict[str, Callable[[], None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._dropped: Counter[str] = Counter()
        self._too_many: set[str] = set()
        """Kinds of which a row says so."""
        bus.subscribe(WithdrawConsent, self._withdrawn)

    def take(self, message: str | bytes) -> None:
        """Do what it says, now or soon, or answer what is wrong with it."""
        size = min(len(message), MAX_MESSAGE)
        if size > LONG_CHARACTERS and self._must_wait(LONG, size):
            self._wait(LONG, partial(self._read, message, late=True))
        else:
            self._read(message)

    def close(self) -> None:
        """The call is over: nothing waits any more, and a row tells what was dropped."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()
        if self._dropped:
            dropped = ", ".join(f"{kind} {count:,}" for kind, count in self._dropped.items())
            self._bus.fault("too_many", f"Messages dropped in this call, by kind: {dropped}.")

    # -- what comes in ----------------------------------------------------------------------

    def _read(self, message: str | bytes, late: bool = False) -> None:
        """`late`: it has waited already."""
        try:
            said = protocol.read(message)
            match said["type"]:
                case "consent":
                    self._consent(protocol.check(said))
                case "text" | "interrupt":
                    self._newest(protocol.check(said), late)
                case "hello":
                    self._hello(protocol.check(said))
                case kind if self._admitted(kind):  # a flood of them isn't even checked
                    self._hand_on(protocol.check(said))
        except protocol.BadMessage as reason:
            if self._admitted(BAD):
                self._answer(str(reason))

    def _answer(self, reason: str) -> None:
        """Say what is wrong with a message. Only the first are kept, so that garbage fills no
        disk."""
        self._bad += 1
        if self._bad <= BAD_MESSAGES_KEPT:
            self._bus.fault("bad_message", reason, reason)
        else:
            self._refuse("bad_message", reason)

    def _consent(self, said: dict[str, Any]) -> None:
        given = said["given"]
        if not given:
            self._stop_waiting("consent")
        if given is self._consented:
            self._admitted(SAME)  # nothing to do, but a flood of it is told
            return
        if given and self._must_wait("consent"):
            self._wait("consent", partial(self._hand_on, said))
        else:
            self._hand_on(said)

    def _withdrawn(self, _: WithdrawConsent) -> None:
        """What the caller gave before counts no more, nor does what waits."""
        self._stop_waiting("consent")
        if self._consented:
            self._consented = False

    def _newest(self, said: dict[str, Any], late: bool) -> None:
        kind = said["type"]
        if late:
            self._stop_waiting(kind)
            self._hand_on(said)
        elif self._must_wait(kind):
            self._wait(kind, partial(self._hand_on, said))
        else:
            self._hand_on(said)

    def _hello(self, said: dict[str, Any]) -> None:
        """What it takes back is taken back also where it is one too many."""
        if not said["consent"]:
            self._stop_waiting("consent")
            if self._greeted:
                self._consent({"type": "consent", "given": False})
        if self._admitted("hello"):
            self._hand_on(said)

    def _hand_on(self, said: dict[str, Any]) -> None:
        kind = said["type"]
        if kind == "hello":
            if self._greeted:
                self._bus.publish(HelloRepeated())
                self._consent({"type": "consent", "given": said["consent"]})
                return
            self._greeted = True
            self._consented = said["consent"]
        elif kind == "consent":
            self._consented = said["given"]
        self._bus.publish(MessageCame(said))

    def _refuse(self, kind: str, message: str) -> None:
        """Tell the caller, and keep no row."""
        self._bus.publish(ToCaller("fault", {"kind": kind, "message": message}))

    # -- too much ---------------------------------------------------------------------------

    def _admitted(self, kind: str) -> bool:
        """Whether another of this kind may be taken; if not, it is counted as dropped."""
        admission = self._rates.admit(kind)
        if admission is RateVerdict.OPEN:
            return True
        self._dropped[kind] += 1
        if admission is RateVerdict.CLOSING:
            self._tell(kind)
        return False

    def _must_wait(self, kind: str, tokens: float = 1.0) -> bool:
        if kind in self._waiting:
            return True
        admission = self._rates.admit(kind, tokens)
        if admission is RateVerdict.CLOSING and kind in TOO_MANY:
            self._tell(kind)
        return admission is not RateVerdict.OPEN

    def _tell(self, kind: str) -> None:
        """Once each time that a kind is closed; the first time is a row, too."""
        sentence = TOO_MANY.get(kind) or (
            f"Too many messages of the type {kind} have come; for {CLOSED_S:g} s they are dropped."
        )
        if kind in self._too_many:
            self._refuse("too_many", sentence)
        else:
            self._too_many.add(kind)
            self._bus.fault("too_many", sentence, sentence)

    def _wait(self, kind: str, take: Callable[[], None]) -> None:
        """Take it in a moment, instead of the one of its kind that waits already, if one does."""
        if kind in self._waiting:
            self._dropped[kind] += 1
        else:
            loop = asyncio.get_running_loop()
            self._timers[kind] = loop.call_later(WAIT_S, self._waited, kind)
        self._waiting[kind] = take

    def _stop_waiting(self, kind: str) -> None:
        if self._waiting.pop(kind, None) is not None:
            self._timers.pop(kind).cancel()

    def _waited(self, kind: str) -> None:
        take = self._waiting.pop(kind)
        del self._timers[kind]
        try:
            take()
        except Exception as error:
            self._bus.fault("event", f"{type(error).__name__}: {error}")
