"""Waking the node up: every engine that the settings name, loaded, warm and measured.

An engine that fails to start is a fault and is left out; the calls make sense without it (design
§3.9). Only what a person must mend (weights that are not here, an unknown persona, a portrait that
is too large) stops the start.
"""

import asyncio
import hashlib
import os
import threading
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TypeVar
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.call.camera.camera import Watching
from visavis.call.camera.pose_pool import PosePool
from visavis.call.dialogue.prompt import Briefing
from visavis.call.engines import Engines, Hearing, Speaking
from visavis.call.face.idle import IdleHub
from visavis.call.face.stage import Stage
from visavis.call.face.view import view_of
from visavis.call.face.vp8 import Vp8Encoder
from visavis.call.hearing import filters
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.hearing.filters import Chain
from visavis.call.modes.machine import PresencePolicy
from visavis.call.rtc import ice
from visavis.call.voice.canned import CannedVoice
from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context, parameters_of, system_of
from visavis.engines.filters.base import FilterError
from visavis.engines.lipsync.base import Face, Tick
from visavis.engines.lipsync.film import Film
from visavis.engines.lipsync.picture import PictureTooLarge
from visavis.engines.lipsync.remote import described
from visavis.engines.lipsync.view import ViewedFace
from visavis.engines.lipsync.visemes import AT_REST
from visavis.engines.loading import WrongOptions
from visavis.engines.registry import BrokenEngine
from visavis.engines.tts.base import Voice
from visavis.engines.tts.punctual import PunctualVoice
from visavis.node import call_options
from visavis.node import prompt_editor as prompting
from visavis.node.rehearsal import rehearse
from visavis.node.worker_runs import WorkerRuns
from visavis.personas.persona import Persona, PersonaError, load
from visavis.precalculated import clips
from visavis.precalculated import speech as baking
from visavis.precalculated import stills as likenesses
from visavis.precalculated.cache import CacheEntry
from visavis.precalculated.speech import Baked
from visavis.prompts.graph import PromptError
from visavis.records.files import Files, StoredFile
from visavis.records.recorder import Recorder
from visavis.settings import Settings
from visavis.web.pages import Image
from visavis.weights.store import MissingWeight, UnknownWeight

FRAMES = 12
"""Frames drawn and encoded to measure what a call costs; the first ones are slower."""
SHARE = 0.6
"""Of the cores, what may go to drawing; the rest hears, thinks and speaks."""

FACE_NICE = 5
"""Linux gives such a thread a third of the weight of the others."""
SPEECH_RATE = 24_000
"""Hz at which a filter of the persona's voice is tried out."""
T = TypeVar("T")


class Unavailable(Exception):
    """The node can't be warmed up; the message says why, and what to do."""


@dataclass(frozen=True)
class WarmNode:
    """A warm node."""

    engines: Engines
    persona: Persona
    capacity: int
    stills: dict[str, Image]
    """"portrait" and "asleep", if there is a face."""


