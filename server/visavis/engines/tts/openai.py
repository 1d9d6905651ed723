"""Any voice behind OpenAI's speech protocol: Kokoro-FastAPI, LocalAI, vLLM, or a paid one.

The sound is read while it is made, as raw samples, and ends with the last byte of the clause. A
clause is given whole: its words' times are known only when all of it has come (`timing`), and the
first clause of a reply is a few words, so that little is waited for.
"""

import asyncio
import time
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from visavis.engines.base import Context, Engine
from visavis.engines.remote import Endpoint, RemoteError, RemoteOptions
from visavis.engines.tts import raw
from visavis.engines.tts.normalise import speakable
from visavis.engines.tts.punctual import CLAUSE_S
from visavis.engines.tts.reading import PhonemeReader
from visavis.engines.tts.speech import Speech
from visavis.engines.tts.timing import sounding, timed

LONGEST_S = 55.0
"""Sound of one clause; more would not fit into a call's playout, and no clause is so long."""
_SAID = 80
"""Bytes of a text in place of sound that are passed on."""
_TABLE = "tts.openai"


class OpenAIVoice(Engine):
    """Asks ``POST {url}/audio/speech`` for ``response_format`` pcm: int16 mono, little-endian.

    Used on the event loop that made it (`speak`), and from any other thread (`say`).
    """

    languages = None
    """Any: see `base.languages_of`."""

    class Options(RemoteOptions):
        """The table ``[tts.openai]``."""

        model: str = "tts-1"
        voice: str = ""
        """Empty: ``tts.voice``, else "alloy"."""
        rate: Annotated[int, Field(ge=8_000, le=48_000)] = 24_000
        """Hz of what the service sends; the protocol says 24,000 and has no field for it."""
        timeout_s: Annotated[float, Field(gt=0, le=CLAUSE_S, allow_inf_nan=False)] = CLAUSE_S
        """For a whole clause; no call waits longer than the default."""

    def __init__(self, options: Options, voice: str, reader: PhonemeReader) -> None:
        """``voice`` is the service's name for it. Made on the event loop."""
        self.system = f"openai:{options.model}"
        self.parameters: dict[str, Any] = {
            "url": options.url,
            "model": options.model,
            "voice": voice,
            "rate": options.rate,
        }
        self._options = options
        self._voice = voice
        self._reader = reader
        self._endpoint = Endpoint(_TABLE, "/audio/speech", options)
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def load(cls, context: Context) -> "OpenAIVoice":
        """The endpoint of ``tts.openai.url``; nothing is asked of it yet."""
        options: OpenAIVoice.Options = context.options
        voice = options.voice or context.settings.tts.voice or "alloy"
        return cls(options, voice, await asyncio.to_thread(PhonemeReader))

    @classmethod
    async def reach(cls, options: Any) -> str:
        """See `Engine.reach`."""
        endpoint = Endpoint(_TABLE, "/audio/speech", options)
        try:
            return await endpoint.reach()
        finally:
            await endpoint.close()

    def say(self, text: str) -> Speech:
        """See `base.Voice`. Raises RemoteError."""
        return asyncio.run_coroutine_threadsafe(self.speak(text), self._loop).result()

    async def speak(self, text: str) -> Speech:
        """See `base.AwaitedVoice`. Raises RemoteError."""
        began = time.perf_counter()
        spoken = speakable(text)
        pcm = await self._sound(spoken) if spoken else b""
        return await asyncio.to_thread(self._speech, text, pcm, began)

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _sound(self, text: str) -> bytes:
        """The samples of a text, as they came."""
        wanted = {
            "model": self._options.model,
            "voice": self._voice,
            "input": text,
            "response_format": "pcm",
        }
        most = int(LONGEST_S * self._options.rate) * 2
        pcm = bytearray()
        async with self._endpoint.post(
            lambda: {"json": wanted}, timeout_s=self._options.timeout_s
        ) as response:
            kind = response.content_type
            if raw.text(kind):
                begin = (await response.content.read(_SAID)).decode(errors="replace")
                self._raw(f"{kind} ({self._endpoint.quoted(begin)!r})")
            self._raw(raw.file(kind))
            async for chunk in response.content.iter_any():
                pcm += chunk
                if len(pcm) - len(chunk) < raw.HEAD:
                    self._raw(raw.begins(pcm))
                if len(pcm) > most:
                    raise self._error("too_long", f"sent over {LONGEST_S:.0f} s of sound")
        self._raw(raw.framed(pcm))
        if len(pcm) % 2:
            raise self._error("protocol", "sent half a sample: that is no 16-bit sound")
        return bytes(pcm)

    def _raw(self, other: str) -> None:
        """Raise RemoteError if it sent something else."""
        if other:
            raise self._error(
                "protocol",
                f"sent {other} and not raw samples (16-bit, little-endian); can it make pcm?",
            )

    def _speech(self, text: str, pcm: bytes, began: float) -> Speech:
        """The clause with its times; computes some ms."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        self._raw(raw.noise(samples))
        rate = self._options.rate
        if speakable(text):
            begin, end = sounding(samples, rate)
            if begin == end:
                seconds = len(samples) / rate
                raise self._error("silence", f"sent {seconds:.1f} s without any sound in it")
            samples = samples[begin:end]
        phonemes, words = timed(text, list(self._reader.sentences(text)), samples, rate)
        return Speech(
            samples=samples,
            rate=rate,
            phonemes=phonemes,
            words=words,
            text=text,
            system=self.system,
            parameters=self.parameters,
            ms=(time.perf_counter() - began) * 1000,
        )

    def _error(self, kind: str, what: str) -> RemoteError:
        return RemoteError(kind, f"{self._endpoint.url} {what}")
