"""Waking the node up: every engine that the settings name, loaded, warm and measured.

An engine that fails to start is a fault and is left out; the calls make sense without it (design
§4.10). Only what a person must mend (weights that are not here, an unknown persona, a portrait that
is too large) stops the start.
"""

import asyncio
import math
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, TypeVar

import structlog
from aiortc import RTCConfiguration

from visavis.call.camera.pose_pool import PosePool
from visavis.call.dialogue.prompt import Briefing
from visavis.call.engines import Engines
from visavis.call.hearing import filters
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.hearing.filters import Chain
from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.engines.chat import setting_up
from visavis.engines.chat.base import LanguageModel
from visavis.engines.embeddings.answers import Answers
from visavis.engines.embeddings.knowledge import Knowledge
from visavis.engines.filters.base import FilterError
from visavis.engines.lipsync.base import Face
from visavis.engines.lipsync.picture import PictureTooLarge
from visavis.engines.loading import WrongOptions
from visavis.engines.registry import BrokenEngine
from visavis.engines.stt.base import Recogniser
from visavis.engines.tts.base import Voice
from visavis.engines.tts.punctual import PunctualVoice
from visavis.engines.turns.base import EndOfTurn
from visavis.node import call_options, staging
from visavis.node import prompt_editor as prompting
from visavis.node.rehearsal import rehearse
from visavis.node.worker_runs import WorkerRuns
from visavis.personas.persona import Persona, PersonaError, load
from visavis.precalculated import speech, stills
from visavis.precalculated.speech import Baked
from visavis.prompts.graph import PromptError
from visavis.records.files import Files
from visavis.records.recorder import Recorder
from visavis.settings import Settings
from visavis.web.pages import Image
from visavis.weights.store import MissingWeight, UnknownWeight

SHARE = 0.6
"""Of the cores, what may go to drawing; the rest hears, thinks and speaks."""
SPEECH_RATE = 24_000
"""Hz at which a filter of the persona's voice is tried out."""
SLOW_S = 60.0
"""After so long it is said which engine is waited for."""
LIMIT_S = 600.0
"""What isn't ready by then is left out."""
CLOSE_S = 10.0
"""For an engine to let go of what it holds."""
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Unavailable(Exception):
    """The node can't be warmed up; the message says why, and what to do."""


@dataclass(frozen=True)
class WarmNode:
    """What calls are made with, once every engine that could be loaded has been."""

    engines: Engines
    persona: Persona
    capacity: int
    stills: dict[str, Image]
    """"portrait" and "asleep", if there is a face."""


@dataclass(frozen=True)
class _Loaded:
    """The engines that calls ask; None where one is off, or failed to start."""

    recogniser: Recogniser | None
    chat: LanguageModel | None
    voice: Voice | None
    face: Face | None
    knowledge: Knowledge | None
    answers: Answers | None
    end_of_turn: EndOfTurn | None


async def make(
    stack: AsyncExitStack, settings: Settings, recorder: Recorder, files: Files
) -> WarmNode:
    """Start everything, side by side. Raises `Unavailable`."""
    persona = _persona(settings)
    host = Host(recorder.faults.tell, WorkerRuns(recorder).begin)
    stack.push_async_callback(host.stop)
    attempt = _Attempts(recorder)
    briefing = await _briefing(settings, persona, recorder)
    documents = await prompting.documents(settings, persona, recorder)
    context = Context(settings, persona, host, briefing.at_warmup())
    caller_filter = await _filter(filters.for_caller(context), recorder)
    persona_filter = await _filter(filters.for_persona(context, SPEECH_RATE), recorder)
    await asyncio.to_thread(setting_up.settle, settings)  # measures while nothing else runs
    loaded = await _load(context, attempt, recorder, documents)
    briefing = replace(
        briefing,
        schedule=prompting.schedule_of(documents),
        knowledge=loaded.knowledge,
        answers=loaded.answers,
    )
    baking = _baked(settings, persona, loaded.voice, files, recorder)
    baked = await attempt("baking", baking, engine=False) or Baked()
    show = staging.staged(stack, settings, persona, loaded.face, baked, recorder, files)
    staged = await attempt("lipsync", show, engine=False) or staging.Staged()
    await _look(context, staged, attempt, recorder, files)
    capacity = settings.max_calls or _capacity(staged.cost_ms, settings.lipsync.fps)
    poses = await _poses(stack, context, attempt, capacity, recorder)
    engines = Engines(
        persona=persona.display_name,
        mind=call_options.mind(settings, persona, briefing, loaded.chat, loaded.voice),
        hearing=call_options.hearing(
            settings.turn,
            loaded.recogniser,
            loaded.end_of_turn,
            caller_filter,
            loaded.knowledge,
        ),
        speaking=call_options.speaking(loaded.voice, baked.ready, persona_filter),
        stage=staged.stage,
        camera=call_options.camera(settings, poses),
        ice=call_options.connection(settings.ice),
        visits=call_options.presence(settings.visits),
        host=host,
        asks_consent=settings.callers.consent == "ask",
    )
    await _rehearsed(engines.ice, recorder)
    return WarmNode(engines, persona, capacity, staged.stills)


