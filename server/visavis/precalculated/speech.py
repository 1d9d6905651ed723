"""Baking: what the persona is known to say is spoken once, ahead, and kept.

Found again by the hash of all it was made from: text, voice and how that is set. So a changed
voice or line is baked anew, what it replaces is marked outdated, and a start that finds everything
bakes nothing. A persona's filter is no input: it goes on afterwards, in the call.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from typing import Literal

from visavis.engines.chat.clauses import clauses
from visavis.engines.tts.base import Voice, said
from visavis.engines.tts.speech import Speech
from visavis.personas.persona import Persona
from visavis.precalculated.cache import CacheEntry, Shelf, described, inputs_hash
from visavis.records.files import Files, flac
from visavis.records.recorder import Recorder

Lines = Literal["off", "first", "all"]


@dataclass
class Baked:
    """Speeches that are ready, by text, and how many of them were made just now."""

    ready: dict[str, Speech] = field(default_factory=dict)
    entries: dict[str, CacheEntry] = field(default_factory=dict)
    turned: dict[str, bool] = field(default_factory=dict)
    """By hash: what has become outdated just now, or is no longer."""
    made: int = 0


async def lines(persona: Persona, which: Lines) -> list[str]:
    """The clauses of the persona's canned lines, each once.

    "first": what a call begins with and what fills its silences, a quarter of a second's work;
    "all": the answers of its rules too, as far as they have no holes; some seconds.
    """
    if which == "off":
        return []
    texts: list[str] = [persona.greeting, *persona.silence_lines, *persona.openers]
    if which == "all":
        texts += (*persona.fallback_lines, *persona.declined_lines, *persona.thinking_lines)
        texts += (*persona.attract_lines, *persona.invite_lines, *persona.close_lines)
        texts += (*persona.listening_lines, *persona.cut_in_lines)
        texts += (answer for rule in persona.rules for answer in rule.answers)
    found: dict[str, None] = {}
    for text in texts:
        if "{" not in text:
            async for clause in clauses(_whole(text)):
                found[clause] = None
    return list(found)


async def speeches(
    persona: Persona, voice: Voice, which: Lines, files: Files, recorder: Recorder
) -> Baked:
    """Bake what is missing, and find the rest. A full disk or a voice that fails is a fault, and
    less is ready."""
    baker = _Baker(persona.key, voice, Shelf(files), recorder)
    every = await lines(persona, "all")
    wanted = await lines(persona, which)
    baked = await asyncio.to_thread(baker.find, every)
    for made_from, outdated in baked.turned.items():
        recorder.precalculation.outdated(made_from, outdated)
    for text in wanted:
        if text not in baked.ready:
            try:
                speech, entry = await asyncio.to_thread(baker.bake, text)
            except Exception as error:
                told = f"a line can't be spoken or kept: {type(error).__name__}: {error}"
                recorder.faults.tell("baking", told, system="tts")
                break
            entry = baker.record(entry, speech)
            await asyncio.to_thread(baker.shelf.put, entry)
            baked.ready[text], baked.entries[text] = speech, entry
            baked.made += 1
    return baked


@dataclass(frozen=True)
class _Baker:
    owner: str
    voice: Voice
    shelf: Shelf
    recorder: Recorder

    def hash(self, text: str) -> str:
        return inputs_hash("speech", text, self.voice.system, self.voice.parameters)

    def find(self, texts: Iterable[str]) -> Baked:
        """What is there already; what isn't wanted any more is marked. Runs in a thread."""
        baked, current = Baked(), {self.hash(text): text for text in texts}
        for entry in self.shelf.entries():
            text = current.get(entry.hash)
            # What another persona had spoken in these words and this voice serves as well.
            if entry.kind != "speech" or (text is None and entry.owner != self.owner):
                continue
            if entry.outdated == (text is not None):
                self.shelf.mark(entry, text is None)
                baked.turned[entry.hash] = text is None
            if text is not None and (speech := self.shelf.speech(entry)):
                baked.ready[text], baked.entries[text] = speech, entry
        return baked

    def bake(self, text: str) -> tuple[Speech, CacheEntry]:
        """Speak the line and keep its sound. Runs in a thread."""
        speech, made_from = said(self.voice, text), self.hash(text)
        file = self.shelf.file(made_from, "flac", flac(speech.samples, speech.rate))
        entry = CacheEntry(
            made_from, "speech", self.owner, text, file=file, speech=described(speech)
        )
        return self.shelf.speech(entry) or speech, entry

    def record(self, entry: CacheEntry, speech: Speech) -> CacheEntry:
        """Put the rows of what was baked."""
        assert entry.file is not None  # bake wrote it
        audio = self.recorder.audio.made(
            entry.file,
            length_ms=speech.duration_ms,
            sample_rate=speech.rate,
            provenance="baked",
        )
        tts = self.recorder.tts.made(
            text=entry.subject,
            system=speech.system,
            parameters=self.voice.parameters,
            audio=audio,
            words=[{"text": w.text, "start": w.start_ms, "end": w.end_ms} for w in speech.words],
        )
        self.recorder.precalculation.add(
            "speech",
            entry.hash,
            subject=entry.subject,
            system=speech.system,
            parameters=self.voice.parameters,
            tts=tts,
            audio=audio,
            details={"persona": self.owner},
        )
        entry.rows.update(audio=str(audio), tts=str(tts))
        return entry


async def _whole(text: str) -> AsyncGenerator[str, None]:
    yield text
