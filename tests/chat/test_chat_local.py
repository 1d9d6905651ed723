"""The local language model, for real, in its worker; skipped where its weights are missing."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from visavis.compute.host import Host
from visavis.compute.worker import Worker
from visavis.engines.base import Context
from visavis.engines.chat import choosing, hosted
from visavis.engines.chat.base import EngineError, TooLong
from visavis.engines.chat.hosted import LocalEngine
from visavis.engines.chat.kernels import processor
from visavis.engines.chat.local import LocalModel, _prose, _Slots
from visavis.engines.chat.messages import Message
from visavis.personas import load
from visavis.settings import Settings
from visavis.weights.manifest import KERNELS
from visavis.weights.store import WeightStore

NAME = "qwen2.5-coder-0.5b-instruct-q4_k_m"
STORE = WeightStore(Path(os.environ.get("VISAVIS_WEIGHTS", "~/.cache/visavis/weights")))
WEIGHTS = STORE.folder / NAME / f"{NAME}.gguf"
BUILT = STORE.folder / KERNELS.name
"""Whose kernels are tried where they are fetched, and the wheel always."""
needs_weights = pytest.mark.skipif(not WEIGHTS.is_file(), reason=f"{NAME} is not fetched")
IRIS = load("iris")
TALK = [Message("system", IRIS.system_prompt), Message("assistant", IRIS.greeting)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=("wheel", "auto"))
async def engine(request: pytest.FixtureRequest) -> AsyncGenerator[LocalEngine, None]:
    if request.param == "auto" and not BUILT.is_dir():
        pytest.skip(f"{KERNELS.name} is not fetched")
    worker = Worker(
        "visavis.engines.chat.local:LocalModel",
        name="chat",
        slots=2,
        of_a_call=1,
        conversations=2,
        path=str(WEIGHTS),
        system_prompt=IRIS.system_prompt,
        examples=IRIS.examples,
        kernels=processor.chosen(request.param, processor.here()),
        library=str(BUILT),
    )
    await worker.start()
    yield LocalEngine(worker, NAME)
    await worker.stop()


async def said(engine: LocalEngine, text: str, max_tokens: int = 60) -> str:
    talk = [*TALK, Message("user", text)]
    reply = engine.reply(talk, max_tokens=max_tokens, temperature=0.0)
    return "".join([piece async for piece in reply])


@needs_weights
@pytest.mark.asyncio(loop_scope="module")
async def test_answers_in_one_plain_paragraph(engine: LocalEngine) -> None:
    await engine.prime(TALK)
    assert "Paris" in await said(engine, "What's the capital of France?")
    code = await said(engine, "Write a Python function that adds two numbers.")
    assert code and "\n" not in code and "`" not in code


@needs_weights
@pytest.mark.asyncio(loop_scope="module")
async def test_a_closed_reply_stops_the_model(engine: LocalEngine) -> None:
    talk = [*TALK, Message("user", "Tell me a long story about the sea.")]
    reply = engine.reply(talk, max_tokens=1000, temperature=0.0)
    await anext(reply)
    await reply.aclose()
    began = time.perf_counter()
    assert await said(engine, "Say yes.", max_tokens=2)
    assert time.perf_counter() - began < 10


@needs_weights
@pytest.mark.asyncio(loop_scope="module")
async def test_two_at_once_keep_their_own_words(engine: LocalEngine) -> None:
    france, italy = await asyncio.gather(
        said(engine, "What's the capital of France?"), said(engine, "What's the capital of Italy?")
    )
    assert "Paris" in france and "Rome" in italy


@needs_weights
@pytest.mark.asyncio(loop_scope="module")
async def test_a_conversation_beyond_the_context_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(EngineError):
        await said(engine, "word " * 5000)
    assert await said(engine, "Say yes.", max_tokens=2)


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="visavis models"):
        LocalModel(str(tmp_path / "none.gguf"))


def test_a_reply_ends_with_a_sentence_when_it_is_long() -> None:
    pieces = [f" {word}" for word in ["It", "was", "so,", "and", "so", "it", "is."] * 20]
    said = "".join(_prose(piece for piece in pieces))
    assert said.endswith("it is.") and 32 <= len(said.split()) < 40
    counted = [f" {n}," for n in range(60)]  # no sentence, so no end
    assert len("".join(_prose(piece for piece in counted)).split()) == 60


def test_a_conversation_comes_back_to_its_slot() -> None:
    slots = _Slots(2)

    def taken(*contents: str) -> int:
        with slots.taken([{"role": "user", "content": c} for c in contents]) as slot:
            return slot

    first, second = taken("prompt", "anna asks"), taken("prompt", "bob asks")
    assert first != second
    assert taken("prompt", "anna asks", "answer", "more") == first
    assert taken("prompt", "bob asks", "answer", "more") == second


class Slow:
    """An engine whose model is broken in every way."""

    def prime(self, messages: list[dict[str, str]]) -> None:
        raise RuntimeError("no memory")

    def reply(
        self, messages: list[dict[str, str]], max_tokens: int, temperature: float
    ) -> Iterator[str]:
        yield "So"
        time.sleep(temperature)
        raise RuntimeError("no memory")


async def test_failures_of_the_worker_are_engine_errors() -> None:
    worker = Worker(f"{Slow.__module__}:Slow", name="slow")
    await worker.start()
    engine = LocalEngine(worker, first_token_timeout=0.2)
    try:
        with pytest.raises(EngineError, match="no memory"):
            await engine.prime(TALK)
        for pause, kind in ((0.0, "model"), (1.0, "timeout")):
            with pytest.raises(EngineError) as caught:
                async for _ in engine.reply(TALK, max_tokens=5, temperature=pause):
                    pass
            assert caught.value.kind == kind
    finally:
        await worker.stop()


@needs_weights
async def test_what_is_longer_than_its_context_is_told_with_what_would_fit(
    engine: LocalEngine,
) -> None:
    with pytest.raises(TooLong) as caught:
        async for _ in LocalEngine(engine._worker, NAME, 100.0).reply(
            [Message("user", "你好世界天地玄黄宇宙洪荒" * 400)], max_tokens=8, temperature=0.0
        ):
            pass
    assert 0.2 < caught.value.share < 0.8


class Fickle:
    """A model that only the wheel can load."""

    def __init__(self, kernels: str, **_more: object) -> None:
        if kernels != "wheel":
            raise RuntimeError("illegal instruction")


async def test_kernels_that_fail_are_a_fault_and_the_wheel_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = choosing.KernelChoice("haswell", str(tmp_path))
    chosen = choosing.ModelChoice(NAME, tmp_path, build, 1)
    monkeypatch.setattr(choosing, "choice", lambda settings: chosen)
    monkeypatch.setattr(hosted, "FACTORY", f"{Fickle.__module__}:Fickle")
    faults: list[tuple[str, str]] = []
    host = Host(lambda kind, text: faults.append((kind, text)))
    try:
        engine = await LocalEngine.load(Context(Settings(), IRIS, host))
    finally:
        await host.stop()
    assert engine.parameters == {"model": NAME, "kernels": "wheel"}
    assert [kind for kind, _ in faults] == ["kernels_unavailable"]
    assert "illegal instruction" in faults[0][1]
