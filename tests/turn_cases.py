"""Plays the scripts of `data/cases/turns.jsonl` to a call's own ears, in a time of their own.

The sound of `say.render` goes through the detector, the recogniser, the floor and the dialogue as
in a call; the loop's clock jumps (`virtual_time`), so a script takes what its transcripts cost.
What the machine's speed would decide is fixed: a transcript takes `TRANSCRIBING_S`, an answer
`THINKING_S`.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, cast

import numpy as np
import say
import virtual_time
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.call.commands.commands import SaySentence
from visavis.call.dialogue import making
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing
from visavis.call.dialogue.reply import Clause
from visavis.call.events import Bus, Faulted, ReplyChosen, ReplyEnded, ReplySounds
from visavis.call.hearing.audio_input import AudioChunk
from visavis.call.turns.actions import Cancel, EndTurn
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segmenter import SpeechSegmenter
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker, Voiced
from visavis.engines.chat.messages import Message
from visavis.engines.lipsync.visemes import VisemeTrack
from visavis.engines.stt.base import Recogniser, Transcript
from visavis.engines.stt.service import Service
from visavis.engines.stt.vad import Vad
from visavis.engines.tts.hibari import HibariVoice
from visavis.engines.tts.speech import Speech, Word
from visavis.engines.turns.words import Words
from visavis.evaluate.sounds import LEAD_MS
from visavis.node.call_options import rules
from visavis.personas.persona import Persona, load
from visavis.prompts.graph import Graph, Template
from visavis.replay.comparison import word_error_rate
from visavis.settings import Settings

CASES = Path(__file__).parent / "data" / "cases" / "turns.jsonl"
PACKET = 320
"""Samples of 20 ms."""
TRANSCRIBING_S = (0.1, 0.022)
"""A transcript takes so long, and so much more a second of sound: whisper-base on one core."""
JUDGING_S = 0.08
THINKING_S = 0.35
"""Until the model's first words."""
BEFORE_MS = 600
"""Her first sound, when she speaks in a script."""
MS_A_LETTER = 60.0

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

Script = Mapping[str, Any]
Pcm = NDArray[np.int16]


def scripts() -> list[Script]:
    """All rows."""
    return [json.loads(line) for line in CASES.read_text().splitlines()]


def comparable(text: str) -> str:
    """Digits as their names: "555" is what "five five five" is heard as."""
    named = "".join(f" {DIGITS[int(sign)]} " if sign in "0123456789" else sign for sign in text)
    return " ".join(named.replace("-", " ").split())


@dataclass
class Heard:
    """What came of a script."""

    turns: list[str] = field(default_factory=list)
    """The words of each turn that was answered."""
    ends: int = 0
    """Decisions that a turn has ended, those taken back included."""
    answered_ms: float | None = None
    """When the last answer is first heard, on the clock of the sound."""
    waited_ms: float | None = None
    """How long after the caller's last word that is."""
    stopped: bool = False
    """Her speech was cut."""
    asides: int = 0
    """How often she said, while the caller spoke on, that she listens."""
    said: list[str] = field(default_factory=list)
    """What she said, clause by clause."""
    faults: list[str] = field(default_factory=list)
    """Their kinds."""

    @property
    def text(self) -> str:
        """All that was answered."""
        return " ".join(self.turns)


class Ears:
    """The recogniser and smart-turn in this process; their time is the loop's."""

    system = "whisper"

    def __init__(self, service: Service, words: Words) -> None:
        self.parameters: dict[str, Any] = {}
        self._service = service
        self._words = words

    def complete(self, text: str) -> bool:
        return self._words.complete(text)

    async def transcribe(self, pcm: Pcm, *, timeout: float) -> Transcript:
        transcript = self._service.transcribe(pcm)
        first, each = TRANSCRIBING_S
        await asyncio.sleep(first + each * len(pcm) / say.RATE)
        return transcript

    async def finished(self, pcm: Pcm, *, timeout: float) -> float:
        probability = self._service.finished(pcm)
        await asyncio.sleep(JUDGING_S)
        return probability


class _Model:
    """Thinks for a while, then says one thing."""

    system = "test"

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    async def prime(self, messages: Sequence[Message]) -> None:
        pass

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        await asyncio.sleep(THINKING_S)
        yield "That is a fine thing to talk about, and I am glad that you came to me with it."


class _Hum:
    """A voice that hums: so many ms a letter, made at once."""

    def __init__(self, ms_a_letter: float) -> None:
        self._ms = ms_a_letter

    def of_reply(self, generation: int | None) -> "_Hum":
        return self

    async def say(self, text: str) -> Voiced:
        ms = self._ms * len(text)
        samples = np.full(round(ms * 48), 0.1, np.float32)
        words = text.split()
        step = ms / len(words)
        timed = tuple(Word(word, n * step, (n + 1) * step) for n, word in enumerate(words))
        speech = Speech(samples, 48_000, (), timed, text, "hum", {}, 0.0)
        return Voiced(speech, samples, VisemeTrack.from_phonemes((), ms))


@dataclass(frozen=True)
class Engines:
    """Loaded once."""

    service: Service
    voice: HibariVoice
    persona: Persona


@cache
def engines() -> Engines:
    """Raises FileNotFoundError without the weights."""
    folder = Settings().weights.expanduser()
    turns = next((folder / "smart-turn-v3.2").iterdir())
    service = Service(str(folder / "faster-whisper-base"), str(turns))
    return Engines(service, HibariVoice(), load("iris"))


