"""Clips of canned lines, made by a remote lip-sync service ahead of calls."""

import asyncio
import mimetypes
from pathlib import Path
from uuid import UUID

from visavis.engines.lipsync.remote import Media, RemoteError, RemoteLipsync
from visavis.precalculated.cache import FOLDER, Entry, Shelf, inputs_hash
from visavis.precalculated.speech import Baked
from visavis.records.files import Files, StoredFile
from visavis.records.recorder import Recorder


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
        made_from = inputs_hash("clip", line.hash, picture.sha256, moves, remote.parameters)
        if await asyncio.to_thread(shelf.entry, made_from) is not None:
            continue
        voice = await asyncio.to_thread(_media, files, line.file)
        try:
            clip = await remote.speak(face, voice, waving)
        except RemoteError as error:
            recorder.faults.tell(
                f"lipsync_remote_{error.kind}",
                str(error)[:500],
                system=remote.system,
                parameters=remote.parameters,
            )
            if error.kind in ("key", "connection"):
                break
            continue
        suffix = clip.mime_type.partition(";")[0].rpartition("/")[2]
        file = await asyncio.to_thread(files.write, f"{FOLDER}/{made_from}.{suffix}", clip.data)
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
        entry = Entry(made_from, "clip", owner, line.subject, file=file, rows=rows)
        await asyncio.to_thread(shelf.put, entry)
        made += 1
    return made


def _media(files: Files, file: StoredFile) -> Media:
    mime_type = mimetypes.guess_type(f"x.{file.format}")[0] or "application/octet-stream"
    return Media(file, mime_type, files.path(file.uri).read_bytes())


def _kept(files: Files, path: Path) -> Media:
    """A copy in the data folder, where its row can name it."""
    return _media(files, files.write(f"{FOLDER}/gesture{path.suffix}", path.read_bytes()))
