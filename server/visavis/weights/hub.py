"""Files from a model hub over HTTPS; a download that broke off goes on where it ended."""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

import aiohttp

from visavis.weights.manifest import HUB, WeightFile
from visavis.weights.progress import Watcher

CONNECT_S = 3.0
"""A hub that doesn't answer within this is away: most machines without one refuse at once."""
_READ_S = 30.0
_TRIES = 3
_CHUNK = 1 << 18
_CONNECT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class SourceError(Exception):
    """A source couldn't give a file; the message says why, and the next source is asked."""


class Hub:
    """The hub, asked again for each file until it once can't be reached.

    The host of the manifest is replaced by `HF_ENDPOINT` where the user has set it.
    """

    def __init__(self) -> None:
        self.away = ""
        """Why the hub isn't asked any more; empty while it is."""

    def get(self, file: WeightFile, part: Path, label: str, watcher: Watcher) -> None:
        """Bring `file` to `part`, going on from the bytes already there. Raises SourceError."""
        if not file.hub_url:
            raise SourceError("no hub has it")
        if self.away:
            raise SourceError(self.away)
        with part.open("ab") as out:
            asyncio.run(self._get(file, out, label, watcher))

    async def _get(self, file: WeightFile, out: BinaryIO, label: str, watcher: Watcher) -> None:
        url = file.hub_url.replace(HUB, os.environ.get("HF_ENDPOINT", HUB).rstrip("/"), 1)
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_read=_READ_S)
        headers = {"Accept-Encoding": "identity"}
        async with aiohttp.ClientSession(
            timeout=timeout, headers=headers, trust_env=True
        ) as session:
            for last in (False,) * (_TRIES - 1) + (True,):
                try:
                    await _receive(session, url, file, out, label, watcher)
                    return
                except _CONNECT_ERRORS as error:
                    self.away = f"it can't be reached ({error})"
                    watcher.note(f"The model hub can't be reached: {error}")
                    raise SourceError(self.away) from error
                except aiohttp.InvalidURL as error:
                    raise SourceError(f"not a URL: {url}") from error
                except (aiohttp.ClientError, TimeoutError) as error:
                    if last:
                        raise SourceError(f"{url} broke off ({error!r})") from error


async def _receive(
    session: aiohttp.ClientSession,
    url: str,
    file: WeightFile,
    out: BinaryIO,
    label: str,
    watcher: Watcher,
) -> None:
    """One request, for the bytes that `out` doesn't have yet.

    Raises SourceError, or aiohttp.ClientError or TimeoutError when it's worth another try.
    """
    have = out.tell()
    if have >= file.size:
        have = out.truncate(0)
    headers = {"Range": f"bytes={have}-"} if have else {}
    async with session.get(url, headers=headers) as response:
        if response.status not in (200, 206):
            raise SourceError(f"{url} answers {response.status} {response.reason}")
        if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = out.truncate(0)  # The whole file comes, whatever was asked for.
            if response.status == 206:
                raise aiohttp.ClientPayloadError("another range than the one asked for")
        async for chunk in response.content.iter_chunked(_CHUNK):
            have += len(chunk)
            if have > file.size:
                raise SourceError(f"{url} sends more than the {file.size} bytes expected")
            out.write(chunk)
            watcher.at(label, have, file.size)
    if have < file.size:
        raise SourceError(f"{url} sends {have} bytes, {file.size} are expected")
