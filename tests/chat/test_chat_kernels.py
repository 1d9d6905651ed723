"""Which kernels suit a processor, and several conversations at once with one model."""

import queue
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from visavis.engines.chat.backend import ModelError
from visavis.engines.chat.kernels import batching, processor
from visavis.engines.chat.kernels.batching import BESIDE, KernelBackend
from visavis.engines.chat.kernels.model import AT_ONCE, TokenRow

AVX2 = "fpu sse4_2 avx f16c fma avx2 bmi2"
AVX512 = f"{AVX2} avx512f avx512cd avx512vl avx512dq avx512bw"
END = 0
ANSWER = (7, 8, 9, END)


def cpuinfo(*flags: str) -> str:
    return "\n".join(
        f"processor : {i}\nmodel name: A chip\nflags : {f}" for i, f in enumerate(flags)
    )


@pytest.mark.parametrize(
    ("flags", "family"),
    [
        ("fpu", "x64"),
        ("fpu sse4_2", "sse42"),
        ("sse4_2 avx", "sandybridge"),
        ("sse4_2 avx f16c", "ivybridge"),
        ("sse4_2 avx f16c fma", "piledriver"),
        (AVX2, "haswell"),
        (f"{AVX2} avx_vnni", "alderlake"),
        (f"{AVX2} avx512f", "haswell"),
        (AVX512, "skylakex"),
        (f"{AVX512} avx512_vnni", "cascadelake"),
        (f"{AVX512} avx512_vnni avx512vbmi", "icelake"),
        (f"{AVX512} avx512_vnni avx512vbmi avx512_bf16", "zen4"),
        (f"{AVX512} avx512_vnni avx512vbmi avx512_bf16 amx_tile amx_int8", "sapphirerapids"),
        (f"{AVX512} avx512_vnni avx512vbmi avx512_bf16 amx_tile", "zen4"),
    ],
)
def test_a_processor_gets_the_fastest_build_that_it_can_run(flags: str, family: str) -> None:
    assert processor.chosen("auto", cpuinfo(flags)) == family


def test_what_one_of_the_processors_lacks_is_not_used() -> None:
    assert processor.chosen("auto", cpuinfo(AVX512, AVX2)) == "haswell"
    assert processor.chosen("auto", "") == "x64"
    assert processor.name(cpuinfo(AVX2, AVX2)) == "A chip × 2"


def test_a_build_can_be_forced_within_what_the_processor_can() -> None:
    assert processor.chosen("sse42", cpuinfo(AVX512)) == "sse42"
    assert processor.chosen("wheel", cpuinfo(AVX512)) == "wheel"
    with pytest.raises(ValueError, match=r"can't run.*amx_int8"):
        processor.chosen("sapphirerapids", cpuinfo(AVX512))
    with pytest.raises(ValueError, match="no kernels 'pentium'"):
        processor.chosen("pentium", cpuinfo(AVX512))


def test_no_more_threads_than_processors() -> None:
    assert processor.threads(10_000) < 10_000
    assert processor.threads(0) == 1


class ScriptedModel:
    """A model that answers every prompt alike, and notes what it is asked to evaluate."""

    def __init__(self, _library: object, path: str, **_sizes: int) -> None:
        self.steps: list[list[TokenRow]] = []
        self.shared: list[tuple[int, int, int]] = []
        self.fails = False
        self.gates: queue.SimpleQueue[None] | None = None
        self.stepped: queue.SimpleQueue[None] = queue.SimpleQueue()

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        return [ord(letter) for m in messages for letter in m["content"]]

    def evaluate(self, rows: Sequence[TokenRow]) -> None:
        if self.gates is not None:
            self.stepped.put(None)
            self.gates.get()
        if self.fails:
            raise ModelError("no memory")
        self.steps.append(list(rows))

    def cut(self, sequence: int, length: int) -> bool:
        return True

    def share(self, source: int, sequence: int, length: int) -> None:
        self.shared.append((source, sequence, length))

    def written(self, token: int) -> bytes:
        return {7: b"caf", 8: b"\xc3", 9: b"\xa9"}[token]

    def ends(self, token: int) -> bool:
        return token == END

    def drawer(self, temperature: float) -> Any:
        answer = iter(ANSWER)

        class Scripted:
            def draw(self, row: int) -> int:
                return next(answer)

            def close(self) -> None:
                pass

        return Scripted()


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> KernelBackend:
    monkeypatch.setattr(batching, "Library", lambda folder, family: None)
    monkeypatch.setattr(batching, "LlamaModel", ScriptedModel)
    return KernelBackend("", "x64", "", cores=1, conversations=3, context=600)


