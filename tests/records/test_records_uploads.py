"""A remote lip-sync provider over real HTTP, and the rows that its work leaves in Postgres."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestServer
from films import film
from known import known
from lipsync_provider import CLIP, Provider
from records_opened import Books, Query

from visavis.engines.lipsync.film import Film
from visavis.engines.lipsync.remote import ClipError, RemoteLipsync, UploadedMedia, described
from visavis.engines.tts.hibari import HibariVoice
from visavis.personas.persona import load
from visavis.precalculated import clips
from visavis.precalculated import speech as baking
from visavis.precalculated.cache import CacheEntry
from visavis.records.writing.cached_uploads import Uploads
from visavis.settings import RemoteLipsyncSettings
from visavis.stored import StoredFile


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    at = Provider()
    server = TestServer(at.app())
    await server.start_server()
    at.base = str(server.make_url("")).rstrip("/")
    yield at
    await server.close()


@pytest.fixture
def uploads(books: Books) -> Uploads:
    return Uploads("acme", books.recorder.cached_uploads, books.recorder.faults)


@pytest.fixture
def media(books: Books) -> tuple[UploadedMedia, UploadedMedia, UploadedMedia]:
    def kept(name: str, data: bytes, kind: str) -> UploadedMedia:
        return UploadedMedia(books.files.write(name, data), kind, data)

    return (
        kept("portraits/her.png", b"picture", "image/png"),
        kept("baked/hello.flac", b"hello", "audio/flac"),
        kept("baked/wave.webm", b"wave", "video/webm"),
    )


@asynccontextmanager
async def lips(provider: Provider, uploads: Uploads, **more: Any) -> AsyncIterator[RemoteLipsync]:
    default = RemoteLipsyncSettings()
    options: dict[str, Any] = {
        "key": "sesame",
        "poll_s": 0.0,
        "timeout_s": 5.0,
        "fields": default.fields,
        "keep_s": default.keep_s,
        **more,
    }
    key = options.pop("key")
    async with RemoteLipsync(
        provider.base, provider.base, "acme/lips", key, uploads, **options
    ) as remote:
        yield remote


async def test_a_file_is_uploaded_once_also_by_the_next_run(
    provider: Provider,
    uploads: Uploads,
    media: tuple[UploadedMedia, UploadedMedia, UploadedMedia],
    books: Books,
    query: Query,
    migrated: str,
) -> None:
    async with lips(provider, uploads) as remote:
        clip = await remote.speak(*media)
        await remote.speak(*media)
    assert clip.data == CLIP and clip.mime_type == "video/mp4"
    assert provider.jobs[0][1] == [], "asked until it was completed"
    assert list(provider.jobs[0][0]) == ["image_url", "audio_url", "video_url"]
    assert provider.puts == 3 and not provider.leaked
    assert sorted(provider.stored.values()) == [b"hello", b"picture", b"wave"]

    assert await books.recorder.flushed(10)
    later = Uploads("acme", books.recorder.cached_uploads, books.recorder.faults)
    await later.recall(migrated)
    async with lips(provider, later) as remote:
        await remote.speak(*media)
    assert provider.puts == 3
    rows = await query("select * from cached_uploads order by created")
    assert [row["uri"] for row in rows] == [m.file.uri for m in media]
    assert rows[0]["sha256"] == hashlib.sha256(b"picture").hexdigest()
    assert rows[0]["provider"] == "acme" and rows[0]["url"] in provider.stored
    assert {row["expires"] for row in rows} == {None}


async def test_a_url_that_vanished_is_replaced_and_its_row_says_so(
    provider: Provider,
    uploads: Uploads,
    media: tuple[UploadedMedia, UploadedMedia, UploadedMedia],
    books: Books,
    query: Query,
) -> None:
    async with lips(provider, uploads) as remote:
        await remote.speak(*media[:2])
        gone = next(url for url, data in provider.stored.items() if data == b"hello")
        del provider.stored[gone]
        assert (await remote.speak(*media[:2])).data == CLIP
    assert provider.puts == 3
    assert await books.recorder.flushed(10)
    rows = await query("select url, vanished from cached_uploads order by created")
    assert [row["url"] for row in rows if row["vanished"]] == [gone]


async def test_an_expired_url_is_not_used(
    provider: Provider,
    uploads: Uploads,
    media: tuple[UploadedMedia, UploadedMedia, UploadedMedia],
    books: Books,
    query: Query,
) -> None:
    async with lips(provider, uploads, keep_s=30) as remote:  # under the leeway of a minute
        await remote.speak(*media[:2])
        await remote.speak(*media[:2])
    assert provider.puts == 4
    assert json.loads(known(provider.wishes[0])) == {"expiration_duration_seconds": 30}
    assert await books.recorder.flushed(10)
    (row,) = await query("select max(expires) as last from cached_uploads")
    assert datetime.now(UTC) < row["last"] < datetime.now(UTC) + timedelta(seconds=31)


async def test_what_goes_wrong_is_named(
    provider: Provider,
    uploads: Uploads,
    media: tuple[UploadedMedia, UploadedMedia, UploadedMedia],
    books: Books,
) -> None:
    async with lips(provider, uploads, key="wrong") as remote:
        with pytest.raises(ClipError, match="key is missing or wrong") as wrong:
            await remote.speak(*media)
    assert wrong.value.kind == "key" and not provider.puts
    provider.broken = True
    async with lips(provider, uploads) as remote:
        with pytest.raises(ClipError, match="out of memory") as failed:
            await remote.speak(*media)
    assert failed.value.kind == "failed"
    async with lips(provider, uploads, timeout_s=0.0) as remote:
        with pytest.raises(ClipError) as late:
            await remote.speak(*media)
    assert late.value.kind == "timeout"
    provider.base = "http://127.0.0.1:9"
    async with lips(
        provider, Uploads("acme", books.recorder.cached_uploads, books.recorder.faults)
    ) as remote:
        with pytest.raises(ClipError) as away:
            await remote.speak(*media)
    assert away.value.kind == "connection"


async def test_clips_of_baked_lines_are_made_once_with_their_lineage(
    provider: Provider,
    uploads: Uploads,
    media: tuple[UploadedMedia, UploadedMedia, UploadedMedia],
    books: Books,
    query: Query,
    tmp_path: Path,
) -> None:
    persona = replace(load("iris"), greeting="Hello.", silence_lines=(), openers=("Well,",))
    baked = await baking.speeches(persona, HibariVoice(), "first", books.files, books.recorder)
    picture = media[0].file
    portrait = books.recorder.portrait.add(picture, width=8, height=8, provenance="test")
    (tmp_path / "wave.webm").write_bytes(b"wave")

    async def bake(**options: Any) -> int:
        async with lips(provider, uploads, **options) as remote:
            return await clips.bake(
                baked,
                remote,
                owner="iris",
                portrait=portrait,
                picture=picture,
                gesture=tmp_path / "wave.webm",
                files=books.files,
                recorder=books.recorder,
            )

    assert await bake(key="wrong") == 0
    assert [await bake(), await bake()] == [2, 0]
    assert provider.puts == 4  # one picture, one gesture, two lines
    assert await books.recorder.flushed(10)
    rows = await query(
        "select p.subject, l.system, v.uri, v.mime_type, a.uri as audio, g.uri as gesture "
        "from precalculation p join lipsync l on l.id = p.lipsync_id "
        "join video v on v.id = l.video_id join audio a on a.id = l.audio_id "
        "join video g on g.id = l.gesture_reference_id "
        "join portrait r on r.id = l.portrait_id where p.kind = 'clip' order by p.subject desc"
    )
    assert [row["subject"] for row in rows] == ["Well,", "Hello."]
    for row in rows:
        assert row["system"] == "remote:acme/lips" and row["mime_type"] == "video/mp4"
        assert books.files.path(row["uri"]).read_bytes() == CLIP
        assert row["gesture"] == "baked/gesture.webm"
    (fault,) = await query("select type, description from faults")
    assert fault["type"] == "lipsync_remote_key" and "sesame" not in fault["description"]


async def test_clips_are_found_again_by_their_line_and_one_that_cannot_be_played_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
    provider: Provider,
    uploads: Uploads,
    media: tuple[UploadedMedia, UploadedMedia, UploadedMedia],
    books: Books,
    query: Query,
    tmp_path: Path,
) -> None:
    persona = replace(load("iris"), greeting="Hello.", silence_lines=(), openers=("Well,",))
    baked = await baking.speeches(persona, HibariVoice(), "first", books.files, books.recorder)
    picture = media[0].file
    portrait = books.recorder.portrait.add(picture, width=8, height=8, provenance="test")
    playable = film(tmp_path / "film.mp4", 1.0).read_bytes()
    monkeypatch.setattr(
        provider, "speaking", lambda audio: playable if len(provider.jobs) == 1 else CLIP
    )
    made_of: dict[str, Any] = {"picture": picture, "files": books.files, "recorder": books.recorder}

    async def found(gesture: Path | None = None, model: str = "acme/lips") -> dict[str, Film]:
        service = described(provider.base, model)
        return await clips.films(baked, service, gesture=gesture, **made_of)

    assert await found() == {}
    async with lips(provider, uploads) as remote:
        await clips.bake(baked, remote, owner="iris", portrait=portrait, gesture=None, **made_of)
    first = next(iter(baked.entries))
    films = await found()
    assert list(films) == [first] and films[first].path.is_file()
    assert films[first].length_ms == pytest.approx(1000, abs=1)
    assert await found(model="acme/other") == {}, "another model's clips are others"
    assert await found(gesture=tmp_path / "gone.webm") == {}
    assert await books.recorder.flushed(10)
    faults = [row["description"] for row in await query("select * from faults order by created")]
    assert "no film that can be played" in faults[0] and "gesture_reference" in faults[1]


def test_clips_are_made_of_the_part_of_a_photo_that_is_drawn() -> None:
    master, drawn = (StoredFile(f"portraits/{n}.webp", n, 1, "webp") for n in "ab")
    whole, part = uuid4(), uuid4()
    still = CacheEntry(
        "h", "portrait", "iris", "portrait", file=drawn, rows={"portrait": str(part)}
    )
    assert clips.subject(master, whole, still, photo=True) == (drawn, part)
    assert clips.subject(master, whole, still, photo=False) == (master, whole)
    assert clips.subject(master, whole, None, photo=True) == (master, whole)