class _Call:
    """The parts of one call that listen and answer."""

    def __init__(self, pace: Pace, over_ms_a_letter: float | None, heard: Heard) -> None:
        loaded = engines()
        self.bus = bus = Bus()
        self.heard = heard
        self.now_ms = 0.0
        self._over: int | None = None
        """Her speech of the script, as a generation, while it may go on."""
        bus.subscribe(EndTurn, self._ended)
        bus.subscribe(Cancel, self._cancelled)
        bus.subscribe(ReplyChosen, self._chosen)
        bus.subscribe(ReplySounds, self._sounds)
        bus.subscribe(ReplyEnded, self._reply_ended)
        bus.subscribe(Faulted, lambda fault: heard.faults.append(fault.kind))
        bus.subscribe(Clause, self._spoken)
        floor = Floor(bus, pace)
        self.playout = Playout(lambda event: self.dialogue.playout_event(event))
        told = [Template(uuid7(), "system", "Be kind."), Template(uuid7(), "note", "")]
        briefing = Briefing(Graph(told, [], []), "system", "note", persona="Iris")
        lines = {
            "listening": loaded.persona.listening_lines,
            "cut_in": loaded.persona.cut_in_lines,
        }
        mind = Mind(briefing, rules(loaded.persona), _Model(), lines=lines)
        voice = cast(Speaker, _Hum(over_ms_a_letter or MS_A_LETTER))
        clock = SessionClock(MediaClock())
        self.dialogue = making.dialogue(bus, mind, floor, voice, self.playout, clock, seed=1)
        ears = Ears(loaded.service, Words(loaded.persona))
        self.segmenter = SpeechSegmenter(bus, floor, Vad(), cast(Recogniser, ears), ears)

    async def play(self, pcm: Pcm, order: str) -> None:
        """The sound, 20 ms at a time, and `order` said by her at `BEFORE_MS`."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, at in enumerate(range(0, len(pcm) - PACKET + 1, PACKET)):
            if order and number * 20 == BEFORE_MS - 20:
                self.bus.publish(SaySentence(id=uuid7(), call=uuid7(), text=order))
            self.now_ms = number * 20.0
            self.segmenter.sound(AudioChunk(pcm[at : at + PACKET], at, monotonic()))
            self.segmenter.tick()
            self.playout.tick()
            await asyncio.sleep(max(0.0, begin + (number + 1) * 0.02 - loop.time()))

    def close(self) -> None:
        """Without a word about what is cut off now."""
        self._over = None
        self.dialogue.close()
        self.segmenter.close()

    def _ended(self, ended: EndTurn) -> None:
        self.heard.ends += 1
        self.heard.turns.append(ended.text)

    def _cancelled(self, cancel: Cancel) -> None:
        if cancel.cause == "went on":
            self.heard.turns.pop()

    def _chosen(self, chosen: ReplyChosen) -> None:
        if chosen.system == "operator":
            self._over = chosen.generation

    def _sounds(self, sounds: ReplySounds) -> None:
        if sounds.generation != self._over:
            self.heard.answered_ms = self.now_ms

    def _spoken(self, clause: Clause) -> None:
        self.heard.said.append(clause.text)
        self.heard.asides += clause.reply.thought.aside

    def _reply_ended(self, ended: ReplyEnded) -> None:
        if ended.generation == self._over:
            self.heard.stopped = ended.cut


def misses(script: Script, heard: Heard) -> list[str]:
    """What is not as the row expects it."""
    wanted, found = script["expect"], []
    if len(heard.turns) not in wanted["turns"]:
        found.append(f"{len(heard.turns)} turns")
    if "text" in wanted:
        rate = word_error_rate(comparable(wanted["text"]), comparable(heard.text))
        if rate > wanted["wer"]:
            found.append(f"word error rate {rate:.2f}")
    if heard.ends > wanted.get("ends_at_most", heard.ends):
        found.append(f"{heard.ends} ends")
    if heard.waited_ms is None or heard.waited_ms > wanted.get("wait_ms", heard.waited_ms):
        found += [f"waited {heard.waited_ms} ms"] if "wait_ms" in wanted else []
    if "voice" in wanted and heard.stopped != (wanted["voice"] == "stops"):
        found.append("her voice stops" if heard.stopped else "her voice goes on")
    return found


def play(script: Script, pace: Pace) -> Heard:
    """What comes of it."""
    sound, marks = say.render(script, engines().voice)
    over, before = script.get("over"), 0.0
    if over:
        after = over.get("after_ms", over["ms"] - over.get("before_end_ms", 0.0))
        before = float(BEFORE_MS + after - LEAD_MS)
    pcm = np.concatenate([np.zeros(round(before * 16)), sound, np.zeros(4 * say.RATE)])
    heard = Heard()

    async def main() -> None:
        letter = over["ms"] / len(over["says"]) if over else None
        call = _Call(pace, letter, heard)
        await call.play((pcm * 32767).astype(np.int16), over["says"] if over else "")
        call.close()

    virtual_time.run(main())
    spoken = [mark["end_ms"] for mark in marks if "say" in mark["piece"]]
    if heard.answered_ms is not None and spoken:
        heard.waited_ms = heard.answered_ms - before - max(spoken)
    return heard
