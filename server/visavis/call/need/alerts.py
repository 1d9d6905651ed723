"""The operator learns at once that somebody is in need: on their page, and by a webhook.

No words of a caller are told, only that there were some, in which call, and of what kind.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.call.events import Bus
from visavis.call.need.news import InNeed
from visavis.call.need.recognition import Need
from visavis.call.need.webhook import Webhook
from visavis.need_settings import AlertsSettings

MOST = 100
"""Alerts that are remembered; older ones are in the faults."""
AGAIN_S = 60.0
"""The same of the same call within so long is no alert of its own."""


@dataclass(frozen=True)
class Alert:
    """Somebody in this session needs help."""

    id: UUID
    at: datetime
    session: UUID
    need: Need

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": str(self.id),
            "time": self.at.isoformat(),
            "session": str(self.session),
            "class": self.need.rule,
            "kind": self.need.value,
        }


class Alerts:
    """Of a node, since it began. Runs on the event loop."""

    def __init__(
        self, settings: AlertsSettings, deployment: str, on_fault: Callable[[str, str], None]
    ) -> None:
        """`deployment`: this server's name at its place."""
        self._deployment = deployment
        self._webhook = Webhook(settings, on_fault) if settings.url else None
        self._recent: deque[Alert] = deque(maxlen=MOST)
        self._page = settings.page

    def at(self, address: str) -> None:
        """The server answers here: its page is linked so, unless the settings say how."""
        self._page = self._page or address

    def watch(self, session: UUID, bus: Bus) -> None:
        """Whoever is in need in this session is told of."""
        bus.subscribe(InNeed, lambda it: self._raise(session, it.need))

    def unseen(self) -> list[dict[str, Any]]:
        """Those that no operator has put aside, the newest first."""
        return [alert.told() for alert in reversed(self._recent)]

    def seen(self, alert: UUID) -> bool:
        """An operator has seen it; whether there was such an alert."""
        found = [one for one in self._recent if one.id == alert]
        for one in found:
            self._recent.remove(one)
        return bool(found)

    async def close(self) -> None:
        """The server ends."""
        if self._webhook is not None:
            await self._webhook.close()

    def _raise(self, session: UUID, need: Need) -> None:
        now = datetime.now(UTC)
        if any(
            (one.session, one.need) == (session, need) and (now - one.at).total_seconds() < AGAIN_S
            for one in self._recent
        ):
            return
        alert = Alert(uuid7(), now, session, need)
        self._recent.append(alert)
        if self._webhook is not None:
            link = f"{self._page.rstrip('/')}/operator#/sessions/{session}"
            told = alert.told() | {"deployment": self._deployment, "link": link}
            self._webhook.send(str(alert.id), told)
