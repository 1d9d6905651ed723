"""The numbers of turn-taking."""

from dataclasses import dataclass


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
    opinion_grace: float = 100
    """How long past `min_silence` the end-of-turn opinion is waited for."""
    max_turn: float = 28_000
    """A turn this long is answered, whether it is finished or not."""
    semantic: bool = True
    """Whether it counts how a turn sounds; else `min_silence` ends each."""
    hold_after: float = 384
    """Voiced sound over the persona's that silences it. An "uh-huh" is shorter; the way to the
    caller's ear takes 30 ms more, and within 450 ms they want silence."""
    cancel_after: float = 900
    """Voiced sound over the persona's that ends its reply without waiting for the words."""
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

    def patience(self, complete: bool, finished: float | None) -> float:
        """The silence that ends a turn whose words are known. `complete`: they leave no doubt;
        `finished`: the end-of-turn model's probability, 0..1, None while there is none."""
        if not self.semantic or complete:
            return self.min_silence
        if finished is None:
            return self.min_silence + self.opinion_grace
        return self.min_silence if finished >= 0.5 else self.max_silence
