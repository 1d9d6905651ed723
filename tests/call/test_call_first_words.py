"""What is told of how soon an answer came, and what its model is asked on the way."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from time import monotonic
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from overhear import overhear, told
from virtual_time import run

from visavis.call.dialogue import making
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing
from visavis.call.dialogue.stages import ReplyAnswers
from visavis.call.events import Bus, Measured, ReplySounds, Transcribed
from visavis.call.turns.actions import Abandon, Cancel, EndTurn, Prepare
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segment import Segment
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker, Voiced
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Rules
from visavis.engines.lipsync.visemes import VisemeTrack
from visavis.engines.stt.base import Transcript
from visavis.engines.tts.speech import Speech, Word
from visavis.prompts.graph import Graph, Template

WORD_MS = 200
"""Of each word of the voice."""


class Tones(Speaker):
    """A tone for each word, in no time and without a thread."""

    def __init__(self) -> None:
        """It has no voice to ask."""

    def of_reply(self, generation: int | None) -> "Tones":
        return self

    async def say(self, text: str) -> Voiced:
        said = text.split()
        words = [Word(one, i * WORD_MS, (i + 1) * WORD_MS) for i, one in enumerate(said)]
        samples = np.full(len(said) * WORD_MS * 48, 0.1, np.float32)
        speech = Speech(samples, 48_000, (), tuple(words), text, "voice", {}, 1.0)
        return Voiced(speech, samples, VisemeTrack.from_phonemes((), speech.duration_ms))


class Model:
    """Answers with `text`, after `takes_s`."""

    system = "model"

    def __init__(self, text: str, takes_s: float = 0.0, *, continues: bool = False) -> None:
        self.parameters: dict[str, Any] = {}
        self.text, self.takes_s, self.continues = text, takes_s, continues
        self.asked: list[list[Message]] = []
        self.primed: list[list[Message]] = []

    async def prime(self, messages: Sequence[Message]) -> None:
        self.primed.append(list(messages))

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        self.asked.append(list(messages))
        await asyncio.sleep(self.takes_s)
        yield self.text


class Talk:
    """A conversation whose sound is pulled by `plays`."""

    def __init__(self, model: Model, *, openers: Sequence[str] = ("Hm,",)) -> None:
        self.bus = Bus()
        templates = [Template(uuid4(), "s", "Be kind."), Template(uuid4(), "n", "")]
        briefing = Briefing(Graph(templates, [], []), "s", "n", "Iris")
        rules = Rules((), persona="Iris", fallback_lines=["I see."])
        mind = Mind(briefing, rules, model, openers=openers)
        self.playout = Playout(lambda event: self.dialogue.playout_event(event))
        self.dialogue = making.dialogue(
            self.bus,
            mind,
            Floor(self.bus, Pace()),
            Tones(),
            self.playout,
            SessionClock(MediaClock()),
            seed=0,
        )
        self.sounds = overhear(self.bus, ReplySounds)
        self.answers = overhear(self.bus, ReplyAnswers)
        self.measured = overhear(self.bus, Measured)
        self.told = told(self.bus)

    async def plays(self, ms: int) -> None:
        for _ in range(ms // 20):
            await asyncio.sleep(0.02)
            self.playout.tick()

    async def asks(self, text: str, ms: int = 4_000) -> None:
        """And hears so much of what follows."""
        self.dialogue.typed(text)
        await self.plays(ms)

    async def pauses(self, attempt: int, text: str) -> None:
        """Words that may be half a turn."""
        segment = Segment(attempt, np.zeros(160, np.int16), 0.0, 600.0, monotonic())
        segment.transcript = Transcript(text, 0.0, 0.0, "en", 5.0, "whisper", {})
        self.bus.publish(Transcribed(segment))
        self.bus.publish(Prepare(attempt, text))
        await asyncio.sleep(0.1)

    def filled(self) -> int:
        return sum(one.measure == "filler" for one in self.measured)


def test_an_answer_that_begins_with_itself_counts_from_its_first_sound() -> None:
    async def scene() -> None:
        talk = Talk(Model("The sky is blue."))
        await talk.asks("Why is the sky blue?", 100)
        assert len(talk.sounds) == len(talk.answers) == 1
        assert "marker" not in talk.answers[0].stages
        await talk.plays(2_000)
        assert len(talk.answers) == 1
        (caption,) = (told for kind, told in talk.told if told.get("who") == "persona")
        assert caption["answers_at"] == caption["words"][0]["start"]

    run(scene())


def test_a_discourse_marker_is_no_answer_yet() -> None:
    async def scene() -> None:
        talk = Talk(Model("Well, the sky is blue."))
        await talk.asks("Why is the sky blue?", 180)
        assert len(talk.sounds) == 1 and talk.answers == []
        await talk.plays(100)
        assert len(talk.answers) == 1
        (caption,) = (told for kind, told in talk.told if told.get("who") == "persona")
        assert caption["answers_at"] == caption["words"][1]["start"]

    run(scene())


def test_a_marker_is_an_answer_where_nothing_follows() -> None:
    async def scene() -> None:
        talk = Talk(Model("Okay."))
        await talk.asks("Why is the sky blue?", 180)
        assert talk.answers == []
        await talk.plays(1_000)
        assert len(talk.answers) == 1 and "marker" not in talk.answers[0].stages

    run(scene())


def test_what_is_cut_before_its_first_own_word_answers_nothing() -> None:
    async def scene() -> None:
        talk = Talk(Model("Well, the sky is blue."))
        await talk.asks("Why is the sky blue?", 100)
        talk.dialogue.interrupt()
        await talk.plays(1_000)
        assert len(talk.sounds) == 1 and talk.answers == []
        talk.dialogue.close()

    run(scene())


def test_a_filler_is_measured_by_itself_and_never_comes_twice_running() -> None:
    async def scene() -> None:
        talk = Talk(Model("The sky is blue.", 1.0))
        await talk.asks("Why is the sky blue?")
        assert talk.filled() == 0, "not before the first answer"
        await talk.asks("And why is grass green?")
        assert talk.filled() == 1
        said = [told["text"] for _, told in talk.told if told.get("who") == "persona"]
        assert said[1:] == ["Hm,", "the sky is blue."]
        await talk.asks("What is the moon made of?")
        assert talk.filled() == 1 and len(talk.answers) == 3
        told = [message.content for message in talk.dialogue._conversation.messages()]
        assert told[4] == "The sky is blue.", "what stays in mind stands by itself"

    run(scene())


@pytest.mark.parametrize(
    ("takes_s", "said", "openers", "filled"),
    [
        (1.0, "And why is grass green?", ("Hm,",), 1),
        (0.6, "And why is grass green?", ("Hm,",), 0),
        (1.0, "Is grass green?", ("Hm,",), 0),
        (1.0, "I feel so sad today.", ("Hm,",), 0),
        (1.0, "And why is grass green?", (), 0),
    ],
)
def test_a_filler_comes_only_where_it_fits(
    takes_s: float, said: str, openers: Sequence[str], filled: int
) -> None:
    async def scene() -> None:
        talk = Talk(Model("The sky is blue.", takes_s), openers=openers)
        for text in ("Why is the sky blue?", said):
            await talk.asks(text)
        assert talk.filled() == filled

    run(scene())


def test_a_model_that_can_is_told_how_its_answer_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    for continues in (True, False):
        model = Model("the sky is blue.", 1.0, continues=continues)

        async def scene(model: Model = model) -> None:
            talk = Talk(model)
            loop = asyncio.get_running_loop()
            for module in ("reply", "reply_times", "dialogue", "fillers"):
                monkeypatch.setattr(f"visavis.call.dialogue.{module}.monotonic", loop.time)
            for text in ("Why is the sky blue?", "And why is grass green?"):
                await talk.asks(text)
            last = model.asked[-1][-1]
            assert (last == Message("assistant", "Hm,")) == model.continues
            assert talk.answers[0].waited_ms == pytest.approx(1_020, abs=25)
            filler = next(one for one in talk.measured if one.measure == "filler")
            assert filler.ms < 50, "said at once, since the answer is known to be far away"
            assert talk.answers[1].waited_ms == pytest.approx(1_020, abs=25)
            assert sum(talk.answers[1].stages.values()) == pytest.approx(talk.answers[1].waited_ms)

        run(scene())


def test_an_answer_to_half_a_turn_is_thought_and_dropped_unheard() -> None:
    async def scene() -> None:
        model = Model("The sea is deep.")
        talk = Talk(model)
        await talk.pauses(1, "I have to go")
        await talk.plays(500)
        assert len(model.asked) == 1 and talk.sounds == []
        talk.bus.publish(Abandon(1))
        await talk.pauses(2, "I have to go to the doctor.")
        talk.bus.publish(EndTurn(2, "I have to go to the doctor.", 600.0))
        await talk.plays(500)
        assert len(talk.answers) == 1
        assert [asked[-1].content for asked in model.asked] == [
            "I have to go",
            "I have to go to the doctor.",
        ]
        assert model.asked[1][:-1] == model.asked[0][:-1], "the cache holds the beginning"
        talk.dialogue.close()

    run(scene())


def test_what_was_read_of_words_that_go_on_is_not_thrown_away() -> None:
    async def scene() -> None:
        model = Model("The sea is deep.", 1.0)
        talk = Talk(model)
        await talk.pauses(1, "What do you")
        talk.bus.publish(EndTurn(1, "What do you", 600.0))
        talk.bus.publish(Cancel("went on"))
        await asyncio.sleep(1)
        assert model.primed == [], "it would read the history, and nothing after it"
        await talk.asks("What do you think?", 3_000)
        assert len(model.primed) == 1 and len(model.asked) == 2
        talk.dialogue.close()

    run(scene())


def test_after_an_interruption_the_model_reads_once_it_has_stopped() -> None:
    async def scene() -> None:
        model = Model("The sea is deep.")
        talk = Talk(model)
        await talk.asks("Why is the sky blue?", 300)
        talk.dialogue.interrupt()
        await asyncio.sleep(0.05)
        assert model.primed == []
        await asyncio.sleep(0.1)
        assert len(model.primed) == 1
        await talk.asks("And the sea?", 300)
        talk.dialogue.typed("No, the moon.")
        await asyncio.sleep(0.5)
        assert len(model.primed) == 1, "what is asked at once holds all that would be read"
        talk.dialogue.close()

    run(scene())
