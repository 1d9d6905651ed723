"""News of one call: what has happened, told to whoever wants to know it.

Sound and pictures go from part to part by direct typed calls, one way. What has happened is
published here, and whoever publishes doesn't know who hears of it. What the floor decides
(`turns.actions`: `Dip`, `EndTurn`, …) is published on the same bus. Times in ms are the session's,
on the call's media clock; `monotonic()` s where it says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import structlog

from visavis.call.turns.segment import Segment
from visavis.engines.pose.features import Header, Landmarks, Stretch
from visavis.engines.tts.speech import Speech

log = structlog.get_logger(__name__)
E = TypeVar("E")


class Bus:
    """Of a call, or of a session in it. Handlers run at once, on the loop, in the order of their
    subscribing; an exception in one of them is a fault and keeps nothing from the others."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> None:
        """`handler` hears of every event of exactly this class from now on."""
        self._handlers.setdefault(kind, []).append(handler)

    def publish(self, event: object) -> None:
        """Tell it to all who have subscribed. Never raises."""
        for handler in self._handlers.get(type(event), ()):
            try:
                handler(event)
            except Exception as error:
                news, name = type(event).__name__, getattr(handler, "__qualname__", repr(handler))
                log.exception("event_not_handled", news=news, handler=name)
                if not isinstance(event, Faulted):
                    self.fault("event", f"{news}: {type(error).__name__}: {error}")

    def fault(self, kind: str, description: str, message: str = "") -> None:
        """Publish a `Faulted`."""
        self.publish(Faulted(kind, description, message))


# -- the call ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PeerConnected:
    """Media can flow; once."""


@dataclass(frozen=True)
class PeerSaid:
    """A message on the data channel, as it came."""

    message: str | bytes


@dataclass(frozen=True)
class PeerClosed:
    """The connection has ended; once, whoever ended it."""

    reason: str
    """"hung up" (us), "left" (the peer), "failed", "vanished", "never connected", or our own."""


@dataclass(frozen=True)
class Faulted:
    """Something failed: a row, and a sentence for the caller when it concerns them."""

    kind: str
    description: str
    """Holds no words of the caller."""
    message: str = ""


@dataclass(frozen=True)
class Connected:
    """Media flow, and whoever is there is this session's."""

    cause: str
    audio: bool
    video: bool
    """What the caller is sent."""


@dataclass(frozen=True)
class Interrupted:
    """Nothing at all arrives from the caller any more, or something does again."""

    silent: bool


@dataclass(frozen=True)
class ClientKnown:
    """What the caller's browser or telephone told of itself; its row."""

    facts: Mapping[str, Any]
    row: UUID
    timezone: str | None


@dataclass(frozen=True)
class MessageCame:
    """A message of the caller's that fits the schema of the data channel."""

    said: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What its `type` says: ``text``, ``consent``."""
        return str(self.said["type"])


@dataclass(frozen=True)
class HelloRepeated:
    """The caller's page greets again; nothing begins anew."""


@dataclass(frozen=True)
class ToCaller:
    """A message for the data channel: its type and its fields."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConsentChanged:
    """Camera and microphone may be kept from now on, or not any more."""

    given: bool


@dataclass(frozen=True)
class ModeEntered:
    """`message`: what the page shows of it."""

    mode: str
    cause: str
    message: str


@dataclass(frozen=True)
class Greeted:
    """The caller has said hello, or had the time to."""

    away_ms: float = 0.0
    """So long their page could not reach the server before."""


@dataclass(frozen=True)
class VisitorLeft:
    """Nobody is there any more: the session is over, the call goes on."""

    talked: bool
    """There was a conversation."""


@dataclass(frozen=True)
class HangUp:
    """The call is to end."""

    cause: str


@dataclass(frozen=True)
class Measured:
    """A duration in ms."""

    measure: str
    ms: float
    turn: UUID | None = None
    system: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


# -- who speaks -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Transcribed:
    """The words of a segment are there; its turn may still go on."""

    segment: Segment


@dataclass(frozen=True)
class CallerActive:
    """The caller takes part: by "speech", "text" or a "sign"."""

    cause: str


@dataclass(frozen=True)
class Understood:
    """A transcript belongs to this turn, which may still go on."""

    turn: UUID
    segment: Segment


@dataclass(frozen=True)
class TurnEnded:
    """The caller has finished speaking."""

    turn: UUID
    segment: Segment


@dataclass(frozen=True)
class Typed:
    """The caller has sent words: a turn of its own."""

    turn: UUID
    text: str


# -- what is answered -------------------------------------------------------------------------


@dataclass(frozen=True)
class PromptFacts:
    """What a model was told for a reply: ``chunks`` were found, ``instead`` had it ready."""

    template: UUID
    system: str
    values: Mapping[str, Any]
    """Every hole's value, and the note with its template."""
    chunks: Sequence[Mapping[str, Any]]
    find_ms: float | None
    instead: str | None = None