async def make(
    stack: AsyncExitStack, settings: Settings, recorder: Recorder, files: Files
) -> WarmNode:
    """Start everything, side by side. Raises `Unavailable`."""
    persona = _persona(settings)
    host = Host(recorder.faults.tell, WorkerRuns(recorder).begin)
    stack.push_async_callback(host.stop)
    attempt = _Attempts(recorder)
    briefing = await _briefing(settings, persona, recorder)
    context = Context(settings, persona, host, briefing.at_warmup())
    caller_filter = await _filter(filters.for_caller(context), recorder)
    persona_filter = await _filter(filters.for_persona(context, SPEECH_RATE), recorder)
    try:
        # Imported before anything is loaded, in a thread: it takes seconds.
        await asyncio.to_thread(loading.chosen, settings)
    except BrokenEngine as reason:
        raise Unavailable(str(reason)) from reason
    recogniser, chat, voice, face, briefing.knowledge = await asyncio.gather(
        attempt("stt", loading.load("stt", context)),
        attempt("chat", loading.load("chat", context)),
        attempt("tts", loading.load("tts", context)),
        attempt("lipsync", loading.load("lipsync", context)),
        attempt("embeddings", prompting.learn(context, recorder, briefing)),
    )
    voice = None if voice is None else PunctualVoice(voice)
    heard = replace(context, recogniser=recogniser)
    end_of_turn = await attempt("turns", loading.load("turns", heard))
    baked = await _baked(settings, persona, voice, files, recorder)
    stage, cost_ms, stills = None, 0.0, {}
    if face is not None:
        pool = ThreadPoolExecutor(max(2, os.cpu_count() or 1), "face", _yielding)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        stage = await _stage(settings, persona, face, pool, recorder, files)
        stack.push_async_callback(stage.hub.close)
        cost_ms = await _cost(stage)
        recorder.performance_log.add("lipsync.frame", cost_ms, system=stage.system)
        stills = await asyncio.to_thread(stills_of, face)
        kept = await likenesses.keep(
            {name: (still.data, still.kind) for name, still in stills.items()},
            owner=persona.key,
            master=stage.portrait,
            size=face.size,
            files=files,
            recorder=recorder,
        )
        still = kept.get("portrait")
        films = await _films(settings, persona, stage.portrait, still, baked, files, recorder)
        stage = replace(stage, films=films)
        if settings.vision.engine != "off" and settings.portrait is not None:
            # A photo of one's own has loaded FaceMesh already; `visavis bake` looks at the others.
            eye = await attempt("vision", loading.load("vision", context))
            await likenesses.look(persona.key, files, recorder, eye)
    capacity = settings.max_calls or _capacity(cost_ms, settings.lipsync.fps)
    holistic, poses = await attempt("pose", loading.load("pose", context)), None
    if holistic is not None:
        poses = PosePool(holistic, capacity)
        stack.push_async_callback(poses.close)
    configuration = ice.configuration(
        settings.ice.servers, settings.ice.username, settings.ice.credential.get_secret_value()
    )
    engines = Engines(
        persona=persona.display_name,
        mind=call_options.mind(settings, persona, briefing, chat),
        hearing=Hearing(
            call_options.pace(settings.turn, judged=end_of_turn is not None),
            recogniser,
            end_of_turn,
            caller_filter,
        ),
        speaking=Speaking(
            CannedVoice(voice, baked.ready) if voice is not None else None, persona_filter
        ),
        stage=stage,
        watching=Watching(
            poses,
            settings.pose.fps,
            0.0 if settings.vision.engine == "off" else settings.vision.every_s,
        ),
        ice=configuration,
        visits=PresencePolicy(
            presence=settings.visits.presence,
            attract_after=settings.visits.attract_after_s,
            attract_every=settings.visits.attract_every_s,
            stay=settings.visits.stay_s,
            gone=settings.visits.gone_s,
        ),
        host=host,
        asks_consent=settings.callers.consent == "ask",
    )
    try:
        connect_ms = await rehearse(configuration)
    except Exception as error:
        recorder.faults.tell("rehearsal", f"{type(error).__name__}: {error}")
    else:
        recorder.performance_log.add("rehearsal", connect_ms, system="peer")
    return WarmNode(engines, persona, capacity, stills)


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
    baked = await baking.speeches(persona, voice, settings.baking.lines, files, recorder)
    took = (perf_counter() - began) * 1000
    recorder.performance_log.add("baking", took, system="tts", parameters={"made": baked.made})
    return baked


class _Attempts:
    """Runs the making of an engine; what a person can't mend at once becomes a fault."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def __call__(self, name: str, making: Awaitable[T | None]) -> T | None:
        began = perf_counter()
        try:
            made = await making
        except (MissingWeight, UnknownWeight, PictureTooLarge, WrongOptions) as missing:
            raise Unavailable(str(missing)) from missing
        except Exception as error:
            self._recorder.faults.tell(f"{name}_unavailable", f"{type(error).__name__}: {error}")
            return None
        took = (perf_counter() - began) * 1000
        self._recorder.performance_log.add(f"{name}.warmup", took, system=name)
        return made


def _yielding() -> None:
    """A frame may be late, an answer may not: the threads that draw are nicer than the rest."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FACE_NICE)


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


