"""Signs in films, seen by Holistic: accuracy, unknowns, and how soon a sign is decided.

    python tests/bench/learning_video.py

The films are those of tests/data/signs: three signs are taught (`drink`, `help`, `hello`), two
other movements are not (`circle`, `aside`). From 1, 3 and 5 takes of person one, in all choices of
takes that follow each other: how many of that person's other takes, and of person two's, are named
rightly, and how many of the other movements are called unknown. The threshold is what the trainer
learnt. The delay is from the sign's end, as the recogniser puts it, to the picture that decides.
"""

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from server.learning.features import from_npz  # noqa: E402
from server.learning.recogniser import Recogniser  # noqa: E402
from server.learning.segments import trim  # noqa: E402
from server.learning.trainers import TRAINERS, Example  # noqa: E402
from server.learning.trainers.artefact import load  # noqa: E402
from server.pose.features import Header, dump  # noqa: E402
from server.pose.holistic import Holistic  # noqa: E402
from tests.learning.clips import clips, seen  # noqa: E402

TAUGHT = ("drink", "help", "hello")
HEADER = Header("holistic", "1", 12.0, (480, 360), {})


def main() -> None:
    """Print it all."""
    holistic = Holistic()
    films = {}
    for clip in clips():
        holistic.reset()
        films[clip] = seen(clip.path, holistic)
    features = {clip: from_npz(dump(HEADER, frames)) for clip, frames in films.items()}
    own = max(clip.take for clip in films if clip.person == "one") + 1
    for trainer in TRAINERS:
        for count in (1, 3, 5):
            hits, took = {}, []
            for first in range(own):
                takes = {(first + n) % own for n in range(count)}
                mine = [c for c in films if c.person == "one" and c.take in takes]
                examples = [
                    Example(c.path.stem, c.sign, features[c]) for c in mine if c.sign in TAUGHT
                ]
                began = time.perf_counter()
                data = TRAINERS[trainer].train(
                    examples, seed=0, progress=lambda share: None, cancelled=lambda: False
                )
                took.append(time.perf_counter() - began)
                model = load(data)
                for clip in films:
                    if clip.person == "one" and clip.take in takes:
                        continue
                    known = clip.sign in TAUGHT
                    label = model.recognise(trim(features[clip])).label
                    key = (clip.person, "known" if known else "unknown")
                    hits.setdefault(key, []).append(label == (clip.sign if known else None))
            shares = ", ".join(
                f"{who} {what} {np.mean(right):.2f}" for (who, what), right in hits.items()
            )
            print(f"{trainer}, {count} takes: {shares}; {np.median(took):.2f} s, {len(data)} bytes")
    delays, costs = [], []
    examples = [
        Example(c.path.stem, c.sign, features[c])
        for c in films
        if c.sign in TAUGHT and c.person == "one" and c.take < 3
    ]
    model = load(
        TRAINERS["baseline_knn"].train(
            examples, seed=0, progress=lambda share: None, cancelled=lambda: False
        )
    )
    for frames in films.values():
        recogniser = Recogniser(model)
        for frame in frames:
            began = time.perf_counter()
            found = recogniser.frame(frame, HEADER.size)
            costs.append((time.perf_counter() - began) * 1000)
            if found is not None:
                delays.append(frame.t_ms - found.to_ms)
    print(
        f"{len(delays)} decisions in {len(films)} films: delay median {np.median(delays):.0f} ms, "
        f"longest {max(delays):.0f} ms; a frame costs {np.median(costs):.2f} ms, "
        f"the dearest {max(costs):.1f} ms"
    )


if __name__ == "__main__":
    main()
