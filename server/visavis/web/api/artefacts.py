"""What was kept, one by one, and the files of it."""

import asyncio
from typing import Any, Literal
from uuid import UUID

from aiohttp import hdrs, web
from pydantic import BaseModel

from visavis.records.reading import artefacts as reading
from visavis.records.reading.judgement import file_of
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, missing, operation
from visavis.web.api.shapes import JsonRow
from visavis.web.problems import Problem

MEDIA = {
    ".flac": "audio/flac",
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".npz": "application/octet-stream",
    ".bin": "application/octet-stream",
    ".webp": "image/webp",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


class ByKind(Asked):
    """Names one row of any kept kind."""

    kind: Literal[reading.ARTEFACTS]  # type: ignore[valid-type]  # a constant tuple of strings
    id: UUID


class ByFile(Asked):
    """Names one row of a kind that has files."""

    kind: Literal[reading.WITH_FILES]  # type: ignore[valid-type]  # a constant tuple of strings
    id: UUID


class Artefact(BaseModel):
    """A row; the rows it was made from by column; the ids of the rows made from it by table."""

    row: JsonRow
    made_from: dict[str, JsonRow]
    made_into: dict[str, list[str]]


@operation("GET", "/artefacts/{kind}/{id}", Role.CALLER, path=ByKind, answer=Artefact)
async def get_artefact(
    context: ApiContext, who: Person, given: Given[ByKind, Nothing, Nothing]
) -> Any:
    """One row of what was kept, and its lineage one step in both directions."""
    found = await reading.artefact(context.reader, given.path.kind, given.path.id, who.only)
    if found is None:
        raise missing(f"such {given.path.kind}")
    return found


@operation("GET", "/files/{kind}/{id}", Role.CALLER, path=ByFile, media="application/octet-stream")
async def get_file(
    context: ApiContext, who: Person, given: Given[ByFile, Nothing, Nothing]
) -> web.StreamResponse:
    """The file of a row, whole or in ranges. 404 where none was kept, 410 where it has gone."""
    found = await reading.artefact(context.reader, given.path.kind, given.path.id, who.only)
    uri = file_of(found["row"]) if found else None
    if uri is None:
        raise missing("such file")
    path = context.files.path(uri)
    if not await asyncio.to_thread(path.is_file):
        raise Problem(410, "Gone", "The file that this row names is not there any more.")
    row = found["row"] if found else {}
    digest = str(row.get("sha256") or row.get("features_hash") or row.get("artifact_hash"))
    tag = f'"{digest.removeprefix("sha256:")}"'
    if given.request.headers.get(hdrs.IF_NONE_MATCH) == tag:
        return web.Response(status=304, headers={hdrs.ETAG: tag})
    kind = MEDIA.get(path.suffix, "application/octet-stream")
    return web.FileResponse(
        path,
        headers={
            hdrs.CONTENT_TYPE: kind,
            hdrs.CACHE_CONTROL: "private, no-cache",
            # What a row names is shown, never run.
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
