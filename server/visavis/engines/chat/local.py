"""The local language model: llama.cpp in this process, which is a worker's.

Host it as ``Worker("visavis.engines.chat.local:LocalModel", slots=N, conversations=N, ...)``.
"""

import contextlib
import re
import threading
import time
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path

from visavis.engines.chat.backend import Backend, ChatMessages, ModelError
from visavis.engines.chat.kernels.batching import KernelBackend
from visavis.engines.chat.kernels.processor import WHEEL, threads
from visavis.engines.chat.wheel import Wheel

__all__ = ["LocalModel", "ModelError"]

_MARKS = re.compile(r"<\|[a-z_]+\|>")
"""The marks between ChatML's turns; in a caller's words they would forge turns."""

_IDLE_S = 120.0
"""A conversation silent for so long may lose its cache to another."""


_NO_PROSE = ("`", "-", "*", "#", "1", "|")
"""How code, lists, headings and tables begin, which nobody wants to hear."""
ENOUGH_WORDS = 32
"""Behind so many, no sentence of a reply begins: what is heard is hard to follow when it is longer,
and a small model has said by then what it knows."""


class LocalModel:
    """One GGUF chat model with a prompt cache for each of as many ``conversations``.

    ``context`` is in tokens, for each conversation. ``system_prompt`` is evaluated into every slot
    before the constructor returns (2 to 3 s each): all conversations that begin with it start warm.
    ``examples`` are pairs of a caller's words and a good answer, told to the model as turns before
    each conversation: a small model follows manners that it has seen, hardly any it is told.

    ``cores`` threads compute, or as many as there are. ``kernels`` is the family of processors
    whose build of the ``library`` (a folder) runs it, or "wheel".

    Raises FileNotFoundError without the file, ModelError when it is not a model and KernelError
    when the kernels can't be used here. Methods may be called from several threads at once.
    """

    def __init__(
        self,
        path: str,
        *,
        system_prompt: str = "",
        examples: Sequence[tuple[str, str]] = (),
        cores: int = 2,
        conversations: int = 2,
        context: int = 2048,
        kernels: str = WHEEL,
        library: str = "",
    ) -> None:
        if not Path(path).is_file():
            raise FileNotFoundError(f"no language model at {path}; `visavis models` fetches it")
        sizes = {"cores": threads(cores), "conversations": conversations, "context": context}
        self._backend: Backend = (
            Wheel(path, **sizes)
            if kernels == WHEEL
            else KernelBackend(library, kernels, path, **sizes)
        )
        self._slots = _Slots(conversations)
        self._examples = [
            {"role": role, "content": content}
            for pair in examples
            for role, content in zip(("user", "assistant"), pair, strict=True)
        ]
        if system_prompt:
            system = [{"role": "system", "content": system_prompt}]
            for slot in range(conversations):
                self._slots.fill(slot, system)
                for _ in self._backend.pieces(self._told(system), slot, 0, 0.0):
                    pass

    def prime(self, messages: ChatMessages) -> None:
        """Evaluate ``messages`` into a slot's cache, so that the next reply starts from there."""
        for _ in self.reply(messages, max_tokens=0, temperature=0.0):
            pass

    def reply(
        self, messages: ChatMessages, max_tokens: int, temperature: float
    ) -> Generator[str, None, None]:
        """The reply as pieces of text. Closing the generator stops the model at the next token.

        Raises ModelError when the model says no (a conversation longer than the context).
        """
        with self._slots.taken(messages) as slot:
            yield from _prose(
                self._backend.pieces(self._told(messages), slot, max_tokens, temperature)
            )

    def _told(self, messages: ChatMessages) -> ChatMessages:
        """``messages`` with the examples after the system prompt, and without forged turns."""
        clean = [{**m, "content": _MARKS.sub("", m["content"])} for m in messages]
        system = sum(m["role"] == "system" for m in clean)
        talk = clean[system:]
        if talk and talk[0]["role"] == "assistant":  # a greeting; turns must take turns
            talk.insert(0, {"role": "user", "content": "Hello."})
        return [*clean[:system], *self._examples, *talk]


def _prose(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """The first paragraph of the reply, and the next one if it ends with a colon; as many sentences
    of it as one listens to."""
    said = ""
    with contextlib.closing(pieces):
        for piece in pieces:
            for part in _paragraphs(piece):
                if part[:1].isspace() and _enough(said):
                    return
                text = part if said and said[-1:] != "\n" else part.lstrip()
                if part == "\n":
                    if said and not said.rstrip().endswith(":"):
                        return
                    said += "\n" if said else ""  # "Here is a story:" is no reply yet
                elif text and said.endswith("\n") and text.startswith(_NO_PROSE):
                    return
                elif text:
                    yield f" {text}" if said.endswith("\n") else text
                    said += text


def _enough(said: str) -> bool:
    """Whether these are whole sentences, and enough of them."""
    return said.endswith((".", "!", "?")) and len(said.split()) >= ENOUGH_WORDS


def _paragraphs(piece: str) -> list[str]:
    """A piece cut at its line ends, each of them a part of its own: "a\nb" gives a, \n, b."""
    return [part for part in re.split(r"(\n)", piece) if part]


class _Slots:
    """Which conversation's cache is where: a slot remembers the messages it last evaluated."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = threading.Semaphore(count)
        self._held: list[ChatMessages] = [[] for _ in range(count)]
        self._used = [0.0] * count
        self._busy: set[int] = set()

    def fill(self, slot: int, messages: ChatMessages) -> None:
        """Say what ``slot`` holds now."""
        self._held[slot] = messages

    @contextlib.contextmanager
    def taken(self, messages: ChatMessages) -> Generator[int, None, None]:
        """The free slot in which a request saves most work; waits while all are busy."""
        with self._free:
            with self._lock:
                slot = max(
                    set(range(len(self._held))) - self._busy, key=partial(self._worth, messages)
                )
                self._busy.add(slot)
                self._held[slot] = messages
            try:
                yield slot
            finally:
                with self._lock:
                    self._used[slot] = time.monotonic()
                    self._busy.discard(slot)

    def _worth(self, wanted: ChatMessages, slot: int) -> float:
        """Characters that needn't be evaluated again, less those that a conversation which may
        still be going on would lose; of equals, the longest unused."""
        shared = lost = 0
        held = self._held[slot]
        for i, message in enumerate(held):
            if i < len(wanted) and not lost and message == wanted[i]:
                shared += len(message["content"])
            else:
                lost += len(message["content"])
        age = time.monotonic() - self._used[slot]
        return shared - (lost if age < _IDLE_S else 0) + min(age, 1e6) * 1e-7
