"""A clause on its way to the caller's ear, and what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.voice.clock import RATE

Samples = NDArray[np.float32]


class Timed(Protocol):
    """A word: only its span matters here. Ms from the start of its clause."""

    @property
    def start_ms(self) -> float: ...
    @property
    def end_ms(self) -> float: ...


class MouthTrack(Protocol):
    """The mouth of a clause as a function of time (``lipsync.visemes.VisemeTrack``)."""

    def at(self, ms: float) -> Samples:
        """(15,) weights."""
        ...


@dataclass(frozen=True, eq=False)
class Utterance:
    """One clause, ready to leave.

    ``samples``: (N,) float32 in −1…1, mono, 48 kHz (see ``sound.to_48k``). ``words``: in order.
    ``mouth``: None keeps the lips still. ``pause_ms``: silence that follows. ``tag``: anything
    that whoever said it wants back with the events. ``text``: what is said, by which a film of it
    is found.
    """

    generation: int
    id: UUID
    samples: Samples
    words: Sequence[Timed] = ()
    mouth: MouthTrack | None = None
    pause_ms: float = 0.0
    tag: Any = None
    text: str = ""
    own_word_ms: float | None = None
    """Where in it the first word of a whole answer begins that is no discourse marker."""

    @property
    def sound_ms(self) -> float:
        """Without the pause."""
        return self.samples.size / RATE * 1000

    @property
    def duration_ms(self) -> float:
        """With the pause."""
        return self.sound_ms + self.pause_ms


@dataclass(frozen=True)
class Heard:
    """How much of a clause has left. ``words`` counts those that left whole."""

    utterance: Utterance
    ms: float
    words: int
    complete: bool


@dataclass(frozen=True)
class Started:
    """The clause's first sample leaves at this ms of the media clock."""

    utterance: Utterance
    at_ms: float


@dataclass(frozen=True)
class Finished:
    """Its last sample leaves at ``at_ms``; any pause is still to come."""

    heard: Heard
    at_ms: float


@dataclass(frozen=True)
class FirstSound:
    """The first audible sample of a generation leaves at this ms: the end of its latency."""

    generation: int
    at_ms: float


@dataclass(frozen=True)
class OwnWord:
    """The answer's first own word begins to leave at this ms: see `Utterance.own_word_ms`."""

    utterance: Utterance
    at_ms: float


@dataclass(frozen=True)
class Idle:
    """Nothing is left to say."""

    at_ms: float


Event = Started | Finished | FirstSound | OwnWord | Idle


@dataclass(frozen=True)
class Spoken:
    """The clause that a sample belongs to, and the ms into it."""

    utterance: Utterance
    ms: float
