"""A remote lip-sync model behind FAL's protocol: files are uploaded, a job queued and waited for.

Upload: ``POST {storage_url}/storage/upload/initiate`` gives where to PUT the bytes, and the URL
under which the model finds them. Job: ``POST {url}/{model}``, then its ``status_url`` until it is
COMPLETED, then its ``response_url``, which names the clip. Takes seconds to minutes, so it makes
clips ahead, never a call's.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp

from visavis.stored import StoredFile

MAX_CLIP = 256 << 20
"""Bytes of a clip that are taken."""
_MAX_ANSWER = 1 << 20
_GONE = ("file_download_error", "could not download", "failed to download")


class ClipError(Exception):
    """The provider did not make the clip.

    ``kind``: key, refused, busy, failed, vanished, timeout, connection, protocol.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Cache(Protocol):
    """Which files the provider has: `records.uploads.Uploads`."""

    def find(self, sha256: str) -> str | None:
        """A URL that can be used, or None."""

    def keep(self, file: StoredFile, *, mime_type: str, url: str, expires: datetime | None) -> None:
        """It was uploaded."""

    def vanished(self, url: str) -> None:
        """It isn't there any more."""


@dataclass(frozen=True)
class UploadedMedia:
    """A file to be uploaded; ``data`` are its bytes."""

    file: StoredFile
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class RemoteClip:
    """A finished film, as the provider gave it, and the job that made it."""

    data: bytes
    mime_type: str
    job: str


def described(url: str, model: str) -> dict[str, Any]:
    """A model of a provider, as rows name it, and the hashes of what it has made."""
    return {"url": url, "model": model}