@dataclass(frozen=True)
class LineDue:
    """The persona is to say one of its lines of this kind, unless it is speaking already."""

    kind: str


@dataclass(frozen=True)
class Hush:
    """The persona is to stop speaking: something else is going on."""


@dataclass(frozen=True)
class ReplyChosen:
    """A reply is about to be spoken, as this generation. `said`: the words that it answers."""

    turn: UUID
    generation: int
    said: str
    system: str
    parameters: Mapping[str, Any]
    prompt: PromptFacts | None
    """As far as it is known yet."""


@dataclass(frozen=True)
class ReplyBegins:
    """The persona is about to speak, or to show what it says."""


@dataclass(frozen=True)
class ClauseSpoken:
    """A clause was given a voice."""

    turn: UUID
    generation: int | None
    text: str
    speech: Speech


@dataclass(frozen=True)
class ReplySounds:
    """The first audible sample of a reply has left; it may be a filler's."""

    turn: UUID
    generation: int | None
    waited_ms: float | None
    """Since the caller's last voiced sample; None: it answers nobody."""


@dataclass(frozen=True)
class ReplyEnded:
    """A reply was heard to its end, or cut off."""

    turn: UUID
    generation: int | None
    text: str
    """All that was thought of it."""
    heard: str
    words_heard: int
    cut: bool
    prompt: PromptFacts | None


# -- what is seen, learnt and measured --------------------------------------------------------


@dataclass(frozen=True)
class Looked:
    """What one picture of the caller's showed, with their consent.

    The header says what found it, and the picture's (width, height) in px.
    """

    landmarks: Landmarks
    header: Header
    light: float
    """The picture's mean, 0..1."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px."""
        return self.header.size


@dataclass(frozen=True)
class StretchSeen:
    """A finished stretch of landmarks."""

    stretch: Stretch


@dataclass(frozen=True)
class Described:
    """What is seen of the caller, in words."""

    system: str
    description: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class LessonChanged:
    """The caller's signs are taught from now on, or not any more: the persona keeps quiet."""

    on: bool


@dataclass(frozen=True)
class SignMade:
    """One of the caller's signs was recognised, or corrected; `label` None: unknown."""

    sign: UUID
    turn: UUID | None
    label: str | None
    modality: str
    facts: Mapping[str, Any]
    corrected: bool = False


@dataclass(frozen=True)
class Calibration:
    """A microphone's levels in dBFS (None: not measured), what to do about them, and how the
    caller stood in the picture (empty: not looked at)."""

    gain_db: float = 0.0
    noise_floor_db: float | None = None
    speech_level_db: float | None = None
    framing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recalled:
    """What is known of this client from an earlier call."""

    calibration: Calibration


@dataclass(frozen=True)
class Calibrated:
    """The caller's gain, levels and framing are these now; `cause` "remembered": as they were."""

    calibration: Calibration
    cause: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filmed:
    """What left during a reply: a WebM file."""

    turn: UUID
    generation: int | None
    webm: bytes
    length_ms: float
    films: Sequence[str] = ()
    """Names of films made ahead that are seen in it."""
