"""The pictures made of a portrait, at rest and asleep: kept once, and looked at.

Whether the making succeeded is checked by looking: a face is found, its eyes are open at rest and
closed asleep. What isn't so is a fault; the pictures are used all the same.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from uuid import UUID

from visavis.engines import checks
from visavis.engines.lipsync import picture
from visavis.engines.lipsync.landmarks import NoFace, find_landmarks
from visavis.engines.vision import landmarks
from visavis.engines.vision.openai import OpenAIVision, VisionError
from visavis.engines.vision.sighted import Sighted
from visavis.precalculated.cache import CacheEntry, Shelf, inputs_hash
from visavis.records.files import Files
from visavis.records.ids import named_id
from visavis.records.recorder import Recorder
from visavis.stored import StoredFile


async def keep(
    stills: Mapping[str, tuple[bytes, str]],
    *,
    owner: str,
    master: UUID,
    size: int,
    files: Files,
    recorder: Recorder,
) -> dict[str, CacheEntry]:
    """Keep each still (its bytes and media type, by "portrait" or "asleep"), unless it is kept.

    Gives their entries; a full disk is a fault, and fewer are kept.
    """
    shelf = Shelf(files)
    kept: dict[str, CacheEntry] = {}
    for name, (data, mime_type) in stills.items():
        made_from = inputs_hash("portrait", name, str(master), size)
        sha256 = hashlib.sha256(data).hexdigest()
        known = await asyncio.to_thread(shelf.entry, made_from)
        if known is not None and known.file is not None and known.file.sha256 == sha256:
            kept[name] = known
            continue
        uri = f"portraits/{sha256}.{mime_type.rpartition('/')[2]}"
        try:
            file = await asyncio.to_thread(files.write, uri, data)
            row = recorder.portrait.add(
                file,
                width=size,
                height=size,
                provenance=f"made of the master: {name}",
                master=master,
                details={"likeness": name},
            )
            recorder.precalculation.add(
                "portrait",
                made_from,
                subject=name,
                system="lipsync",
                parameters={"size": size},
                portrait=row,
                details={"persona": owner},
            )
            entry = CacheEntry(
                made_from, "portrait", owner, name, file=file, rows={"portrait": str(row)}
            )
            await asyncio.to_thread(shelf.put, entry)
            kept[name] = entry
        except OSError as error:
            recorder.faults.tell("baking", f"a picture can't be kept: {error}", system="lipsync")
    return kept


async def look(
    owner: str, files: Files, recorder: Recorder, remote: OpenAIVision | None = None
) -> int:
    """Describe what :func:`keep` has kept and nobody has looked at; how many pictures that were."""
    shelf = Shelf(files)
    entries = await asyncio.to_thread(lambda: list(shelf.entries()))
    by = remote.system if remote is not None else landmarks.SYSTEM
    looked = 0
    for entry in entries:
        if entry.kind != "portrait" or entry.owner != owner or entry.file is None:
            continue
        made_from = inputs_hash("description", entry.file.sha256, by)
        if await asyncio.to_thread(shelf.entry, made_from) is not None:
            continue
        own = await asyncio.to_thread(_looked_at, files, entry.file)
        _judge(entry.subject, own, recorder)
        sighted, parameters = own, {}
        if remote is not None:
            data = await asyncio.to_thread(files.path(entry.file.uri).read_bytes)
            try:
                told = await remote.describe(data, f"image/{entry.file.format}")
                checks.text(f"{by}: its description", told.description)
            except VisionError as error:
                recorder.faults.tell("vision", str(error))
                continue
            except Exception as error:  # it may be anybody's
                recorder.faults.tell("vision", f"{type(error).__name__}: {error}")
                continue
            sighted, parameters = Sighted(told.description, own.details), remote.parameters
        portrait = named_id("portrait", entry.file.sha256)
        row = recorder.vision.of_portrait(
            portrait=portrait,
            system=by,
            parameters=parameters,
            description=sighted.description,
            file=entry.file,
            details=sighted.details,
        )
        recorder.precalculation.add(
            "description",
            made_from,
            subject=entry.subject,
            system=by,
            parameters=parameters,
            portrait=portrait,
            vision=row,
            details={"persona": owner},
        )
        await asyncio.to_thread(
            shelf.put,
            CacheEntry(made_from, "description", owner, entry.subject, rows={"vision": str(row)}),
        )
        looked += 1
    return looked


def _looked_at(files: Files, file: StoredFile) -> Sighted:
    try:
        return landmarks.portrait(find_landmarks(picture.read(files.path(file.uri))))
    except (NoFace, picture.BadPicture):
        return landmarks.portrait(None)


def _judge(name: str, sighted: Sighted, recorder: Recorder) -> None:
    """A picture that doesn't show what it was made for is a fault."""
    eyes = sighted.details.get("eyes_open")
    wanted = "closed" if name == "asleep" else "open"
    found = "unseen" if eyes is None else "closed" if eyes < landmarks.SHUT else "open"
    if found != wanted:
        recorder.faults.tell(
            "vision_likeness",
            f"the picture {name!r} should have its eyes {wanted}; they are {found}",
            details=dict(sighted.details),
        )
