"""When the words of a reply are heard: the server says when each leaves, the ear when it began.

What somebody who has asked waits for is the answer's first own word (`visavis.discourse`): a filler
or a "Well," before it may be quick, and is told apart. Moments are perf_counter seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from visavis.client.measure import LevelTrack, first_audible, silences
from visavis.discourse import own_word

GAP_S = 0.3
"""A silence inside an answer that is longer than this is a gap; between sentences one pauses for
less."""
FIFTH = 4
"""Words from the first to the fifth: by then the answer has got going."""
_SNAP_S = 0.5


@dataclass(frozen=True)
class Answered:
    """How an answer came."""

    at: float
    """Its first own word."""
    fifth_s: float | None
    """From then to its fifth word; None: it has fewer."""
    gaps_s: list[float]
    """Silences within it, over `GAP_S`."""


def answered(
    captions: Sequence[dict[str, Any]], heard: LevelTrack, began: float
) -> Answered | None:
    """How the first reply of these captions was heard, whose first sound came at ``began``; None
    when its words weren't timed, or all are discourse markers."""
    words = _words(captions)
    own = own_word([str(word["text"]) for word in words])
    if own is None:
        return None
    offset = began - words[0]["start"] / 1000
    at = began
    if own:
        due = offset + words[own]["start"] / 1000
        sounds = first_audible(heard, due)
        at = sounds if sounds is not None and sounds - due < _SNAP_S else due
    end = offset + words[-1]["end"] / 1000
    later = words[own + FIFTH :]
    fifth = (later[0]["start"] - words[own]["start"]) / 1000 if later else None
    return Answered(at, fifth, silences(heard, at, end, GAP_S))


def _words(captions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of one generation, in order: what was answered anew is another answer."""
    timed = [caption for caption in captions if caption.get("words")]
    first = timed[0].get("generation") if timed else None
    return [word for one in timed if one.get("generation") == first for word in one["words"]]
