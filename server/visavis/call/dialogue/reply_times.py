"""How soon one reply is heard: told when it is, and not before.

Its first sound may be a filler's. What the caller waited for is the first word of the answer's
own: no filler, and no discourse marker.
"""

from time import monotonic

from visavis.call.dialogue.reply import Clause, Reply
from visavis.call.dialogue.stages import ReplyAnswers
from visavis.call.events import Bus, Measured, ReplySounds

SLOW_MS = 3_000
"""An answer later than this is a fault, whatever the reason."""


class ReplyTimes:
    """Of one reply: hears from the voice how far it has got."""

    def __init__(self, bus: Bus, reply: Reply, *, answers: bool) -> None:
        """`answers`: somebody waits for it; else it is said unasked."""
        self.left = False
        """Something of it has sounded."""
        self._bus = bus
        self._reply = reply
        self._answers = answers
        self._worded = False
        self._told = False

    def first_sound(self) -> None:
        """The first audible sample has left."""
        if self.left:
            return
        self.left = True
        reply, now = self._reply, monotonic()
        waited = (now - reply.watch.voiced) * 1000 if self._answers else None
        self._bus.publish(ReplySounds(reply.turn, reply.generation, waited))
        if waited is not None and reply.filled:
            self._bus.publish(Measured("filler", waited, turn=reply.turn))
        if not reply.clauses[0].opener:
            reply.watch.mark("left", now)
        self._tell()

    def clause_begins(self, clause: Clause) -> None:
        """A clause begins to leave; behind a filler, the answer may."""
        if self.left and not clause.opener:
            self._reply.watch.mark("left", monotonic())

    def own_word(self) -> None:
        """The first own word leaves, audible or not."""
        self._worded = True
        self._tell()

    def over(self) -> None:
        """It was heard to its end: "Okay." is an answer where nothing follows."""
        marks = self._reply.watch.marks
        if self._worded or "left" not in marks:
            return
        self._reply.watch.mark("answered", marks["left"])
        self.own_word()

    def _tell(self) -> None:
        """Once what the caller waited for is audible."""
        if self._told or not (self.left and self._worded and self._answers):
            return
        self._told = True
        reply, watch = self._reply, self._reply.watch
        watch.mark("answered", monotonic())
        waited, stages = watch.total_ms or 0.0, watch.stages()
        self._bus.publish(ReplyAnswers(reply.turn, reply.generation, waited, stages))
        if waited > SLOW_MS:
            slowest = max(stages, key=lambda stage: stages[stage])
            self._bus.fault("slow_reply", f"{waited:.0f} ms, {slowest} most of it")
