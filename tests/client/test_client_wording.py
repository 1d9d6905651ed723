"""When the words of an answer are heard."""

from typing import Any

import numpy as np
import pytest
from known import known

from visavis.client.measure import LevelTrack, silences
from visavis.client.wording import answered


def heard(*pieces: tuple[int, float]) -> LevelTrack:
    """From 100 s on: (ms, dB)."""
    levels = np.concatenate([np.full(ms // 5, db, np.float64) for ms, db in pieces])
    return LevelTrack(100.0, levels)


def caption(
    text: str, start: float, *, generation: int = 1, word_ms: float = 200
) -> dict[str, Any]:
    """Words one after another on the media clock."""
    words = [
        {"text": word, "start": start + i * word_ms, "end": start + (i + 1) * word_ms}
        for i, word in enumerate(text.split())
    ]
    return {"type": "caption", "generation": generation, "text": text, "words": words}


def test_an_answer_without_a_marker_counts_from_its_first_sound() -> None:
    track = heard((300, -90), (1400, -30), (500, -90))
    came = known(answered([caption("The sky is blue by day today.", 7_000)], track, 100.3))
    assert came.at == 100.3 and came.fifth_s == pytest.approx(0.8) and came.gaps_s == []


def test_a_filler_and_a_marker_are_passed_over() -> None:
    said = [caption("Hm,", 7_000), caption("well, the sea.", 7_550)]
    track = heard((300, -90), (200, -30), (400, -90), (600, -30), (500, -90))
    came = known(answered(said, track, 100.3))
    # 7,550 + 200 on the media clock, 7,000 being 100.3 s; that falls into silence here, till 100.9.
    assert came.at == pytest.approx(101.05, abs=0.01) and came.fifth_s is None
    early = known(answered([said[0], caption("the sea.", 7_550)], track, 100.3))
    assert early.at == pytest.approx(100.9, abs=0.006), "it is heard when it sounds"


def test_a_gap_within_the_answer_is_told_and_one_before_it_is_not() -> None:
    said = [caption("Hm,", 0), caption("the sea", 700), caption("is deep.", 1_500)]
    track = heard((200, -30), (500, -90), (400, -30), (400, -90), (400, -30), (900, -90), (50, -30))
    came = known(answered(said, track, 100.0))
    assert came.at == pytest.approx(100.7) and came.gaps_s == [pytest.approx(0.4)]


def test_an_answer_given_anew_is_another() -> None:
    said = [caption("Oh,", 0), caption("Paris, of course.", 900, generation=2)]
    assert answered(said, heard((2_000, -30)), 100.0) is None


def test_without_times_nothing_is_claimed() -> None:
    assert answered([{"type": "caption", "text": "Yes."}], heard((500, -30)), 100.0) is None
    assert answered([], heard((500, -30)), 100.0) is None


def test_silences_are_between_sounds() -> None:
    track = heard((400, -90), (100, -30), (310, -90), (100, -30), (300, -90), (5, -30), (500, -90))
    assert silences(track, 100.0, 105.0, 0.3) == [pytest.approx(0.31)]
