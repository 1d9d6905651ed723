"""WHIP-shaped signalling, the side of the caller: POST an offer, DELETE to end.

RFC 9725, but two-way.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp

from visavis.client.problems import CallFailed

_LATER = {
    429: "The server has had enough calls from here",
    503: "The server is full",
}
_FULL = "All lines are busy"
"""The title of a full server's 503; one that wakes up or is about to end has another."""
_TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=5.0)


@dataclass(frozen=True)
class SdpAnswer:
    """What the server answered: its SDP and where the call lives."""

    sdp: str
    location: str


def calls_url(url: str) -> str:
    """Where calls are made, for the address of the page or of the calls themselves."""
    base = url.split("#")[0].split("?")[0].rstrip("/")
    return base if base.endswith("/calls") else f"{base}/calls"


class SignallingClient:
    """One call's HTTP. ``verify`` False accepts any certificate; ``token`` is for who may call,
    ``person`` for whom. ``source``: the address of this machine that it comes from."""

    def __init__(
        self,
        url: str,
        *,
        verify: bool,
        token: str = "",
        person: str = "",
        source: str | None = None,
    ) -> None:
        self._url = calls_url(url)
        self._query = {"as": person} if person else {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=verify, local_addr=(source, 0) if source is not None else None
            ),
            timeout=_TIMEOUT,
            headers={"Authorization": f"Bearer {token}"} if token else None,
        )

    async def offer(self, sdp: str) -> SdpAnswer:
        """POST the offer; raises CallFailed with what the server said."""
        headers = {"Content-Type": "application/sdp", "Accept": "application/sdp"}
        try:
            async with self._session.post(
                self._url, params=self._query, data=sdp, headers=headers
            ) as response:
                body = await response.text()
                if response.status in _LATER:
                    after = response.headers.get("Retry-After", "a while")
                    wait = f"{after} s" if after.isdigit() else after
                    why = _LATER[response.status]
                    if response.status == 503:
                        why = _unready(body) or why
                    raise CallFailed("busy", f"{why}; it says to retry after {wait}.")
                if response.status != 201:
                    raise CallFailed("refused", _refusal(response.status, body))
                location = response.headers.get("Location")
                if not location:
                    raise CallFailed("refused", "The server's answer has no Location.")
                return SdpAnswer(body, urljoin(self._url, location))
        except aiohttp.ClientConnectorCertificateError as error:
            raise CallFailed(
                "unreachable",
                f"The certificate of {self._url} isn't trusted (--insecure accepts it).",
            ) from error
        except TimeoutError as error:
            raise CallFailed("unreachable", f"{self._url} did not answer within 10 s.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CallFailed("unreachable", f"{self._url} can't be reached: {error}") from error

    async def hang_up(self, location: str) -> int | None:
        """DELETE the call; the status, or None when the server is gone."""
        try:
            async with self._session.delete(location) as response:
                return response.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()


def _unready(body: str) -> str | None:
    """Why there are no calls now, of ``application/problem+json`` (RFC 9457) the title and the
    detail but for its own "try again in"; None for a full server, or one that doesn't say."""
    problem = _problem(body)
    title, detail = str(problem.get("title") or ""), str(problem.get("detail") or "")
    if title == _FULL or not (title or detail):
        return None
    reason = re.sub(r"; try again in [^;]*$", "", " ".join(detail.split())[:300]).rstrip(".")
    return ": ".join(filter(None, (" ".join(title.split())[:100], reason)))


def _problem(body: str) -> dict[str, Any]:
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _refusal(status: int, body: str) -> str:
    """What the server said, of ``application/problem+json`` (RFC 9457) the detail."""
    problem = _problem(body)
    said = str(problem.get("detail") or problem.get("title") or body)
    return f"The server refused the call ({status}): {' '.join(said.split())[:300]}"
