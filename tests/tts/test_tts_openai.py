"""A voice behind the OpenAI protocol, against a real HTTP server that speaks it, well and badly."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from numpy.typing import NDArray
from pydantic import ValidationError

from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.engines.remote import RemoteError, RemoteTimeout
from visavis.engines.tts.openai import OpenAIVoice
from visavis.engines.tts.reading import PhonemeReader
from visavis.engines.tts.speech import Speech
from visavis.personas.persona import load as persona
from visavis.settings import Settings, TtsSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Endpoint = Callable[..., AbstractAsyncContextManager[OpenAIVoice]]
Failure = Callable[..., Awaitable[RemoteError]]
KEY = "sk-secret-of-this-test"
ADTS = b"\xff\xf1\x58\x40\x04\x1f\xfc" + b"\x21" * 25
"""A frame of 32 bytes."""


@pytest.fixture(scope="module")
def reader() -> PhonemeReader:
    return PhonemeReader()


def sound(ms: float, margin_ms: float = 150.0) -> bytes:
    """A hum of a second's syllables between silences, 24 kHz int16."""
    t = np.arange(int(ms * 24)) / 24_000
    hum = 0.3 * np.sin(2 * np.pi * 200 * t) * np.abs(np.sin(2 * np.pi * 2 * t) + 0.2)
    margin = np.zeros(int(margin_ms * 24))
    pcm: NDArray[np.int16] = (np.concatenate([margin, hum, margin]) * 32767).astype("<i2")
    return pcm.tobytes()


