"""Tells another service of an alert, by a signed POST that is tried again."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from visavis.compute.tasks import Tasks
from visavis.need_settings import AlertsSettings

MOST = 100
"""Alerts under way; one more is not sent, which is a fault."""
FIRST_S, LONGEST_S = 1.0, 60.0
"""Until the second attempt; the longest between two."""
GRACE_S = 2.0
"""What is under way when the server ends may take so long."""
FAILED = "alert_failed"
AGAIN = (408, 425, 429)
"""Refusals that may be none a moment later, as those from 500 on."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``timestamp``, a dot and the body, in hex."""
    told = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()


class NotTaken(Exception):
    """The service has answered that it won't take it; another attempt would be in vain."""


class Webhook:
    """Of a node. `send` doesn't wait; what could not be delivered is a fault."""

    def __init__(self, settings: AlertsSettings, on_fault: Callable[[str, str], None]) -> None:
        self._url = settings.url
        self._secret = settings.secret.get_secret_value()
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout_s)
        self._attempts = settings.attempts
        self._on_fault = on_fault
        self._tasks = Tasks(on_fault, FAILED)
        self._waiting = 0

    def send(self, name: str, content: Mapping[str, Any]) -> None:
        """Deliver ``content`` as JSON; ``name`` is the same at each attempt."""
        if self._waiting >= MOST:
            self._on_fault(FAILED, f"{MOST} alerts wait already; this one is not sent.")
            return
        self._waiting += 1
        self._tasks.start(self._deliver(name, json.dumps(content).encode()))

    async def close(self) -> None:
        """The server ends: what is not delivered soon never will be."""
        await self._tasks.finish(GRACE_S)
        await self._tasks.cancel()

    async def _deliver(self, name: str, body: bytes) -> None:
        why = "the server has ended"
        try:
            async with aiohttp.ClientSession(timeout=self._timeout) as session:
                for attempt in range(self._attempts):
                    if attempt:
                        await asyncio.sleep(min(FIRST_S * 2 ** (attempt - 1), LONGEST_S))
                    try:
                        await self._post(session, name, body)
                    except (aiohttp.ClientError, TimeoutError) as error:
                        why = f"{type(error).__name__} {getattr(error, 'status', '')}".strip()
                    else:
                        why = ""
                        return
        except NotTaken as refused:
            why = str(refused)
        finally:
            self._waiting -= 1
            if why:
                self._on_fault(FAILED, f"The webhook was not told of somebody in need: {why}.")

    async def _post(self, session: aiohttp.ClientSession, name: str, body: bytes) -> None:
        """Raises `NotTaken`, `aiohttp.ClientError` or TimeoutError unless it was taken."""
        now = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Visavis-Delivery": name,
            "X-Visavis-Timestamp": now,
            "X-Visavis-Signature": f"sha256={signature(self._secret, now, body)}",
        }
        async with session.post(
            self._url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            if answer.status < 300:
                return
            if answer.status < 500 and answer.status not in AGAIN:
                raise NotTaken(f"it answered {answer.status}")
            answer.raise_for_status()
