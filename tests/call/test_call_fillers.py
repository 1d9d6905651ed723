"""When a wait may be filled, and how the answer goes on from it."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from visavis.call.dialogue import fillers
from visavis.call.dialogue.fillers import Filled, Filler, Fillers, may_fill
from visavis.call.dialogue.stages import ReplyAnswers
from visavis.call.events import Bus, PromptFacts, ReplyChosen

OPEN = (
    "Why is the sky blue?",
    "Tell me something about the sea.",
    "What do you think of old films?",
    "I am learning to play the piano.",
    "My garden is full of tomatoes this year.",
    "Do you like tea or coffee?",
    "Would you rather fly or swim?",
    "And how do birds find their way south?",
    "Is it far? How do I get there?",
    "What is the difference between a lake and a pond?",
)
CLOSED = {
    "a greeting": (
        "Hello.",
        "Oh, hi there!",
        "Good morning, Iris.",
        "Nice to meet you.",
        "How are you today?",
    ),
    "yes or no": (
        "Is the sea deep?",
        "Can you swim?",
        "And do you like music?",
        "Please, could you help with a recipe?",
        "You like music, don't you?",
        "It's Tuesday, right?",
        "I like tea. Do you?",
        "Isn’t that odd?",
    ),
    "feelings": (
        "I feel so alone.",
        "My dog has died.",
        "I'm a bit sad today.",
        "I miss my grandmother.",
        "What a day, I could cry.",
        "I'm so happy, I got the job!",
    ),
    "distress": (
        "I don't want to live, I want to kill myself.",
        "He hits me every night.",
        "Somebody call an ambulance.",
        "I can't breathe.",
        "I took an overdose.",
    ),
    "nothing": ("", "  "),
}


@pytest.mark.parametrize("said", OPEN)
def test_an_open_question_may_be_thought_about(said: str) -> None:
    assert may_fill(said, twice=False, since_s=None)
    assert may_fill(said, twice=False, since_s=20.0)
    assert not may_fill(said, twice=True, since_s=None)
    assert not may_fill(said, twice=False, since_s=19.9)


@pytest.mark.parametrize("said", [one for kind in CLOSED.values() for one in kind])
def test_no_filler_where_it_would_be_cold_or_coy(said: str) -> None:
    assert not may_fill(said, twice=False, since_s=None)


@pytest.mark.parametrize(
    ("clause", "joined"),
    [
        ("The sky is blue.", "the sky is blue."),
        ("Well, the sky is blue.", "the sky is blue."),
        ("Oh, So, That's a good one.", "that's a good one."),
        ("I like it.", "I like it."),
        ("I'm fond of it.", "I'm fond of it."),
        ("Paris is nice.", "Paris is nice."),
        ("NASA has rockets.", "NASA has rockets."),
        ("it depends.", "it depends."),
        ("Okay.", "Okay."),
    ],
)
def test_an_answer_goes_on_from_its_filler(clause: str, joined: str) -> None:
    filler = Filler("Hm,", 0.7)
    assert filler.joined(clause) == clause
    filler.said.set()
    assert filler.joined(clause) == joined


def test_an_answer_that_was_begun_and_needs_no_filler_stands_by_itself() -> None:
    filler = Filler("Hm,", 0.0, expected=True)
    assert filler.joined("the sky is blue.") == "The sky is blue."
    filler.said.set()
    assert filler.joined("the sky is blue.") == "the sky is blue."


class Talk:
    """What happens in a conversation, told to its fillers."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.fillers = Fillers(self.bus, 0.7)

    def reply(self, *, model: bool = True, filled: bool = False, think: float = 0.0) -> None:
        turn = uuid4()
        facts = PromptFacts(uuid4(), "", {}, [], None) if model else None
        self.bus.publish(ReplyChosen(turn, 1, "Why?", "test", {}, facts))
        if filled:
            self.bus.publish(Filled())
        stages: Mapping[str, float] = {"endpoint": 300.0, "think": think, "speak": 50.0}
        self.bus.publish(ReplyAnswers(turn, 1, 400.0 + think, stages))

    def before(self, *, first: bool = False, text: str = "Hm,") -> Filler | None:
        return self.fillers.before("Why is the sky blue?", text, first=first)


def test_fillers_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(fillers, "monotonic", lambda: now[0])
    talk = Talk()
    assert talk.before(first=True) is None and talk.before(text="") is None
    assert talk.before() is not None
    talk.reply(filled=True)
    now[0] += 30
    assert talk.before() is None, "not twice running, however long ago"
    talk.reply()
    assert talk.before() is not None
    talk.reply(filled=True)
    talk.reply(model=False)
    now[0] += 10
    assert talk.before() is None, "one in twenty seconds"
    now[0] += 10
    assert talk.before() is not None


def test_a_model_that_is_known_to_be_slow_is_told_how_its_answer_begins() -> None:
    talk = Talk()
    quick = talk.before()
    assert quick is not None and quick.after_s == 0.7 and not quick.expected
    talk.reply(model=False, think=5_000.0)
    assert not (talk.before() or quick).expected
    for think in (900.0, 200.0, 900.0):
        talk.reply(think=think)
    slow = talk.before()
    assert slow is not None and slow.expected and slow.after_s == 0.0
    talk.reply(think=100.0)
    again = talk.before()
    assert again is not None and not again.expected


def test_what_the_caller_wrote_small_is_no_name() -> None:
    filler = Filler("Oh,", 0.0, small=frozenset({"birds"}))
    filler.said.set()
    assert filler.joined("Birds use the stars.") == "birds use the stars."
    assert filler.joined("Paris is far.") == "Paris is far."
