"""Any recogniser behind OpenAI's transcription protocol: speaches, LocalAI, whisper.cpp, or a paid
one."""

import asyncio
import io
import time
import wave
from typing import Any

import aiohttp
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from visavis.engines.base import Context, Engine
from visavis.engines.remote import Endpoint, RemoteError, RemoteOptions
from visavis.engines.stt.base import RATE, Transcript
from visavis.engines.stt.cleaning import clean, is_speech, without_echo
from visavis.inputs import Refused, parse_json

LONGEST_S = 30
"""s; of longer audio the last part is sent."""
SHORTEST_S = 0.1
_MOST_BYTES = 1 << 18
"""Of an answer; half a minute of talk with all its scores is a tenth of it."""
_MOST_PARTS = 20_000
_TABLE = "stt.openai"


class _Segment(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)

    text: str = ""
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0


class _Answer(BaseModel):
    """What is read of an answer, verbose or not."""

    text: str
    segments: list[_Segment] | None = None


class OpenAIRecogniser(Engine):
    """Asks ``POST {url}/audio/transcriptions`` with a WAV file: see `base.Recogniser`.

    At first for ``verbose_json``, whose scores tell words from noise; from a service that refuses
    that, for plain ``json``. Times of words are not asked for: nothing in a call uses them, and a
    service takes longer to find them.
    """

    class Options(RemoteOptions):
        """The table ``[stt.openai]``."""

        model: str = "whisper-1"
        language: str = ""
        """ISO 639-1; empty: ``stt.language``."""

    def __init__(self, options: Options, language: str) -> None:
        """``language`` is told to the service. Used on one event loop."""
        self.system = f"openai:{options.model}"
        self.parameters: dict[str, Any] = {"url": options.url, "model": options.model}
        self._model = options.model
        self._language = language
        self._format = "verbose_json"
        self._endpoint = Endpoint(_TABLE, "/audio/transcriptions", options)

    @classmethod
    async def load(cls, context: Context) -> "OpenAIRecogniser":
        """The endpoint of ``stt.openai.url``; nothing is asked of it yet."""
        options: OpenAIRecogniser.Options = context.options
        return cls(options, options.language or context.settings.stt.language)

    @classmethod
    async def reach(cls, options: Any) -> str:
        """See `Engine.reach`."""
        endpoint = Endpoint(_TABLE, "/audio/transcriptions", options)
        try:
            return await endpoint.reach()
        finally:
            await endpoint.close()

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        """See `base.Recogniser`. Raises RemoteError, RemoteTimeout among them."""
        return await self.transcribe_in(pcm, "", timeout=timeout)

    async def transcribe_in(
        self, pcm: NDArray[np.int16], context: str, *, timeout: float
    ) -> Transcript:
        """See `base.ContextRecogniser`; the context is the protocol's ``prompt``."""
        began = time.perf_counter()
        pcm = pcm[-LONGEST_S * RATE :]
        if len(pcm) < SHORTEST_S * RATE:
            return self._transcript(_Answer(text=""), 0.0, began)
        file = await asyncio.to_thread(_wav, pcm)
        try:
            answer = await self._ask(file, self._format, context, timeout)
        except RemoteError as error:
            if error.kind != "refused" or self._format == "json":
                raise
            # Newer models of OpenAI's, and some servers, know plain json alone.
            left = timeout - (time.perf_counter() - began)
            answer = await self._ask(file, "json", context, max(left, 0.001))
            self._format = "json"
        return self._transcript(answer, len(pcm) / RATE, began)

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        """0.5: the protocol has no such question."""
        return 0.5

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _ask(self, file: bytes, response_format: str, prompt: str, timeout: float) -> _Answer:
        def request() -> dict[str, Any]:
            form = aiohttp.FormData()
            form.add_field("file", file, filename="turn.wav", content_type="audio/wav")
            form.add_field("model", self._model)
            form.add_field("response_format", response_format)
            form.add_field("temperature", "0")
            if prompt:
                form.add_field("prompt", prompt)
            if self._language:
                form.add_field("language", self._language)
            return {"data": form}

        body = bytearray()
        async with self._endpoint.post(request, timeout_s=timeout) as response:
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise self._error("too_long", f"answered with over {_MOST_BYTES:,} bytes")
        try:
            return _Answer.model_validate(parse_json(bytes(body), parts=_MOST_PARTS))
        except Refused as reason:
            told = self._endpoint.quoted(body.decode(errors="replace"), 80)
            raise self._error("protocol", f"sent no transcript: {told!r}. {reason}") from None
        except ValidationError as wrong:
            first = wrong.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the answer"
            raise self._error("protocol", f"sent no transcript: {where}: {first['msg']}") from None

    def _transcript(self, answer: _Answer, seconds: float, began: float) -> Transcript:
        heard = answer.segments or []
        text, logprob, no_speech = answer.text, 0.0, 0.0
        if heard:
            said = [s for s in heard if is_speech(s.no_speech_prob, s.avg_logprob)]
            text = " ".join(s.text for s in said)
            counted = said or heard
            logprob = sum(s.avg_logprob for s in counted) / len(counted)
            no_speech = sum(s.no_speech_prob for s in counted) / len(counted)
        return Transcript(
            text=without_echo(clean(text), seconds),
            no_speech=no_speech,
            avg_logprob=logprob,
            language=self._language,
            ms=(time.perf_counter() - began) * 1000,
            system=self.system,
            parameters={**self.parameters, "response_format": self._format},
        )

    def _error(self, kind: str, what: str) -> RemoteError:
        return RemoteError(kind, f"{self._endpoint.url} {what}")


def _wav(pcm: NDArray[np.int16]) -> bytes:
    """``pcm`` (N,) as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(pcm.astype("<i2").tobytes())
    return file.getvalue()
