"""What a call gave: the document that ``visavis call --json`` prints.

Every ``*_ms`` that is a moment counts from the POST of the offer, on one monotonic clock; every
other ``*_ms`` is a length. None (JSON ``null``) is "didn't happen" or "can't be told".
"""

from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True)
class CallProblem:
    """Why a call ended early; ``kind`` is one of ``problems.EXIT``."""

    kind: str
    message: str


@dataclass
class SpokenOver:
    """How the persona gave way to an interruption; lengths from its first voiced sample."""

    said: str
    began_ms: float
    ended_ms: float
    """Its last voiced sample."""
    level_before_db: float | None = None
    """None: the persona wasn't speaking when it came."""
    yield_ms: float | None = None
    """Until 15 dB below the level before, and staying there for 200 ms."""
    silence_ms: float | None = None
    """Until inaudible for 300 ms."""
    resumed_ms: float | None = None
    """Until back within 10 dB, when the persona came back."""
    in_pause: bool = False
    """It fell in a pause of the persona's own: leave its yield and silence out of statistics."""
    reply_latency_ms: float | None = None
    """Its last voiced sample sent → first audible sample after it, if there was silence between."""


@dataclass
class TurnReport:
    """One thing said and what came of it."""

    index: int
    said: str
    """The name of the sound file, or the typed text."""
    kind: str
    """``speech`` or ``text``."""
    began_ms: float
    """First voiced sample sent, or text sent."""
    ended_ms: float
    """Last voiced sample sent, or text sent."""
    reply_latency_ms: float | None = None
    """``ended_ms`` → first audible sample received; negative if the persona cut in."""
    answer_latency_ms: float | None = None
    """``ended_ms`` → the answer's first own word: no filler, no discourse marker ("Well,")."""
    fifth_word_ms: float | None = None
    """From that word to its fifth."""
    inner_gaps_ms: list[float] = field(default_factory=list)
    """Silences within the answer that are longer than those between sentences (300 ms)."""
    cut_in: bool = False
    """The persona was audible while the caller spoke."""
    caption_latency_ms: float | None = None
    """``ended_ms`` → the persona's first caption."""
    reply_began_ms: float | None = None
    reply_ended_ms: float | None = None
    spoken_over: SpokenOver | None = None
    caller_text: str = ""
    """What the server understood."""
    persona_text: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    """The server's ``heard`` events."""
    modes: list[str] = field(default_factory=list)
    mouth_offset_ms: float | None = None
    """Positive: the mouth moves after the voice."""
    mouth_correlation: float | None = None
    problem: str | None = None
    ids: list[str] = field(default_factory=list)
    """What the server calls this turn: the ids of its captions. Several when speech was heard as
    several turns, or the reply was spoken over."""


@dataclass
class AudioReport:
    """What was heard. ``gaps``: pauses between packets over 60 ms."""

    packets: int
    lost: int
    late: int
    undecodable: int
    longest_gap_ms: float | None
    gaps: list[dict[str, float]]


@dataclass
class VideoReport:
    """What was seen. ``freezes``: pauses between pictures over 120 ms."""

    frames: int
    undecodable: int
    width: int | None
    height: int | None
    fps: float | None
    longest_gap_ms: float | None
    freezes: list[dict[str, float]]


@dataclass
class MouthReport:
    """The lips against the voice, over all replies.

    An opening is the distance of the inner lips by that of the outer eye corners. ``basis`` says
    how sound and picture were laid on one line: ``rtcp`` (sender reports) or ``arrival``.
    """

    basis: str
    pictures: int
    faces: int
    offset_ms: float | None
    """Median over replies; positive: the mouth is late."""
    correlation: float | None
    open_speaking: float | None
    open_silent: float | None


@dataclass
class CallReport:
    """The whole call."""

    url: str
    version: int = VERSION
    problem: CallProblem | None = None
    session: str | None = None
    persona: str | None = None
    answered_ms: float | None = None
    connected_ms: float | None = None
    first_picture_ms: float | None = None
    greeting_ms: float | None = None
    """First audible sample of what the persona said before the first turn."""
    greeting_text: str = ""
    duration_ms: float = 0.0
    hung_up: int | None = None
    """The status of the DELETE."""
    hung_up_ms: float | None = None
    turns: list[TurnReport] = field(default_factory=list)
    audio: AudioReport | None = None
    video: VideoReport | None = None
    mouth: MouthReport | None = None
    sending_late_p99_ms: float | None = None
    """How late this client's own 20 ms frames were: what the other figures can be trusted to."""
    saved: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    """Every message on the data channel, with ``received_ms``."""

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The server's ``fault`` events."""
        return [event for event in self.events if event.get("type") == "fault"]

    def document(self) -> dict[str, Any]:
        """Plain dictionaries and lists, for JSON."""
        return asdict(self)