def sends(*chunks: bytes, kind: str = "audio/pcm") -> Handler:
    """A handler that sends ``chunks`` as they are, each on its own."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(0)
        return response

    return handler


@pytest.fixture
def endpoint(reader: PhonemeReader) -> Endpoint:
    """``async with endpoint(handler) as voice``; more arguments are options."""

    @asynccontextmanager
    async def made(handler: Handler, **options: object) -> AsyncGenerator[OpenAIVoice, None]:
        app = web.Application()
        app.router.add_post("/v1/audio/speech", handler)
        async with TestServer(app) as server:
            url = str(server.make_url("/v1"))
            wanted = OpenAIVoice.Options.model_validate({"url": url, "key": KEY, **options})
            voice = OpenAIVoice(wanted, "iris", reader)
            try:
                yield voice
            finally:
                await voice.close()

    return made


@pytest.fixture
def failure(endpoint: Endpoint) -> Failure:
    """The error of a clause."""

    async def asked(handler: Handler, **options: object) -> RemoteError:
        async with endpoint(handler, **options) as voice:
            with pytest.raises(RemoteError) as caught:
                await voice.speak("Hello there.")
            assert KEY not in str(caught.value)
            assert voice._endpoint.url in str(caught.value), "the address is named"
        return caught.value

    return asked


async def test_asks_as_the_protocol_says_and_keeps_the_connection(endpoint: Endpoint) -> None:
    asked: list[object] = []
    peers = set()

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        asked.append((await request.json(), request.headers["Authorization"]))
        return await sends(sound(700))(request)

    async with endpoint(handler, model="kokoro") as voice:
        speeches = [await voice.speak("**Hello** there.") for _ in range(2)]
    body = {"model": "kokoro", "voice": "iris", "input": "Hello there.", "response_format": "pcm"}
    assert asked == [(body, f"Bearer {KEY}")] * 2
    assert len(peers) == 1, "one connection"
    first = speeches[0]
    assert first.text == "**Hello** there."
    assert [word.text for word in first.words] == ["**Hello**", "there."]
    assert first.samples.dtype == np.float32 and first.rate == 24_000 and first.ms > 0
    assert first.duration_ms == pytest.approx(700, abs=80), "without the silence at its ends"
    assert first.system == "openai:kokoro"
    assert first.parameters == {
        "url": voice.parameters["url"],
        "model": "kokoro",
        "voice": "iris",
        "rate": 24_000,
    }
    assert first.phonemes and first.words[-1].end_ms <= first.duration_ms


@pytest.mark.parametrize("size", [1, 333, 5_000])
async def test_the_pieces_it_comes_in_make_no_difference(endpoint: Endpoint, size: int) -> None:
    pcm = sound(120, margin_ms=20) if size == 1 else sound(700)
    async with endpoint(sends(pcm)) as voice:
        whole = await voice.speak("Hello there.")
    async with endpoint(sends(*(pcm[i : i + size] for i in range(0, len(pcm), size)))) as voice:
        pieces = await voice.speak("Hello there.")
    assert np.array_equal(whole.samples, pieces.samples) and whole.words == pieces.words


@pytest.mark.parametrize("text", ["", "😀", "..."])
async def test_nothing_to_say_asks_nobody(endpoint: Endpoint, text: str) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise AssertionError("asked")

    async with endpoint(handler) as voice:
        speech = await voice.speak(text)
    assert not speech.samples.size and [word.text for word in speech.words] == text.split()


async def test_a_language_that_is_not_read_here_has_words_and_no_phonemes(
    endpoint: Endpoint,
) -> None:
    async with endpoint(sends(sound(700))) as voice:
        speech = await voice.speak("你好 世界")
    assert speech.samples.size and speech.phonemes == ()
    assert [word.text for word in speech.words] == ["你好", "世界"]
    assert speech.words[-1].end_ms == pytest.approx(speech.duration_ms)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "key", "tts.openai.key"),
        (403, "key", "tts.openai.key"),
        (404, "not_found", "'tts-1'"),
        (429, "busy", "again after 7 s"),
        (400, "refused", "no such voice"),
        (307, "refused", "https://elsewhere.example"),
        (503, "server", "no such voice"),
    ],
)
@pytest.mark.parametrize("shape", ["error", "detail", "text"])
async def test_names_what_a_status_means(
    failure: Failure, status: int, kind: str, words: str, shape: str
) -> None:
    said = f"no such voice, and the key is {KEY}"
    headers = {"Retry-After": "7", "Location": f"https://elsewhere.example/?k={KEY}"}

    async def handler(request: web.Request) -> web.StreamResponse:
        if shape == "text":
            return web.Response(text=said, status=status, headers=headers)
        body = {"error": {"message": said}} if shape == "error" else {"detail": said}
        return web.json_response(body, status=status, headers=headers)

    error = await failure(handler)
    assert error.kind == kind and words in str(error) and KEY not in str(error)


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (sends(b'{"audio": "no"}', kind="application/json"), "protocol", "application/json"),
        (sends(b"<html>", kind="text/html; charset=utf-8"), "protocol", "<html>"),
        (sends(KEY.encode() + b" hi", kind="text/plain"), "protocol", "'… hi'"),
        (sends(b"RIFF\x24\x00\x00\x00WAVE" + sound(300)), "protocol", "a WAV file"),
        (sends(b"ID3\x04" + bytes(1000), kind="audio/mpeg"), "protocol", "an MP3"),
        (sends(b"R", b"IFF\x24\x00\x00\x00WAVE" + sound(300)), "protocol", "a WAV file"),
        (sends(*[bytes([b]) for b in b"OggS"]), "protocol", "an Ogg file"),
        (sends(ADTS * 40), "protocol", "AAC"),
        (sends(sound(300)[1:] + b"\0", kind="audio/L16"), "protocol", "like noise"),
        (sends(sound(300) + b"\0"), "protocol", "half a sample"),
        (sends(bytes(48_000)), "silence", "1.0 s without any sound"),
        (sends(b""), "silence", "0.0 s without any sound"),
        (sends(*[sound(10_000)] * 6), "too_long", "55 s"),
    ],
)
async def test_what_is_no_speech_is_told(
    failure: Failure, handler: Handler, kind: str, words: str
) -> None:
    error = await failure(handler)
    assert error.kind == kind and words in str(error)


async def test_a_cut_stream_is_told(failure: Failure) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        response.content_length = 100_000
        await response.prepare(request)
        await response.write(sound(200))
        assert request.transport is not None
        request.transport.close()
        return response

    error = await failure(handler)
    assert error.kind == "cut" and "broke off" in str(error)


@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize("limit", ["read_timeout_s", "timeout_s"])
async def test_one_that_hangs_times_out(failure: Failure, begins: bool, limit: str) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        if begins:
            await response.prepare(request)
            await response.write(sound(200))
        await asyncio.sleep(5)
        return response

    error = await failure(handler, **{limit: 0.1})
    assert isinstance(error, RemoteTimeout) and error.kind == "timeout"


async def test_nobody_at_the_address_is_told(reader: PhonemeReader, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    voice = OpenAIVoice(OpenAIVoice.Options(url=url), "iris", reader)
    with pytest.raises(RemoteError, match=r"tts\.openai\.url") as caught:
        await voice.speak("Hello.")
    assert caught.value.kind == "connection"
    await voice.close()


async def test_a_connection_that_was_closed_meanwhile_is_opened_anew(endpoint: Endpoint) -> None:
    count = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        if count == 2:
            assert request.transport is not None
            request.transport.close()
        return await sends(sound(300))(request)

    async with endpoint(handler) as voice:
        for _ in range(2):
            assert (await voice.speak("Hello.")).samples.size
    assert count == 3


async def test_cancelling_closes_the_request(endpoint: Endpoint) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        begun.set()
        try:
            while True:
                await response.write(bytes(96))
                await asyncio.sleep(0.001)
        finally:
            gone.set()

    async with endpoint(handler) as voice:
        speaking = asyncio.create_task(voice.speak("Hello."))
        await asyncio.wait_for(begun.wait(), 5)
        speaking.cancel()
        await asyncio.wait_for(gone.wait(), 5)


async def test_it_may_be_asked_in_threads(endpoint: Endpoint) -> None:
    async with endpoint(sends(sound(300))) as voice:
        speeches: list[Speech] = await asyncio.gather(
            *(asyncio.to_thread(voice.say, f"Hello {i}.") for i in range(3))
        )
    assert [speech.text for speech in speeches] == ["Hello 0.", "Hello 1.", "Hello 2."]


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://host/v1",
        "http://",
        "http://me:word@host/v1",
        "//me:word@host",
        "http://host/v1?a=b",
    ],
)
def test_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        OpenAIVoice.Options(url=url)
    assert "word" not in caught.value.errors()[0]["msg"], "no password is repeated"


async def test_settings_choose_it_and_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_TTS__ENGINE", "openai")
    host = Host(lambda kind, told: None)
    with pytest.raises(loading.WrongOptions, match=r"tts\.openai\.url: Field required"):
        await loading.load("tts", Context(Settings(), persona("iris"), host))
    monkeypatch.setenv("VISAVIS_TTS__OPENAI__URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VISAVIS_TTS__OPENAI__KEY", KEY)
    monkeypatch.setenv("VISAVIS_TTS__VOICE", "nova")
    voice = await loading.load("tts", Context(Settings(), persona("iris"), host))
    assert isinstance(voice, OpenAIVoice)
    assert (voice.system, voice.parameters["voice"]) == ("openai:tts-1", "nova")
    assert voice._endpoint._key == KEY
    assert KEY not in repr(vars(voice))
    with pytest.raises(loading.WrongOptions, match=r"tts\.openai\.speed"):
        wrong = TtsSettings.model_validate(
            {"engine": "openai", "openai": {"url": "http://a", "speed": 2}}
        )
        await loading.load("tts", Context(Settings(tts=wrong), persona("iris"), host))