class RemoteLipsync:
    """One model of one provider.

    ``fields`` are the names under which the model wants its inputs: the portrait, the audio and
    the gesture reference. Times in s: ``timeout_s`` for a whole clip, ``poll_s`` between two
    questions, ``keep_s`` for which uploads are asked to be kept (0: as the provider likes).
    Raises ValueError for a URL that isn't http or https. Use it as an async context manager.
    """

    def __init__(
        self,
        url: str,
        storage_url: str,
        model: str,
        key: str,
        uploads: Cache,
        *,
        fields: tuple[str, str, str],
        timeout_s: float,
        poll_s: float,
        keep_s: int,
    ) -> None:
        for name, value in (("url", url), ("storage_url", storage_url)):
            if not value.startswith(("http://", "https://")):
                raise ValueError(
                    f"remote_lipsync.{name} {value!r} must begin with http:// or https://"
                )
        self.system = f"remote:{model}"
        self.parameters = described(url, model)
        self._url = f"{url.rstrip('/')}/{model.strip('/')}"
        self._storage = f"{storage_url.rstrip('/')}/storage/upload/initiate"
        self._uploads = uploads
        self._fields = fields
        self._key = {"Authorization": f"Key {key}"}
        self._timeout_s, self._poll_s, self._keep_s = timeout_s, poll_s, keep_s
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "RemoteLipsync":
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
        self._http = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def speak(
        self,
        portrait: UploadedMedia,
        audio: UploadedMedia,
        gesture: UploadedMedia | None = None,
    ) -> RemoteClip:
        """The portrait speaking.

        Inputs that the provider no longer has are uploaded anew, once. Raises RemoteError.
        """
        inputs = dict(zip(self._fields, (portrait, audio, gesture), strict=True))
        given = {name: media for name, media in inputs.items() if media is not None}
        try:
            async with asyncio.timeout(self._timeout_s):
                try:
                    return await self._attempt(given)
                except ClipError as error:
                    if error.kind != "vanished":
                        raise
                return await self._attempt(given)
        except TimeoutError as error:
            raise ClipError(
                "timeout", f"{self._url} has made no clip in {self._timeout_s:g} s"
            ) from error
        except aiohttp.ClientError as error:
            raise ClipError(
                "connection", f"{self._url} can't be reached; is the URL right? ({error})"
            ) from error

    async def _attempt(self, given: dict[str, UploadedMedia]) -> RemoteClip:
        urls = {name: await self._uploaded(media) for name, media in given.items()}
        queued = await self._ask("POST", self._url, json=urls)
        job, status_url, result_url = (
            _text(queued, name) for name in ("request_id", "status_url", "response_url")
        )
        while (status := _text(await self._ask("GET", status_url), "status")) != "COMPLETED":
            if status not in ("IN_QUEUE", "IN_PROGRESS"):
                raise ClipError("failed", f"the job {job} ended as {status[:60]!r}")
            await asyncio.sleep(self._poll_s)
        try:
            result = await self._ask("GET", result_url)
        except ClipError as error:
            raise self._forgotten(urls, error) from error
        video = result.get("video")
        if not isinstance(video, dict):
            raise ClipError("protocol", f"the job {job} ended without a video")
        data = await self._download(_text(video, "url"))
        return RemoteClip(data, str(video.get("content_type") or "video/mp4"), job)

    def _forgotten(self, urls: dict[str, str], error: ClipError) -> ClipError:
        """``error``, as kind vanished if inputs are gone: those that it names, or all of them."""
        said = str(error)
        named = [url for url in urls.values() if url in said]
        if error.kind != "refused" or not (named or any(w in said.lower() for w in _GONE)):
            return error
        for url in named or urls.values():
            self._uploads.vanished(url)
        return ClipError("vanished", said)

    async def _uploaded(self, media: UploadedMedia) -> str:
        if known := self._uploads.find(media.file.sha256):
            return known
        name = f"{media.file.sha256[:16]}.{media.file.format}"
        headers, expires = {}, None
        if self._keep_s:
            wish = {"expiration_duration_seconds": self._keep_s}
            headers = {"X-Fal-Object-Lifecycle-Preference": json.dumps(wish)}
            expires = datetime.now(UTC) + timedelta(seconds=self._keep_s)
        where = await self._ask(
            "POST",
            self._storage,
            json={"content_type": media.mime_type, "file_name": name},
            headers=headers,
        )
        # Where the bytes go is another host's, signed by its address: it must not see the key.
        kind = {"Content-Type": media.mime_type}
        async with self._open("PUT", _text(where, "upload_url"), data=media.data, headers=kind):
            url = _text(where, "file_url")
        self._uploads.keep(media.file, mime_type=media.mime_type, url=url, expires=expires)
        return url

    async def _download(self, url: str) -> bytes:
        async with self._open("GET", url) as response:
            data = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > MAX_CLIP:
                    raise ClipError("protocol", f"the clip is over {MAX_CLIP >> 20} MB")
        return bytes(data)

    async def _ask(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """A JSON object from the provider itself; the key goes nowhere else."""
        if _origin(url) not in (_origin(self._url), _origin(self._storage)):
            raise ClipError("protocol", f"the provider leads to another host: {url[:200]}")
        headers = self._key | request.pop("headers", {})
        async with self._open(method, url, headers=headers, **request) as response:
            text = await response.content.read(_MAX_ANSWER)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ClipError("protocol", f"{url} answered no JSON object: {text[:80]!r}")
        return answer

    @contextlib.asynccontextmanager
    async def _open(
        self, method: str, url: str, **request: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._http is None:
            raise RuntimeError("enter the remote lip-sync first")
        async with self._http.request(method, url, allow_redirects=False, **request) as response:
            if response.status not in (200, 201, 202, 204):
                said = (await response.content.read(2000)).decode(errors="replace")
                raise _refused(url, response.status, said)
            yield response


def _refused(url: str, status: int, said: str) -> ClipError:
    """The error for a status that isn't success."""
    where = f"{url} answered {status}"
    match status:
        case 401 | 403:
            return ClipError("key", f"{where}: remote_lipsync.key is missing or wrong")
        case 429:
            return ClipError("busy", f"{where}: too many requests")
        case status if status >= 500:
            return ClipError("failed", f"{where}: {said[:300]}")
    return ClipError("refused", f"{where}: {said}")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise ClipError("protocol", f"the provider's answer has no {name}")
    return value
