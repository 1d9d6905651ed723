"""A turn of the caller's and what is said to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from visavis.call.dialogue.reply import Reply
from visavis.call.dialogue.turn_input import TurnInput
from visavis.call.events import Bus, ReplySounds

SLOW_MS = 3_000
"""An answer later than this is a fault, whatever the reason."""


@dataclass(eq=False)
class Answering:
    """A reply, and the words that it answers."""

    reply: Reply
    words: TurnInput
    generation: int
    """As which it would be spoken if nothing were before it: what is asked for it bears this."""
    left: bool = False
    """Something of it has sounded."""

    def sounds(self, bus: Bus) -> None:
        """Some of it is heard now; the first time, it is told how long the caller waited."""
        reply, watch = self.reply, self.reply.watch
        watch.mark("left", monotonic())
        if self.left:
            return
        self.left = True
        waited = watch.total_ms if self.words.text else None
        stages: Mapping[str, float] = watch.stages() if waited is not None else {}
        bus.publish(ReplySounds(reply.turn, reply.generation, waited, stages))
        if waited is not None and waited > SLOW_MS:
            slowest = max(stages, key=lambda stage: stages[stage])
            bus.fault("slow_reply", f"{waited:.0f} ms, {slowest} most of it")
