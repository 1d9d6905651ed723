"""llama.cpp as the xllamacpp wheel brings it: built for AVX2, for every system."""

import os
import queue
import secrets
import threading
from collections.abc import Generator
from typing import Any

from visavis.engines.chat.backend import (
    MIN_P,
    TOP_K,
    TOP_P,
    UNSPOKEN,
    ChatMessages,
    ModelError,
)

SPINS = "300000"
"""How long threads wait for each other by spinning before they sleep. With the library's usual
spin, threads that share their cores with a face being drawn fall from 40 tokens a second to 7;
with 2,000, about half of all processes run as if with one thread."""

_SAMPLING: dict[str, Any] = {
    "top_k": TOP_K,
    "top_p": TOP_P,
    "min_p": MIN_P,
    # The library would punish the words of the prompt too, and figures that stand there would come
    # out changed; `manners` ends what goes round in circles.
    "repeat_penalty": 1.0,
    "logit_bias": [[mark, False] for mark in UNSPOKEN],
    "chat_template_kwargs": {"enable_thinking": False},
}


class Wheel:
    """A `Backend` of the wheel's own server. Raises ModelError when `path` is no model."""

    def __init__(self, path: str, *, cores: int, conversations: int, context: int) -> None:
        os.environ["GOMP_SPINCOUNT"] = SPINS  # read once, when the library is loaded
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = path
        params.n_ctx = context * conversations
        params.n_parallel = conversations
        params.n_batch = params.n_ubatch = 256
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores
        params.cache_ram_mib = 0
        params.prefill_assistant = True  # a last message of the assistant's is gone on from
        params.verbosity = -1
        # The library also opens an HTTP port on loopback, which cannot be turned off: lock it.
        params.api_keys = [secrets.token_hex(16)]
        try:
            self._server = xllamacpp.Server(params)
        except Exception as error:
            raise ModelError(f"{path} could not be loaded: {error}") from error

    def pieces(
        self, messages: ChatMessages, slot: int, max_tokens: int, temperature: float
    ) -> Generator[str, None, None]:
        """See `Backend`. The library calls back, from a thread of ours, and a generator asks: a
        queue between."""
        request = {
            **_SAMPLING,
            "messages": messages,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "cache_prompt": True,
            "id_slot": slot,
        }
        written: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()

        def heard(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                written.put(ModelError(str(chunk["error"].get("message", chunk["error"]))))
                return True
            for choice in chunk.get("choices", ()):
                piece = choice.get("delta", {}).get("content")
                if piece:
                    written.put(piece)
            return stop.is_set()

        def run() -> None:
            try:
                self._server.handle_chat_completions(request, heard)
            except Exception as error:
                written.put(ModelError(str(error)))
            finally:
                written.put(None)

        thread = threading.Thread(target=run, name="llama", daemon=True)
        thread.start()
        try:
            while (piece := written.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            stop.set()
            thread.join()