async def _load(
    context: Context,
    attempt: "_Attempts",
    recorder: Recorder,
    documents: prompting.Documents,
) -> _Loaded:
    """All that need nothing of each other side by side; then what judges the end of a turn."""
    try:
        # Imported before anything is loaded, in a thread: it takes seconds.
        await asyncio.to_thread(loading.chosen, context.settings)
    except BrokenEngine as reason:
        raise Unavailable(str(reason)) from reason
    recogniser, chat, voice, face, known = await asyncio.gather(
        attempt("stt", loading.load("stt", context)),
        attempt("chat", loading.load("chat", context)),
        attempt("tts", loading.load("tts", context)),
        attempt("lipsync", loading.load("lipsync", context)),
        attempt("embeddings", prompting.know(context, recorder, documents)),
    )
    knowledge, answers = known or (None, None)
    voice = None if voice is None else PunctualVoice(voice)
    heard = replace(context, recogniser=recogniser)
    end_of_turn = await attempt("turns", loading.load("turns", heard))
    return _Loaded(recogniser, chat, voice, face, knowledge, answers, end_of_turn)


async def _look(
    context: Context,
    staged: staging.Staged,
    attempt: "_Attempts",
    recorder: Recorder,
    files: Files,
) -> None:
    """Describe the stills of a photo of one's own, which has loaded FaceMesh already; `visavis
    bake` looks at the others."""
    settings = context.settings
    if staged.stage is None or settings.vision.engine == "off" or settings.portrait is None:
        return
    eye = await attempt("vision", loading.load("vision", context))
    await stills.look(context.persona.key, files, recorder, eye)


async def _poses(
    stack: AsyncExitStack,
    context: Context,
    attempt: "_Attempts",
    capacity: int,
    recorder: Recorder,
) -> PosePool | None:
    """Who looks at the cameras of so many callers."""
    holistic = await attempt("pose", loading.load("pose", context))
    if holistic is None:
        return None
    poses = PosePool(holistic, capacity, recorder.faults.tell)
    stack.push_async_callback(poses.close)
    return poses


async def _rehearsed(configuration: RTCConfiguration, recorder: Recorder) -> None:
    """A call to ourselves, measured; one that fails is a fault."""
    try:
        connect_ms = await rehearse(configuration)
    except Exception as error:
        recorder.faults.tell("rehearsal", f"{type(error).__name__}: {error}")
    else:
        recorder.performance_log.add("rehearsal", connect_ms, system="peer")


async def _baked(
    settings: Settings,
    persona: Persona,
    voice: Voice | None,
    files: Files,
    recorder: Recorder,
) -> Baked:
    """The persona's canned lines, ready."""
    if voice is None:
        return Baked()
    began = perf_counter()
    baked = await speech.speeches(persona, voice, settings.baking.lines, files, recorder)
    took = (perf_counter() - began) * 1000
    recorder.performance_log.add("baking", took, system="tts", parameters={"made": baked.made})
    return baked


class _Attempts:
    """Runs the making of an engine; what a person can't mend at once becomes a fault."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def __call__(
        self, name: str, making: Coroutine[Any, Any, T | None], *, engine: bool = True
    ) -> T | None:
        """What was made; ``engine``: it is one, which has a time by when it is ready."""
        began = perf_counter()
        try:
            made = await _awaited(name, making, LIMIT_S if engine else math.inf)
        except (MissingWeight, UnknownWeight, PictureTooLarge, WrongOptions) as missing:
            raise Unavailable(str(missing)) from missing
        except Exception as error:
            self._recorder.faults.tell(f"{name}_unavailable", f"{type(error).__name__}: {error}")
            return None
        if engine:
            took = (perf_counter() - began) * 1000
            self._recorder.performance_log.add(f"{name}.warmup", took, system=name)
        return made


async def _awaited(name: str, work: Coroutine[Any, Any, T], limit_s: float) -> T:
    """What comes of a plug-in's work. Whatever it raises is an Exception, also where it wants to
    exit or cancels itself; TimeoutError when it doesn't end."""
    task = asyncio.create_task(_contained(work))
    try:
        await asyncio.wait([task], timeout=min(SLOW_S, limit_s))
        if not task.done() and limit_s > SLOW_S:
            log.warning("warmup_waits", engine=name, seconds=SLOW_S)
            left = None if math.isinf(limit_s) else limit_s - SLOW_S
            await asyncio.wait([task], timeout=left)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task], timeout=CLOSE_S)
        raise
    if not task.done():
        task.cancel()
        raise TimeoutError(f"it has not ended within {limit_s:g} s")
    if task.cancelled():
        raise RuntimeError("it cancelled itself")
    return task.result()


async def _contained(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except SystemExit as error:  # out of a task it would end the event loop
        raise RuntimeError(f"it wanted to exit: {error}") from error


def _persona(settings: Settings) -> Persona:
    try:
        return load(settings.persona)
    except PersonaError as reason:
        raise Unavailable(str(reason)) from reason


async def _briefing(settings: Settings, persona: Persona, recorder: Recorder) -> Briefing:
    try:
        return await prompting.briefing(settings, persona, recorder)
    except PromptError as reason:
        raise Unavailable(f"{reason} See [prompts] in the settings.") from reason


async def _filter(
    making: Coroutine[Any, Any, Chain | None], recorder: Recorder
) -> ChosenFilter | None:
    """One of the two, and its row. Raises `Unavailable`."""
    try:
        wanted = await _awaited("filter", making, LIMIT_S)
    except (FilterError, BrokenEngine, WrongOptions, MissingWeight, UnknownWeight) as reason:
        raise Unavailable(f"{reason} See [audio] in the settings.") from reason
    except Exception as error:
        recorder.faults.tell("filter_unavailable", f"{type(error).__name__}: {error}")
        return None
    if wanted is None:
        return None
    return ChosenFilter(wanted, recorder.audio.filter(wanted.name, wanted.implementation))


def _capacity(cost_ms: float, fps: int) -> int:
    """How many faces can speak at once; without faces, hearing is the limit: 8 a core."""
    cores = os.cpu_count() or 1
    if not cost_ms:
        return 8 * cores
    return max(1, int(SHARE * cores * 1000 / (cost_ms * fps)))
