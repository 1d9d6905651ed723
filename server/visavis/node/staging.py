"""The face that calls show: who draws it, what a frame of it costs, and its pictures, kept."""

import asyncio
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.call.events import Bus, Faulted
from visavis.call.face.idle import IdleHub
from visavis.call.face.stage import Stage
from visavis.call.face.view import DrawnView
from visavis.call.face.vp8 import Vp8Encoder
from visavis.engines.calling import called
from visavis.engines.lipsync import checked as door
from visavis.engines.lipsync.base import Face, Tick
from visavis.engines.lipsync.film import Film
from visavis.engines.lipsync.remote import described
from visavis.engines.lipsync.visemes import AT_REST
from visavis.personas.persona import Persona
from visavis.precalculated import clips, stills
from visavis.precalculated.cache import CacheEntry
from visavis.precalculated.speech import Baked
from visavis.records.files import Files, StoredFile
from visavis.records.recorder import Recorder
from visavis.settings import Settings
from visavis.web.pages import Image

FRAMES = 12
"""Frames drawn and encoded to measure what a call costs; the first ones are slower."""
FACE_NICE = 5
"""Linux gives such a thread a third of the weight of the others."""


@dataclass(frozen=True)
class Staged:
    """What there is of a face; nothing, where there is none."""

    stage: Stage | None = None
    cost_ms: float = 0.0
    """To draw and encode a frame; 0 without a face."""
    stills: dict[str, Image] = field(default_factory=dict)
    """"portrait" and "asleep"."""


async def staged(
    stack: AsyncExitStack,
    settings: Settings,
    persona: Persona,
    face: Face | None,
    baked: Baked,
    recorder: Recorder,
    files: Files,
) -> Staged:
    """The face ready for calls, measured, its stills kept and its films read. Raises what the face
    raises, and `WrongPicture`."""
    if face is None:
        return Staged()
    door.size_of(face)
    pool = ThreadPoolExecutor(max(2, os.cpu_count() or 1), "face", _yielding)
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)
    stage = await _stage(settings, persona, face, pool, recorder, files)
    stack.push_async_callback(stage.hub.close)
    who = door.named(face)
    cost_ms = await asyncio.to_thread(called, who, _cost, face, settings)
    recorder.performance_log.add("lipsync.frame", cost_ms, system=stage.system)
    pictures = await asyncio.to_thread(called, who, stills_of, face)
    kept = await stills.keep(
        {name: (picture.data, picture.kind) for name, picture in pictures.items()},
        owner=persona.key,
        master=stage.portrait,
        size=face.size,
        files=files,
        recorder=recorder,
    )
    still = kept.get("portrait")
    films = await _films(settings, persona, stage.portrait, still, baked, files, recorder)
    return Staged(replace(stage, films=films), cost_ms, pictures)


def _yielding() -> None:
    """A frame may be late, an answer may not: the threads that draw are nicer than the rest."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FACE_NICE)


async def _stage(
    settings: Settings,
    persona: Persona,
    face: Face,
    pool: ThreadPoolExecutor,
    recorder: Recorder,
    files: Files,
) -> Stage:
    """Who draws the face for all calls."""
    path = settings.portrait or persona.portrait
    fps, bitrate = settings.lipsync.fps, settings.lipsync.bitrate
    view = DrawnView(face, pool, fps=fps, bitrate=bitrate)
    bus = Bus()
    bus.subscribe(Faulted, lambda fault: recorder.faults.tell(fault.kind, fault.description))
    hub = IdleHub(view, fps=fps, bus=bus)
    master = await asyncio.to_thread(keep_master, files, path)
    portrait = pictured(settings, persona, face, master, recorder)
    return Stage(
        face,
        pool,
        bitrate,
        hub,
        portrait,
        system=type(face).__name__,
        parameters={"size": face.size, "fps": fps},
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


def _cost(face: Face, settings: Settings) -> float:
    """ms to draw and encode a frame of the speaking face, the median of a few."""
    encoder = Vp8Encoder(face.size, face.size, settings.lipsync.fps, settings.lipsync.bitrate)
    spent = []
    for n in range(FRAMES):
        tick = Tick(np.roll(AT_REST, n), n / settings.lipsync.fps)
        began = perf_counter()
        encoder.encode(door.checked(face.draw(tick), face), keyframe=n == 0)
        spent.append((perf_counter() - began) * 1000)
    return float(np.median(spent))


def stills_of(face: Face) -> dict[str, Image]:
    """The face at rest and asleep, as pictures; runs in a thread."""

    def webp(frame: NDArray[np.uint8]) -> Image:
        bgr = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)
        _, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, 85])
        return Image(data.tobytes(), "image/webp")

    awake, asleep = (door.checked(drawn, face) for drawn in (face.rest(), face.asleep()))
    return {"portrait": webp(awake), "asleep": webp(asleep)}
