"""Who has the floor: a pure state machine from what is heard to what must be done about it.

Events come in (32 ms of the caller's sound, judged; a transcript; an opinion whether the turn is
finished; the persona begins or ends to be heard), actions go out. Nothing here waits, sleeps or
does I/O. All times are ms of the caller's audio since the call began, so the rules mean the same
however the packets came.

The persona, spoken over, first dips (cheap, at the first voiced frame), then holds (silent, but
the place is kept), and only when words have been understood, or the caller simply goes on, is the
reply cancelled. So a cough or an "uh-huh" costs a dip, and a real interruption is obeyed at once.
"""

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Pace:
    """The numbers of turn-taking, in ms unless they say otherwise."""

    begin: float = 0.5
    """Speech probability that begins a segment."""
    keep: float = 0.35
    """Speech probability that keeps one going (hysteresis, as silero's own iterator does)."""
    min_voiced: float = 96
    """Less voiced sound than this is a click or a cough, not a turn."""
    speculate: float = 64
    min_silence: float = 200
    max_silence: float = 800
    opinion_grace: float = 100
    """How long past `min_silence` the end-of-turn opinion is waited for."""
    max_turn: float = 28_000
    semantic: bool = True
    hold_after: float = 384
    """Voiced sound over the persona's that silences it. An "uh-huh" is shorter; the way to the
    caller's ear takes 30 ms more, and within 450 ms they want silence."""
    cancel_after: float = 900
    """Voiced sound over the persona's that ends its reply without waiting for the words."""
    undip_after: float = 160
    """Silence after which a dip, that never became a hold, is taken back."""
    transcript_deadline: float = 5_000
    preroll: float = 250
    """Sound kept from before the first voiced frame: soft consonants come before the voice."""
    prompts: tuple[float, ...] = (20_000, 60_000)
    """Nobody has spoken for so long: the persona asks gently."""
    give_up: float = 600_000
    """Nobody has spoken for so long: the call ends."""


@dataclass(frozen=True)
class Dip:
    """Lower the persona's voice."""


@dataclass(frozen=True)
class Hold:
    """Silence the persona's voice and keep its place."""


@dataclass(frozen=True)
class Resume:
    """Bring the persona's voice back, from the place where it was held."""


@dataclass(frozen=True)
class Cancel:
    """Raise the generation: the reply that is spoken or prepared is over."""

    cause: str


@dataclass(frozen=True)
class Transcribe:
    """Turn this stretch of the caller's audio into text and ask whether it sounds finished."""

    attempt: int
    begin_ms: float
    last_voiced_ms: float


@dataclass(frozen=True)
class Prepare:
    """The words are known, the turn is not over yet: think, but don't speak."""

    attempt: int
    text: str


@dataclass(frozen=True)
class Abandon:
    """The caller goes on: what was transcribed or prepared for this attempt is void."""

    attempt: int


@dataclass(frozen=True)
class EndTurn:
    """The caller has finished: answer."""

    attempt: int
    text: str
    last_voiced_ms: float


@dataclass(frozen=True)
class Discard:
    """It was no turn: a cough, a click, a backchannel, or sound that held no words."""

    cause: str
    voiced_ms: float = 0.0


@dataclass(frozen=True)
class Unheard:
    """Loud speech whose transcript never came: a fault, said to the caller."""


@dataclass(frozen=True)
class Nudge:
    """Nobody speaks: say the n-th gentle line."""

    n: int


@dataclass(frozen=True)
class GiveUp:
    """Nobody has spoken for very long: end the call."""


Action = (
    Dip | Hold | Resume | Cancel | Transcribe | Prepare | Abandon | EndTurn | Discard | Unheard
    | Nudge | GiveUp
)  # fmt: skip


class Volume(Enum):
    """How loud the persona is let speak."""

    FULL = "full"
    DIPPED = "dipped"
    HELD = "held"


@dataclass
class _Segment:
    """The caller's turn so far."""

    start: float
    last: float
    voiced: float = 0.0
    """Voiced ms since the last cancel or the start: what counts against the persona."""
    attempt: int | None = None
    text: str | None = None
    finished: float | None = None
    complete: bool = False
    backchannel: bool = False
    prepared: bool = False
    forced: bool = False


