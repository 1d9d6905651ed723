"""The numbers of turn-taking."""

from dataclasses import dataclass

from visavis.call.turns.turn_words import TurnWords
from visavis.call.turns.unfinished import Openness
from visavis.engine_settings import TurnSettings

_TURN = TurnSettings()
UNFINISHED, SURE = 0.5, 0.9
"""The end-of-turn model's probabilities below which a turn isn't over, and from which it is."""


@dataclass(frozen=True)
class Pace:
    """In ms unless they say otherwise."""

    begin: float = 0.5
    """Speech probability that begins a segment."""
    keep: float = 0.35
    """Speech probability that keeps one going (hysteresis, as silero's own iterator does)."""
    min_voiced: float = 96
    """Less voiced sound than this is a click or a cough, not a turn."""
    speculate: float = 64
    """Silence after which the words are asked for, though the turn may go on."""
    min_silence: float = 200
    """Silence that ends a turn which sounds finished."""
    max_silence: float = 800
    """Silence that ends one which doesn't."""
    unfinished: float = 1_600
    """Silence that ends one whose words want more: a sentence can't end so."""
    opinion_grace: float = 100
    """How long past `min_silence` the end-of-turn opinion is waited for."""
    piece: float = 12_000
    """A turn that goes on after a pause, with so much sound behind it that has no lasting words
    yet, gets those words for good: long turns are transcribed in pieces."""
    longest_piece: float = 26_000
    """Without a pause a piece ends here, where it is quietest; Whisper hears 30 s at most."""
    doubt: float = 200
    """How much longer is waited where the end-of-turn model isn't sure."""
    max_turn: float = 300_000
    """A turn this long is answered at its next pause, though it isn't finished; the answer can't
    be interrupted."""
    acknowledge_after: float = 0
    """At a pause after so much of a turn, and again after as much, the persona says "mm-hm"; 0:
    never."""
    semantic: bool = True
    """Whether it counts how a turn sounds; else `min_silence` ends each."""
    hold_after: float = 384
    """Voiced sound over the persona's that silences it. An "uh-huh" is shorter; the way to the
    caller's ear takes 30 ms more, and within 450 ms they want silence."""
    cancel_after: float = 900
    """Voiced sound over the persona's after which the words are asked for without waiting for a
    pause: they end its reply. So what holds no words lets the reply go on, however long it is."""
    retract_after: float = 96
    """Voiced sound, while an answer is thought, that takes it back: the caller goes on."""
    least_words: int = 1
    """Fewer words are no interruption, unless they leave no doubt ("Stop")."""
    backchannels: frozenset[str] = frozenset(_TURN.backchannels)
    """What listeners say without wanting the floor, in the plain form of `rules.plain`."""
    interruptible: bool = True
    """Whether the caller's voice ends what the persona says; else a turn waits until it is said."""
    asked: float = 1_200
    """Who begins to speak so shortly before the end of a question answers it: "Sure" is then no
    sign of listening."""
    undip_after: float = 160
    """Silence after which a dip, that never became a hold, is taken back."""
    transcript_deadline: float = 5_000
    """Silence after which a transcript that hasn't come is given up."""
    preroll: float = 250
    """Sound kept from before the first voiced frame: soft consonants come before the voice."""
    prompts: tuple[float, ...] = (20_000, 60_000)
    """Nobody has spoken for so long: the persona asks gently."""
    give_up: float = 600_000
    """Nobody has spoken for so long: the call ends."""

    long_turn: float = 8_000
    """Who has spoken so long is telling something, …"""
    long_turn_silence: float = 700
    """… and has at least this silence to go on in."""
    rhythm: float = 1.3
    """The longest pause that a caller has gone on from in a turn, times this, is waited for in it;
    at most `max_silence`."""

    def patience(
        self, words: TurnWords, finished: float | None, *, told: float, pause: float
    ) -> float:
        """The silence that ends a turn whose words are known. `finished`: the end-of-turn model's
        probability, 0..1, None while there is none; `told`: ms since the turn began; `pause`: the
        longest in it that was gone on from."""
        if not self.semantic:
            return self.min_silence
        if words.openness is Openness.OPEN:
            return max(self.unfinished, self.max_silence)
        if words.openness is Openness.PERHAPS:
            return self.max_silence
        if words.complete:
            return self.min_silence
        usual = min(self.max_silence, self.rhythm * pause)
        if told >= self.long_turn:
            usual = max(usual, self.long_turn_silence)
        return max(usual, self._by_sound(finished))

    def _by_sound(self, finished: float | None) -> float:
        if finished is None:
            return self.min_silence + self.opinion_grace
        if finished < UNFINISHED:
            return self.max_silence
        return self.min_silence if finished >= SURE else self.min_silence + self.doubt
