"""How well what is known is found, over thresholds: `python tests/bench/knowledge.py`.

For each folder of tests/data that holds documents and questions: the share of questions that find
the chunk with the answer among those told ("found"), that are answered rightly without a model
("said"), and of the talk that belongs to the model and finds chunks of the place ("disturbed").
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from visavis.engines.embeddings import chunks
from visavis.engines.embeddings.facts import Facts
from visavis.engines.embeddings.knowledge import Chunk, Consulted, Knowledge
from visavis.engines.embeddings.minilm import WEIGHT, MiniLM
from visavis.settings import Settings
from visavis.weights.store import WeightStore

DATA = Path(__file__).parent.parent / "data"
PLACES = (DATA / "cases/knowledge", DATA / "knowledge/garden", DATA / "knowledge/harbour")
THRESHOLDS = (0.25, 0.27, 0.29, 0.31, 0.33, 0.36, 0.40)
UNKNOWN = "I don't know that. Somebody at the desk may."


def opened(place: Path, minilm: MiniLM, threshold: float, most: int = 3) -> Knowledge:
    """The documents of a folder, as a node would know them."""
    files = [*sorted(place.glob("*.md")), *sorted(place.glob("*.toml"))]
    read = [chunks.read(file, file.name) for file in files]
    known = [Chunk(uuid4(), text, one.source) for one in read for text in one.chunks]
    facts = Facts([passage for one in read for passage in one.passages], minilm.embed)
    vectors = np.stack([minilm.embed(one.text) for one in known])
    return Knowledge(minilm, known, vectors, threshold=threshold, most=most, facts=facts)


def rows(place: Path) -> Iterator[dict[str, Any]]:
    """The questions of a folder."""
    for line in (place / "questions.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def asked(knowledge: Knowledge, turns: Sequence[str]) -> Consulted:
    """What is known of the last of the turns."""
    return knowledge.consult(turns[-1], turns[:-1])


def right(row: dict[str, Any], consulted: Consulted) -> bool:
    """Whether what would be said is right, as `cases/README.md` or ``want`` says."""
    said = UNKNOWN if consulted.unknown else consulted.said
    if "want" in row:
        plain = {"unknown": consulted.unknown, "model": not said}
        return plain.get(row["want"], bool(said and re.search(row["want"], said, re.I)))
    has = all(any(re.search(one, said, re.I) for one in many) for many in row["has"])
    return bool(said) and has and not any(re.search(one, said, re.I) for one in row["lacks"])


def _told(row: dict[str, Any], consulted: Consulted) -> bool:
    told = " ".join(found.chunk.text for found in consulted.found)
    if "want" in row:
        return bool(re.search(row["want"], told, re.I))
    return all(any(re.search(one, told, re.I) for one in many) for many in row["has"])


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)} of {len(hits)}"


def main() -> None:
    """Print a line for each folder and threshold; then the questions that go wrong at today's."""
    minilm = MiniLM(WeightStore(Settings().weights).path(WEIGHT))
    for place in PLACES:
        for threshold in THRESHOLDS:
            knowledge = opened(place, minilm, threshold)
            answers = [(row, asked(knowledge, row["ask"])) for row in rows(place)]
            factual = [
                _told(row, one)
                for row, one in answers
                if row.get("kind") != "unknown" and row.get("want") not in ("unknown", "model")
            ]
            said = [right(row, one) for row, one in answers]
            talk = [bool(one.found) for row, one in answers if row.get("want") == "model"]
            print(
                f"{place.name} {threshold:.2f}: found {_share(factual)}, said {_share(said)}, "
                f"disturbed {_share(talk)}"
            )
        knowledge = opened(place, minilm, Settings().knowledge.threshold)
        for row in rows(place):
            if not right(row, one := asked(knowledge, row["ask"])):
                print(f"  wrong: {row['ask']}: {one.said or one.unknown}", file=sys.stderr)


if __name__ == "__main__":
    main()
