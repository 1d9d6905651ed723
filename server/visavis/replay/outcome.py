"""What comes of an exchange, as the call's own parts tell it on their bus."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from visavis.call.dialogue.reply import Clause
from visavis.call.events import Bus, ReplyChosen, ReplyEnded, TurnEnded, Typed
from visavis.call.turns.segmenter import SpeechSegmenter


@dataclass
class Played:
    """What came of an exchange now."""

    transcript: str = ""
    reply: str = ""
    """The last one, if it was taken for several turns."""
    turns: int = 0
    """In how many turns it was taken; 1 is as it was, 0: nothing was understood."""
    systems: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    """ms, as `call.dialogue.stages` has them, up to the first samples."""


class Outcome:
    """What comes of each exchange as it is played, heard on the bus."""

    def __init__(self, bus: Bus, segmenter: SpeechSegmenter) -> None:
        """`segmenter`: its clock is that of the caller's sound."""
        self._segmenter = segmenter
        self._played = Played()
        self._turns: dict[UUID, str] = {}
        self._endpoint_ms: float | None = None
        self.answering = False
        """A reply is being thought or spoken."""
        bus.subscribe(Typed, self._typed)
        bus.subscribe(TurnEnded, self._turn_ended)
        bus.subscribe(ReplyChosen, self._chosen)
        bus.subscribe(Clause, self._clause)
        bus.subscribe(ReplyEnded, self._ended)

    def begin(self) -> None:
        """The next exchange."""
        self._played, self._turns, self._endpoint_ms = Played(), {}, None

    @property
    def played(self) -> Played:
        """What has come of it so far."""
        return self._played

    def _typed(self, typed: Typed) -> None:
        self._turn(typed.turn, typed.text)

    def _turn_ended(self, ended: TurnEnded) -> None:
        segment = ended.segment
        assert segment.transcript is not None  # the turn's words
        self._turn(ended.turn, segment.transcript.text)
        self._played.systems = {"stt": segment.transcript.system}
        # By the sound's own clock: what was skipped of it was not lived through.
        self._endpoint_ms = self._segmenter.now_ms - segment.last_voiced_ms
        self._played.stages = {"endpoint": round(self._endpoint_ms, 1)}

    def _turn(self, turn: UUID, text: str) -> None:
        """A turn that went on has ended twice, with more words."""
        self._turns[turn] = text
        self._played.transcript = " ".join(self._turns.values())
        self._played.turns = len(self._turns)

    def _chosen(self, chosen: ReplyChosen) -> None:
        self.answering = True
        self._played.systems |= {"chat": chosen.system}
        self._played.systems.pop("tts", None)
        self._played.parameters = dict(chosen.parameters)

    def _clause(self, clause: Clause) -> None:
        if clause is next((one for one in clause.reply.clauses if not one.opener), None):
            stages = clause.reply.watch.stages()
            if self._endpoint_ms is not None:
                stages["endpoint"] = self._endpoint_ms
            self._played.stages = {name: round(ms, 1) for name, ms in stages.items()}
        if clause.speech is not None:
            self._played.systems["tts"] = clause.speech.system

    def _ended(self, ended: ReplyEnded) -> None:
        self.answering = False
        self._played.reply = ended.text