def model_of(backend: KernelBackend) -> ScriptedModel:
    model = backend._model
    assert isinstance(model, ScriptedModel)
    return model


def said(backend: KernelBackend, text: str, slot: int = 0, most: int = 20) -> str:
    return "".join(backend.pieces([{"role": "user", "content": text}], slot, most, 0.0))


def places(step: list[TokenRow]) -> list[tuple[int, int]]:
    return [(row.sequence, row.place) for row in step]


def test_only_what_is_new_is_evaluated(backend: KernelBackend) -> None:
    model = model_of(backend)
    assert said(backend, "hello") == "café"
    assert places(model.steps[0]) == [(0, i) for i in range(5)]
    assert [len(step) for step in model.steps[1:]] == [1, 1, 1]
    model.steps.clear()
    said(backend, "help", most=0)
    assert places(model.steps[0]) == [(0, 3)]
    assert len(model.steps) == 1, "priming draws nothing"


def test_a_prompt_that_is_held_is_answered_after_its_last_token(backend: KernelBackend) -> None:
    said(backend, "hello", most=0)
    model_of(backend).steps.clear()
    assert said(backend, "hello", most=2) == "caf"
    assert places(model_of(backend).steps[0]) == [(0, 4)]


def test_a_new_conversation_takes_its_beginning_from_another(backend: KernelBackend) -> None:
    said(backend, "hello you", most=0)
    model_of(backend).steps.clear()
    said(backend, "hello me", slot=2, most=0)
    assert model_of(backend).shared == [(0, 2, 6)]
    assert places(model_of(backend).steps[0]) == [(2, 6), (2, 7)]


def test_a_conversation_beyond_the_context_is_refused_in_words(backend: KernelBackend) -> None:
    with pytest.raises(ModelError, match="has 700 tokens and exceeds the model's context of 600"):
        said(backend, "x" * 700)
    assert said(backend, "x" * 599) == "caf", "and an answer ends with the context"


def test_a_failed_step_is_an_error_and_the_next_one_starts_afresh(backend: KernelBackend) -> None:
    said(backend, "hello")
    model_of(backend).fails = True
    with pytest.raises(ModelError, match="no memory"):
        said(backend, "hello")
    model_of(backend).fails = False
    model_of(backend).steps.clear()
    assert said(backend, "hello") == "café"
    assert places(model_of(backend).steps[0]) == [(0, i) for i in range(5)]


def test_a_closed_answer_stops_at_the_next_token(backend: KernelBackend) -> None:
    pieces = backend.pieces([{"role": "user", "content": "hello"}], 0, 20, 0.0)
    assert next(pieces) == "caf"
    pieces.close()
    assert len(model_of(backend).steps) <= len(ANSWER)
    assert said(backend, "hello") == "café"


def test_answers_go_on_beside_a_long_prompt(backend: KernelBackend) -> None:
    model = model_of(backend)
    model.gates = queue.SimpleQueue()
    answers: dict[str, str] = {}

    def ask(name: str, text: str, slot: int) -> threading.Thread:
        thread = threading.Thread(
            target=lambda: answers.update({name: said(backend, text, slot)}), daemon=True
        )
        thread.start()
        return thread

    first = ask("first", "hello", 0)
    model.stepped.get()  # the first prompt is being evaluated; the next comes meanwhile
    second = ask("second", "y" * 300, 1)
    while backend._inbox.empty():
        pass
    for _ in range(20):
        model.gates.put(None)
    first.join()
    second.join()
    assert answers == {"first": "café", "second": "café"}
    beside = [step for step in model.steps if {row.sequence for row in step} == {0, 1}]
    assert places(beside[0])[0] == (0, 5), "who is being answered comes first"
    assert len(beside[0]) == 1 + BESIDE
    assert max(len(step) for step in model.steps) <= AT_ONCE
