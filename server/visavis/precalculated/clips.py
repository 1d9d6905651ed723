"""Clips of canned lines, made by a remote lip-sync service ahead of calls, and found again."""

import asyncio
import hashlib
import mimetypes
from pathlib import Path
from typing import Any
from uuid import UUID

from visavis.engines.lipsync.film import BadFilm, Film, opened
from visavis.engines.lipsync.remote import ClipError, RemoteLipsync, UploadedMedia
from visavis.precalculated.cache import FOLDER, CacheEntry, Shelf, inputs_hash
from visavis.precalculated.speech import Baked
from visavis.records.files import Files
from visavis.records.recorder import Recorder
from visavis.stored import StoredFile


def subject(
    master: StoredFile, portrait: UUID, still: CacheEntry | None, *, photo: bool
) -> tuple[StoredFile, UUID]:
    """The picture that clips are made of, and its row: the master of the portrait.

    Of a photo it is ``still``, the part of it that is drawn, so that a clip shows the face where it
    is drawn.
    """
    if not photo or still is None or still.file is None:
        return master, portrait
    return still.file, UUID(still.rows["portrait"])


async def bake(
    baked: Baked,
    remote: RemoteLipsync,
    *,
    owner: str,
    portrait: UUID,
    picture: StoredFile,
    gesture: Path | None,
    files: Files,
    recorder: Recorder,
) -> int:
    """A clip of each baked line, as far as there is none; how many were made.

    What fails is a fault; after a wrong key or an unreachable service nothing more is tried.
    """
    shelf = Shelf(files)
    face = await asyncio.to_thread(_media, files, picture)
    waving = await asyncio.to_thread(_kept, files, gesture) if gesture is not None else None
    reference: UUID | None = None
    made = 0
    for line in baked.entries.values():
        assert line.file is not None  # a baked line has its sound
        moves = waving.file.sha256 if waving is not None else ""
        made_from = _made_from(line, picture, moves, remote.parameters)
        if await asyncio.to_thread(shelf.entry, made_from) is not None:
            continue
        voice = await asyncio.to_thread(_media, files, line.file)
        try:
            clip = await remote.speak(face, voice, waving)
        except ClipError as error:
            kind, told = f"lipsync_remote_{error.kind}", str(error)[:500]
            recorder.faults.tell(kind, told, system=remote.system, parameters=remote.parameters)
            if error.kind in ("key", "connection"):
                break
            continue
        suffix = clip.mime_type.partition(";")[0].rpartition("/")[2]
        file = await asyncio.to_thread(shelf.file, made_from, suffix, clip.data)
        if waving is not None and reference is None:
            reference = recorder.video.made(
                waving.file, mime_type=waving.mime_type, provenance="gesture reference"
            )
        video = recorder.video.made(
            file, mime_type=clip.mime_type, provenance=remote.system, details={"job": clip.job}
        )
        tts, audio = UUID(line.rows["tts"]), UUID(line.rows["audio"])
        row = recorder.lipsync.made(
            tts=tts,
            audio=audio,
            portrait=portrait,
            video=video,
            gesture_reference=reference,
            system=remote.system,
            parameters=remote.parameters,
        )
        recorder.precalculation.add(
            "clip",
            made_from,
            subject=line.subject,
            system=remote.system,
            parameters=remote.parameters,
            portrait=portrait,
            tts=tts,
            audio=audio,
            video=video,
            lipsync=row,
            details={"persona": owner},
        )
        rows = {"video": str(video), "lipsync": str(row)}
        entry = CacheEntry(made_from, "clip", owner, line.subject, file=file, rows=rows)
        await asyncio.to_thread(shelf.put, entry)
        made += 1
    return made


async def films(
    baked: Baked,
    service: dict[str, Any],
    *,
    picture: StoredFile,
    gesture: Path | None,
    files: Files,
    recorder: Recorder,
) -> dict[str, Film]:
    """The clips that `bake` has made of baked lines, by the lines' text.

    ``service`` as `remote.described` has it. One that can't be played is a fault, and its line's
    face will be drawn.
    """
    found, faults = await asyncio.to_thread(_films, baked, service, picture, gesture, files)
    for fault in faults:
        recorder.faults.tell("film", fault)
    return found


def _films(
    baked: Baked, service: dict[str, Any], picture: StoredFile, gesture: Path | None, files: Files
) -> tuple[dict[str, Film], list[str]]:
    found: dict[str, Film] = {}
    faults: list[str] = []
    shelf = Shelf(files)
    try:
        moves = hashlib.sha256(gesture.read_bytes()).hexdigest() if gesture is not None else ""
    except OSError as error:
        return {}, [f"remote_lipsync.gesture_reference can't be read: {error}"]
    for text, line in baked.entries.items():
        clip = shelf.entry(_made_from(line, picture, moves, service))
        if clip is None or clip.file is None:
            continue
        try:
            found[text] = opened(files.path(clip.file.uri))
        except BadFilm as error:
            faults.append(str(error))
    return found, faults


def _made_from(line: CacheEntry, picture: StoredFile, moves: str, service: dict[str, Any]) -> str:
    """The hash under which a line's clip lies; ``moves``: that of the gesture reference."""
    return inputs_hash("clip", line.hash, picture.sha256, moves, service)


def _media(files: Files, file: StoredFile) -> UploadedMedia:
    mime_type = mimetypes.guess_type(f"x.{file.format}")[0] or "application/octet-stream"
    return UploadedMedia(file, mime_type, files.path(file.uri).read_bytes())


def _kept(files: Files, path: Path) -> UploadedMedia:
    """A copy in the data folder, where its row can name it."""
    return _media(files, files.write(f"{FOLDER}/gesture{path.suffix}", path.read_bytes()))
