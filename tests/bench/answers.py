"""How well questions find the packaged answers, over thresholds: `python tests/bench/answers.py`.

"right": paraphrases that get the answer meant for them; "wrong": those that get another;
"taken": of the other talk, what gets an answer that isn't to it.
"""

from pathlib import Path

from visavis.engines.embeddings.answers import Answers
from visavis.engines.embeddings.minilm import WEIGHT, MiniLM
from visavis.personas import load
from visavis.settings import Settings
from visavis.weights.store import WeightStore

DATA = Path(__file__).parent.parent / "data/answers"


def paraphrases() -> list[tuple[str, str]]:
    """Each with the first question of the answer that is meant."""
    lines = (DATA / "paraphrases.tsv").read_text("utf-8").splitlines()
    return [(asked, meant) for asked, _, meant in (line.partition("\t") for line in lines)]


def others() -> list[str]:
    """What no packaged answer is for."""
    return (DATA / "others.txt").read_text("utf-8").splitlines()


def packaged(minilm: MiniLM, threshold: float) -> Answers:
    """Those of Iris."""
    iris = load("iris")
    answers = Answers(minilm, threshold=threshold, persona=iris.display_name)
    answers.serve("persona", iris.answers)
    return answers


def main() -> None:
    """Print a line for each threshold, and what goes wrong at today's."""
    minilm = MiniLM(WeightStore(Settings().weights).path(WEIGHT))
    for threshold in (0.6, 0.65, 0.7, 0.75, 0.8):
        answers = packaged(minilm, threshold)
        found = [(asked, meant, answers.find(asked)) for asked, meant in paraphrases()]
        taken = [(asked, match) for asked in others() if (match := answers.find(asked))]
        right = [asked for asked, meant, match in found if match and match.ready.name == meant]
        wrong = [asked for asked, meant, match in found if match and match.ready.name != meant]
        print(
            f"{threshold:.2f}: right {len(right)} of {len(found)}, wrong {len(wrong)}, "
            f"taken {len(taken)} of {len(others())}"
        )
        if threshold == 0.7:
            missed = [one[0] for one in found if one[0] not in right]
            print("  missed:", "; ".join(missed))
            print("  taken:", "; ".join(f"{a} → {m.question} {m.score}" for a, m in taken))


if __name__ == "__main__":
    main()
