"""Each engine that the settings name, loaded and warm; None for one that is off."""

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

from visavis.call.turns.turns import Pace
from visavis.compute.worker import Worker
from visavis.engines.chat.engines import Engine, LocalEngine
from visavis.engines.chat.openai import OpenAIEngine
from visavis.engines.chat.rules import Rules
from visavis.engines.lipsync.face import Face
from visavis.engines.lipsync.load import load_face
from visavis.engines.stt.service import SLOTS
from visavis.engines.tts.hibari import HibariVoice
from visavis.engines.vision.openai import OpenAIVision
from visavis.personas.persona import Persona
from visavis.settings import Settings, Turn
from visavis.weights.store import Store

CONVERSATIONS = max(2, os.cpu_count() or 1)
"""Prompt caches of the local model. Each takes 2 s to prime; more calls than that share them."""


class FaultSink(Protocol):
    """Where faults are kept: the recorder, or who stands in its place."""

    def fault(self, kind: str, description: str) -> object: ...


class WorkerRuns(Protocol):
    """Who notes that a worker process has begun: see `Lives`."""

    def begin(self, name: str) -> Callable[[], None]: ...


def teller(books: FaultSink) -> Callable[[str, str], None]:
    """For parts that tell their faults to a plain function."""

    def tell(kind: str, message: str) -> None:
        books.fault(kind, message)

    return tell


def rules(persona: Persona) -> Rules:
    """The persona's expert rules."""
    return Rules(
        persona.rules,
        persona=persona.display_name,
        silence_lines=persona.silence_lines,
        fallback_lines=persona.fallback_lines,
        declined_lines=persona.declined_lines,
    )


def pace(turn: Turn) -> Pace:
    """When turns begin and end, as set."""
    return Pace(
        speculate=turn.speculate_ms,
        min_silence=turn.min_silence_ms,
        max_silence=turn.max_silence_ms,
        max_turn=turn.max_turn_ms,
        prompts=turn.prompts_ms,
        give_up=turn.give_up_ms,
        semantic=turn.semantic,
    )


async def recogniser(
    settings: Settings, workers: list[Worker], books: FaultSink, lives: WorkerRuns
) -> Worker | None:
    if settings.stt.engine == "off":
        return None
    store = Store(settings.weights)
    worker = Worker(
        "visavis.engines.stt.service:Service",
        name="stt",
        threads=settings.stt.threads,
        slots=SLOTS,
        on_fault=teller(books),
        on_life=lives.begin,
        whisper=str(store.path(settings.stt.model)),
        smart_turn=str(store.path("smart-turn-v3.2")),
        language=settings.stt.language,
    )
    workers.append(worker)
    await worker.start()
    return worker


async def chat(
    settings: Settings,
    persona: Persona,
    system_prompt: str,
    workers: list[Worker],
    books: FaultSink,
    lives: WorkerRuns,
) -> Engine | None:
    chat = settings.chat
    if chat.url or chat.engine == "openai":
        key = chat.key.get_secret_value() or os.environ.get("OPENAI_API_KEY", "")
        return OpenAIEngine(
            chat.url, chat.model, key, first_token_timeout=chat.first_token_timeout_s
        )
    if chat.engine == "off":
        return None
    path = Store(settings.weights).path(chat.model)
    worker = Worker(
        "visavis.engines.chat.local:LocalModel",
        name="chat",
        slots=CONVERSATIONS,
        on_fault=teller(books),
        on_life=lives.begin,
        path=str(path),
        system_prompt=system_prompt,
        examples=persona.examples,
        cores=chat.threads,
        conversations=CONVERSATIONS,
    )
    workers.append(worker)
    await worker.start()
    return LocalEngine(worker, chat.model, chat.first_token_timeout_s)


async def voice(settings: Settings, persona: Persona) -> HibariVoice | None:
    if settings.tts.engine == "off":
        return None

    def warm() -> HibariVoice:
        voice = HibariVoice(settings.tts.voice or persona.voice, persona.voice_pitch)
        voice.say("Hello, and welcome.")
        return voice

    return await asyncio.to_thread(warm)


async def face(settings: Settings, persona: Persona) -> Face | None:
    if settings.lipsync.engine == "off":
        return None
    path = settings.portrait or persona.portrait
    return await asyncio.to_thread(load_face, path, settings.lipsync.size)


async def vision(settings: Settings) -> OpenAIVision | None:
    """The remote eye, if one is set; landmarks need no loading."""
    chosen = settings.vision
    if chosen.engine != "openai":
        return None
    return OpenAIVision(
        chosen.url, chosen.model, chosen.key.get_secret_value(), timeout_s=chosen.timeout_s
    )


def watcher(settings: Settings, books: FaultSink, lives: WorkerRuns) -> Worker:
    return Worker(
        "visavis.engines.pose.holistic:Holistic",
        name="pose",
        nice=10,
        on_fault=teller(books),
        on_life=lives.begin,
        complexity=settings.pose.complexity,
    )
