"""What one call asks of a node's workers: who asks, and what of it nobody waits for any more."""

from dataclasses import replace
from uuid import UUID

from visavis.compute.asker import Asker
from visavis.compute.host import Host


class Requester:
    """Of one call; without a `call` the node itself, whose requests nothing cancels."""

    def __init__(self, call: UUID | None = None, host: Host | None = None) -> None:
        self.asker = Asker(call)
        """For what no reply needs, and ends with the call."""
        self._call = call
        self._host = host

    def reply(self, generation: int | None) -> Asker:
        """For what the reply of that generation needs."""
        return replace(self.asker, generation=generation)

    def cancel(self, before: int | None = None) -> None:
        """End what was asked for replies of older generations; None: all that was asked. See
        `Worker.cancel`."""
        if self._call is not None and self._host is not None:
            self._host.cancel(self._call, before)