async def _filter(making: Awaitable[Chain | None], recorder: Recorder) -> ChosenFilter | None:
    """One of the two, and its row. Raises `Unavailable`."""
    try:
        wanted = await making
    except (FilterError, BrokenEngine, WrongOptions, MissingWeight, UnknownWeight) as reason:
        raise Unavailable(f"{reason} See [audio] in the settings.") from reason
    except Exception as error:
        recorder.faults.tell("filter_unavailable", f"{type(error).__name__}: {error}")
        return None
    if wanted is None:
        return None
    return ChosenFilter(wanted, recorder.audio.filter(wanted.name, wanted.implementation))


async def _stage(
    settings: Settings,
    persona: Persona,
    face: Face,
    pool: ThreadPoolExecutor,
    recorder: Recorder,
    files: Files,
) -> Stage:
    path = settings.portrait or persona.portrait
    fps, bitrate = settings.lipsync.fps, settings.lipsync.bitrate
    view = view_of(face, pool, fps=fps, bitrate=bitrate)
    hub = IdleHub(view, fps=fps, on_fault=recorder.faults.tell)
    master = await asyncio.to_thread(keep_master, files, path)
    portrait = pictured(settings, persona, face, master, recorder)
    return Stage(
        face,
        pool,
        bitrate,
        hub,
        portrait,
        system=system_of(face),
        parameters=parameters_of(face) | {"size": face.size, "fps": fps},
        each_frame=settings.measures.each_frame,
    )


async def _films(
    settings: Settings,
    persona: Persona,
    portrait: UUID,
    still: CacheEntry | None,
    baked: Baked,
    files: Files,
    recorder: Recorder,
) -> dict[str, Film]:
    """The clips of canned lines that `visavis bake` has had made, by the lines' text."""
    service = settings.remote_lipsync
    if not service.url:
        return {}
    source = settings.portrait or persona.portrait
    master = await asyncio.to_thread(keep_master, files, source)
    picture, _ = clips.subject(master, portrait, still, photo=source.is_file())
    return await clips.films(
        baked,
        described(service.url, service.model),
        picture=picture,
        gesture=service.gesture_reference,
        files=files,
        recorder=recorder,
    )


def pictured(
    settings: Settings, persona: Persona, face: Face, master: StoredFile, recorder: Recorder
) -> UUID:
    """The row of the picture that is drawn from."""
    return recorder.portrait.add(
        master,
        width=face.size,
        height=face.size,
        provenance=f"persona {persona.key}" if settings.portrait is None else "settings",
    )


def keep_master(files: Files, path: Path) -> StoredFile:
    """The picture that the face is drawn from, kept with the calls it appears in."""
    file = path if path.is_file() else next(iter(sorted(path.glob("*neutral*"))))
    data = file.read_bytes()
    name = hashlib.sha256(data).hexdigest()
    return files.write(f"portraits/{name}{file.suffix}", data)


async def _cost(stage: Stage) -> float:
    """ms to draw and encode a frame of the speaking face, the median of a few."""
    face, fps = stage.face, stage.hub.fps
    ticks = [Tick(np.roll(AT_REST, n), n / fps, keyframe=n == 0) for n in range(FRAMES)]
    spent = []
    if isinstance(face, ViewedFace):
        view = face.view(fps, stage.bitrate)
        for tick in ticks:
            began = perf_counter()
            await view.show(tick)
            spent.append((perf_counter() - began) * 1000)
        return float(np.median(spent))

    def drawn() -> None:
        encoder = Vp8Encoder(face.size, face.size, fps, stage.bitrate)
        for tick in ticks:
            began = perf_counter()
            encoder.encode(face.draw(tick), keyframe=tick.keyframe)
            spent.append((perf_counter() - began) * 1000)

    await asyncio.to_thread(drawn)
    return float(np.median(spent))


def _capacity(cost_ms: float, fps: int) -> int:
    """How many faces can speak at once; without faces, hearing is the limit: 8 a core."""
    cores = os.cpu_count() or 1
    if not cost_ms:
        return 8 * cores
    return max(1, int(SHARE * cores * 1000 / (cost_ms * fps)))


def stills_of(face: Face) -> dict[str, Image]:
    """The face at rest and asleep, as pictures; runs in a thread."""

    def webp(frame: NDArray[np.uint8]) -> Image:
        bgr = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)
        _, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, 85])
        return Image(data.tobytes(), "image/webp")

    return {"portrait": webp(face.rest()), "asleep": webp(face.asleep())}