@dataclass
class Turns:
    """The floor of one call. Every method returns the actions to take, in order."""

    pace: Pace = field(default_factory=Pace)
    patient: bool = False
    """Nobody is expected to speak: silence is not counted."""
    _now: float = 0.0
    _segment: _Segment | None = None
    _attempts: int = 0
    _speaking: bool = False
    _volume: Volume = Volume.FULL
    _answering: float | None = None
    """Start of the turn that is being answered, while nothing of the answer has been heard."""
    _quiet_since: float = 0.0
    _prompted: int = 0

    # -- events -----------------------------------------------------------------------------

    def voicing(self, end_ms: float, speech: float, length_ms: float = 32.0) -> list[Action]:
        """A judged frame of the caller's sound that ends at `end_ms`; `speech` is 0..1."""
        self._now = max(self._now, end_ms)
        actions: list[Action] = []
        threshold = self.pace.begin if self._segment is None else self.pace.keep
        if speech >= threshold:
            actions += self._voiced(end_ms, length_ms)
        return actions + self._decide()

    def tick(self, now_ms: float) -> list[Action]:
        """Time has passed, with or without sound."""
        self._now = max(self._now, now_ms)
        return self._decide()

    def transcript(
        self, attempt: int, text: str, *, complete: bool = False, backchannel: bool = False
    ) -> list[Action]:
        """The words of an attempt. `complete`: they leave no doubt that the turn is finished."""
        segment = self._segment
        if segment is None or segment.attempt != attempt:
            return []
        segment.text, segment.complete, segment.backchannel = text, complete, backchannel
        return self._decide()

    def lost(self, attempt: int) -> list[Action]:
        """The words of an attempt will not come."""
        segment = self._segment
        if segment is None or segment.attempt != attempt:
            return []
        return [*self._drop("no transcript"), Unheard()]

    def finished(self, attempt: int, probability: float) -> list[Action]:
        """The end-of-turn model's opinion, 0..1, of an attempt."""
        segment = self._segment
        if segment is None or segment.attempt != attempt:
            return []
        segment.finished = probability
        return self._decide()

    def typed(self) -> list[Action]:
        """The caller sent text: a turn of its own, and it interrupts."""
        actions: list[Action] = []
        if self._speaking or self._answering is not None:
            actions.append(self._cancel("text"))
        self._answering = None
        self._active()
        return actions

    @property
    def hearing(self) -> bool:
        """The caller is speaking, or has just stopped and may go on."""
        return self._segment is not None and self._segment.voiced >= self.pace.min_voiced

    @property
    def answering(self) -> bool:
        """A turn of the caller's is answered, and nothing of the answer has been heard."""
        return self._answering is not None

    def signed(self, *, instead: bool = False) -> list[Action]:
        """The caller made a sign while not speaking: a turn of its own, to which speech may still
        be added. `instead`: what sounds like speech was a sound that stands for a sign."""
        actions: list[Action] = []
        if instead and self._segment is not None:
            actions += self._drop("a taught sound")
        if self._speaking:
            actions.append(self._cancel("sign"))
        elif self._answering is not None:
            actions.append(Cancel("went on"))
        self._answering = self._now
        self._active()
        return actions

    def expect(self, anybody: bool) -> None:
        """Whether somebody is expected to speak."""
        self.patient = not anybody

    def interrupt(self) -> list[Action]:
        """The caller pressed a button to stop the persona."""
        if not self._speaking and self._answering is None:
            return []
        self._answering = None
        return [self._cancel("button")]

    def persona_starts(self) -> None:
        """The first sample of a reply leaves."""
        self._speaking, self._answering = True, None

    def persona_stops(self) -> None:
        """The last sample of a reply has left, or there was nothing to say."""
        self._speaking, self._volume, self._answering = False, Volume.FULL, None
        self._quiet_since = self._now

    # -- rules ------------------------------------------------------------------------------

    def _voiced(self, end_ms: float, length_ms: float) -> list[Action]:
        actions: list[Action] = []
        self._active()
        segment = self._segment
        if segment is None:
            segment = self._segment = _Segment(start=end_ms - length_ms, last=end_ms)
        if segment.attempt is not None and not segment.forced:
            actions.append(Abandon(segment.attempt))
            segment.attempt, segment.text, segment.finished = None, None, None
            segment.complete = segment.backchannel = segment.prepared = False
        segment.last = end_ms
        segment.voiced += length_ms
        if self._speaking:
            if self._volume is Volume.FULL:
                self._volume = Volume.DIPPED
                actions.append(Dip())
            if self._volume is Volume.DIPPED and segment.voiced >= self.pace.hold_after:
                self._volume = Volume.HELD
                actions.append(Hold())
            if segment.voiced >= self.pace.cancel_after:
                actions.append(self._cancel("spoken over"))
        elif self._answering is not None and segment.voiced >= self.pace.min_voiced:
            # The caller had only paused: the answer that nobody heard is void, the turn goes on.
            segment.start, self._answering = min(segment.start, self._answering), None
            actions.append(Cancel("went on"))
        return actions

    def _decide(self) -> list[Action]:
        segment = self._segment
        if segment is None:
            return self._quiet()
        pace, silence = self.pace, self._now - segment.last
        if segment.text is not None:
            return self._understood(segment, silence)
        actions: list[Action] = []
        if self._volume is Volume.DIPPED and silence >= pace.undip_after:
            actions.append(self._resume())
        if self._now - segment.start >= pace.max_turn:
            segment.forced = True
        if segment.attempt is None:
            if silence < pace.speculate and not segment.forced:
                return actions
            if segment.voiced < pace.min_voiced:
                return actions + (self._drop("noise") if silence >= pace.min_silence else [])
            self._attempts += 1
            segment.attempt = self._attempts
            begin = max(0.0, segment.start - pace.preroll)
            actions.append(Transcribe(segment.attempt, begin, segment.last))
        elif silence >= pace.transcript_deadline:
            actions += [*self._drop("no transcript"), Unheard()]
        return actions

    def _understood(self, segment: _Segment, silence: float) -> list[Action]:
        pace, text = self.pace, segment.text or ""
        actions: list[Action] = []
        if not text:
            # Coughs and laughs hold no words; wait out the silence, a word may still follow.
            if self._volume is not Volume.FULL:
                actions.append(self._resume())
            return actions + (self._drop("no words") if silence >= pace.min_silence else [])
        if self._speaking:
            if segment.backchannel:
                return self._drop("backchannel")
            actions.append(self._cancel("spoken over"))
        assert segment.attempt is not None  # a text belongs to an attempt
        if not segment.prepared:
            segment.prepared = True
            actions.append(Prepare(segment.attempt, text))
        if silence >= self._patience(segment) or segment.forced:
            actions.append(EndTurn(segment.attempt, text, segment.last))
            self._answering, self._segment = segment.start, None
        return actions

    def _patience(self, segment: _Segment) -> float:
        """The silence that ends this turn."""
        pace = self.pace
        if not pace.semantic or segment.complete:
            return pace.min_silence
        if segment.finished is None:
            return pace.min_silence + pace.opinion_grace
        return pace.min_silence if segment.finished >= 0.5 else pace.max_silence

    def _quiet(self) -> list[Action]:
        if self.patient:
            self._active()
        if self._speaking or self._answering is not None:
            return []
        quiet = self._now - self._quiet_since
        if quiet >= self.pace.give_up:
            self._quiet_since = self._now
            return [GiveUp()]
        if self._prompted < len(self.pace.prompts) and quiet >= self.pace.prompts[self._prompted]:
            self._prompted += 1
            return [Nudge(self._prompted - 1)]
        return []

    def _active(self) -> None:
        self._quiet_since, self._prompted = self._now, 0

    def _drop(self, cause: str) -> list[Action]:
        voiced = self._segment.voiced if self._segment is not None else 0.0
        actions: list[Action] = [Discard(cause, voiced)]
        self._segment = None
        if self._volume is not Volume.FULL:
            actions.insert(0, self._resume())
        return actions

    def _resume(self) -> Action:
        self._volume = Volume.FULL
        return Resume()

    def _cancel(self, cause: str) -> Action:
        self._speaking, self._volume = False, Volume.FULL
        if self._segment is not None:
            self._segment.voiced = 0.0
        return Cancel(cause)
