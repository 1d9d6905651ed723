"""Which film is due: a clause that has one is shown by it, from its first sample to its last.

The film fades in over the drawn face as the clause begins and out before it ends, so that neither
cut is seen. A film that can't be shown from its beginning, or that was interrupted, isn't taken up
again: the drawn face speaks the rest. Pure state; the time is that of the voice.
"""

from collections.abc import Mapping, Sequence

from visavis.call.voice.utterance import Spoken, Utterance
from visavis.engines.lipsync.film import Film, Shot

FADE_MS = 200.0
"""Five pictures; also how late after the clause's first sample a film may still begin."""


class Shots:
    """Of one call. ``films`` are those of the canned lines, by their exact text."""

    def __init__(self, films: Mapping[str, Film]) -> None:
        self._films = dict(films)
        self._on: Utterance | None = None
        self._from_ms = 0.0

    def due(self, near: Sequence[Spoken]) -> Shot | None:
        """The shot for the sample whose neighbourhood `Playout.near` has told; None: draw."""
        spoken = next((s for s in near if 0 <= s.ms < s.utterance.sound_ms), None)
        film = self._films.get(spoken.utterance.text) if spoken is not None else None
        if spoken is None or film is None:
            self._on = None
            return None
        if self._on is not spoken.utterance:
            if spoken.ms > FADE_MS:
                return None
            self._on, self._from_ms = spoken.utterance, spoken.ms
        since = spoken.ms - self._from_ms
        left = min(film.length_ms, spoken.utterance.sound_ms) - spoken.ms
        share = min(1.0, since / FADE_MS, left / FADE_MS)
        return Shot(film, spoken.ms, share) if share > 0 else None

    def drop(self, film: Film) -> None:
        """Show it no more in this call: it can't be played."""
        self._films = {text: other for text, other in self._films.items() if other is not film}
