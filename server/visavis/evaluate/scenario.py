"""What a scenario is: things that a caller says or types, and what must come of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ScriptPiece = Mapping[str, Any]
"""``{"say": text}``, ``{"pause": ms}`` or ``{"noise": kind, "ms": …, "db": …}``."""
Pattern = re.Pattern[str]


class ScenarioError(Exception):
    """A scenario or a case can't be used; the message names file, line and key, and says what is
    right."""


@dataclass(frozen=True)
class SpokenWords:
    """Something spoken: pieces in a row, over a background, or a sound file instead of both."""

    pieces: tuple[ScriptPiece, ...] = ()
    background: ScriptPiece | None = None
    wav: Path | None = None

    @property
    def words(self) -> str:
        """What is said in it; a sound file's are unknown."""
        return " ".join(str(piece["say"]) for piece in self.pieces if "say" in piece)

    @property
    def name(self) -> str:
        """For people."""
        return self.words or (self.wav.name if self.wav else "(no words)")


@dataclass(frozen=True)
class Cut:
    """She is spoken over, so many ms after her answer's first sound."""

    after_ms: float
    speaking: SpokenWords


@dataclass(frozen=True)
class Expected:
    """What must come of a turn. Empty: only that it is answered."""

    has: tuple[tuple[Pattern, ...], ...] = ()
    """Of each group one is found in the answer."""
    lacks: tuple[Pattern, ...] = ()
    within_ms: float | None = None
    """To the first sound of her answer, or where nothing sounds to its first words."""
    answered: bool | None = True
    """None: she may answer or not."""
    turns: tuple[int, ...] = ()
    """In how many turns it may be taken; empty: any number."""
    heard: str | None = None
    """The words that it must be taken for,"""
    wer: float = 0.0
    """but for so many of them that may be wrong, as a share."""
    voice: str | None = None
    """What becomes of her voice when she is spoken over: "stops" or "goes on"."""


@dataclass(frozen=True)
class CallerTurn:
    """One turn of the caller's."""

    typed: str | None = None
    """None: it is spoken."""
    speaking: SpokenWords = field(default_factory=SpokenWords)
    cut: Cut | None = None
    expected: Expected = field(default_factory=Expected)

    @property
    def said(self) -> str:
        """The words, or what stands for them."""
        return self.speaking.name if self.typed is None else self.typed

    @property
    def words(self) -> str:
        """What can be typed instead of spoken."""
        return self.speaking.words if self.typed is None else self.typed


@dataclass(frozen=True)
class Needs:
    """What a server must have been told for a scenario; of those with the same needs one serves
    all."""

    knowledge: tuple[Path, ...] = ()
    """Becomes `knowledge.files`."""
    settings: tuple[tuple[str, str | int | float | bool], ...] = ()
    """Dotted keys and their values."""
    chat_server: bool = False
    """The language model is a chat server that does what the scenario's `replies` say."""


@dataclass(frozen=True)
class Scenario:
    """One conversation."""

    name: str
    steps: tuple[CallerTurn, ...]
    tags: frozenset[str] = frozenset()
    about: str = ""
    good: str = ""
    """What a good last answer holds: for people who grade, and for a judge model."""
    ends: bool | None = None
    """Whether the call ends by it; None: either."""
    needs: Needs = field(default_factory=Needs)
    replies: Mapping[str, Any] | None = None
    """What the chat server does, as `models.jsonl` has it."""
    source: str = ""
    """File and line."""
