"""WHIP-shaped signalling, the side of the caller: POST an offer, DELETE to end.

RFC 9725, but two-way.
"""

import json
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
"""The title of the one problem of status 503 that means so."""
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
                    problem = _problem(body)
                    if response.status == 503 and problem.get("title", _FULL) != _FULL:
                        raise CallFailed("busy", _said(problem, body))
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


def _refusal(status: int, body: str) -> str:
    """What is told of a call that isn't taken."""
    return f"The server refused the call ({status}): {_said(_problem(body), body)}"


def _problem(body: str) -> dict[str, Any]:
    """The members of ``application/problem+json`` (RFC 9457); of anything else none."""
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _said(problem: dict[str, Any], body: str) -> str:
    """What the server said, on one line: of a problem the detail."""
    said = str(problem.get("detail") or problem.get("title") or body)
    return " ".join(said.split())[:300]
