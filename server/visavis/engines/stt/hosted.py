"""Whisper and the end-of-turn model, hosted in a worker process."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.worker import Worker
from visavis.engines.base import Context, Engine
from visavis.engines.stt.base import Transcript
from visavis.settings import Settings

END_OF_TURN = "smart-turn-v3.2"
SLOTS = 3
"""Requests served at once: a transcript, an end-of-turn verdict on the same turn, and a transcript
that nobody waits for any more because the caller went on speaking (it can't be interrupted)."""


class HostedWhisper(Engine):
    """See `base.Recogniser`."""

    def __init__(
        self,
        worker: Worker,
        system: str = "whisper",
        parameters: Mapping[str, Any] | None = None,
        asker: Asker = NOBODY,
    ) -> None:
        """`worker` hosts a `service.Service`, whose transcripts tell more `parameters`."""
        self.system = system
        self.parameters: dict[str, Any] = dict(parameters or {})
        self._worker = worker
        self._asker = asker

    def of(self, asker: Asker) -> "HostedWhisper":
        """See `engines.base.Hosted`."""
        return HostedWhisper(self._worker, self.system, self.parameters, asker)

    @classmethod
    def weights(cls, settings: Settings) -> tuple[str, ...]:
        """Whisper's model, and smart-turn's if the recogniser is asked when a turn is over."""
        model = settings.stt.model
        return (model, END_OF_TURN) if settings.turn.chosen == "recogniser" else (model,)

    @classmethod
    async def load(cls, context: Context) -> "HostedWhisper":
        """The models, which have heard silence once."""
        wanted, judges = context.settings.stt, context.settings.turn.chosen == "recogniser"
        folder = context.weights(wanted.model)
        worker = await context.host.start(
            "visavis.engines.stt.service:Service",
            name="stt",
            threads=wanted.threads,
            slots=SLOTS,
            whisper=str(folder),
            smart_turn=str(context.weights(END_OF_TURN)) if judges else None,
            language=wanted.language,
            detects=wanted.detect_language,
        )
        told = {"threads": wanted.threads, "language": wanted.language}
        return cls(worker, f"whisper:{folder.name}", told)

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        """See `base.Recogniser`."""
        return await self.transcribe_in(pcm, "", timeout=timeout)

    async def transcribe_in(
        self, pcm: NDArray[np.int16], context: str, *, timeout: float
    ) -> Transcript:
        """See `base.ContextRecogniser`."""
        found: Transcript = await self._worker.call(
            "transcribe", pcm, context, timeout=timeout, asker=self._asker
        )
        return found

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        """See `base.Recogniser`."""
        found: float = await self._worker.call("finished", pcm, timeout=timeout, asker=self._asker)
        return found
