"""Scripts of spoken turns are rendered to the same sound every time."""

import numpy as np
from say import RATE, render

from visavis.engines.tts.hibari import HibariVoice

SCRIPT = {
    "id": "hesitates",
    "pieces": [
        {"say": "I would like"},
        {"pause": 700},
        {"say": "to ask you something."},
        {"noise": "cough", "ms": 300, "db": -30},
    ],
    "background": {"kind": "hum", "db": -25},
}


def test_a_script_is_rendered_twice_alike() -> None:
    voice = HibariVoice()
    sound, marks = render(SCRIPT, voice)
    again, marked = render(SCRIPT, voice)
    assert np.array_equal(sound, again) and marks == marked
    assert sound.dtype == np.float32 and 0.05 < np.abs(sound).max() <= 0.98
    spoken = [mark for mark in marks if "say" in mark["piece"]]
    assert spoken[1]["begin_ms"] - spoken[0]["end_ms"] >= 699
    assert len(sound) / RATE * 1000 > marks[-1]["end_ms"] + 2_999
