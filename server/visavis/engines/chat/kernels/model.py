"""A model and its cache in memory: text to tokens and back, tokens evaluated, the next one drawn.

Nothing here is for several threads at once, but what only reads the vocabulary.
"""

import ctypes
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.engines.chat.backend import (
    MIN_P,
    REPEAT_LAST_N,
    REPEAT_PENALTY,
    TOP_K,
    TOP_P,
    UNSPOKEN,
    ChatMessages,
    ModelError,
)
from visavis.engines.chat.kernels.library import ChatMessage, Library, LogitBias

AT_ONCE = 256
"""Tokens that are evaluated in one go: what others wait for at most, 0.3 s on a small machine."""
_PIECE_BYTES = 256
_NO_THOUGHTS = "<think>\n\n</think>\n\n"
"""Thoughts already ended: how models that think by default are told not to."""


@dataclass(frozen=True)
class TokenRow:
    """One token to evaluate, at a place of a sequence."""

    token: int
    place: int
    sequence: int
    asks: bool
    """Whether the token after it will be drawn."""


class LlamaModel:
    """One GGUF file, with `sequences` caches that share `cells` tokens of memory.

    Raises ModelError when the file is no model that this library knows.
    """

    def __init__(
        self, library: Library, path: str, *, threads: int, cells: int, sequences: int
    ) -> None:
        self._library = library
        params = library.llama_model_default_params()
        params.n_gpu_layers = 0
        model = library.llama_model_load_from_file(path.encode(), params)
        if not model:
            raise ModelError(f"{path} could not be loaded: it is no model that is known here")
        self._vocabulary = library.llama_model_get_vocab(model)
        self._words = library.llama_vocab_n_tokens(self._vocabulary)
        template = library.llama_model_chat_template(model, None) or b"chatml"
        self._template: bytes = template
        self._after = _NO_THOUGHTS if b"enable_thinking" in template else ""
        settings = library.llama_context_default_params()
        settings.n_ctx, settings.n_seq_max = cells, sequences
        settings.n_batch = settings.n_ubatch = AT_ONCE
        settings.n_threads = settings.n_threads_batch = threads
        settings.kv_unified = True  # so that a sequence may share another's beginning
        self._context = library.llama_init_from_model(model, settings)
        if not self._context:
            raise ModelError(f"{Path(path).name} could not be loaded: no memory for {cells} tokens")
        self._memory = library.llama_get_memory(self._context)
        self._batch = library.llama_batch_init(AT_ONCE, 0, 1)
        unspoken = sorted({token for mark in UNSPOKEN for token in self.tokens(mark)})
        self._biases = (LogitBias * len(unspoken))(
            *(LogitBias(token, float("-inf")) for token in unspoken)
        )

    def prompt(self, messages: ChatMessages) -> list[int]:
        """The tokens of a conversation, up to where the model's answer begins; it goes on from a
        last message of the assistant's."""
        begun = messages[-1]["content"] if messages and messages[-1]["role"] == "assistant" else ""
        asked = messages[:-1] if begun else messages
        encoded = [(m["role"].encode(), m["content"].encode()) for m in asked]
        told = (ChatMessage * len(encoded))(*(ChatMessage(*one) for one in encoded))
        room = 256 + sum(len(role) + len(content) + 64 for role, content in encoded)
        text = ctypes.create_string_buffer(room)
        length = self._library.llama_chat_apply_template(
            self._template, told, len(encoded), True, text, room
        )
        if not 0 <= length <= room:
            raise ModelError("the model's chat template is none that is known here")
        written = text.raw[:length].decode() + self._after + begun
        return self.tokens(written, marks=True)

    def tokens(self, text: str, *, marks: bool = False) -> list[int]:
        """The tokens of a text; ``marks``: those between turns are read as such."""
        encoded = text.encode()
        room = len(encoded) + 8
        found = (ctypes.c_int32 * room)()
        count = self._library.llama_tokenize(
            self._vocabulary, encoded, len(encoded), found, room, marks, marks
        )
        if count < 0:
            raise ModelError("a text could not be read by the model")
        return list(found[:count])

    def written(self, token: int) -> bytes:
        """What a token stands for; a part of a character, at times."""
        piece = ctypes.create_string_buffer(_PIECE_BYTES)
        length = self._library.llama_token_to_piece(
            self._vocabulary, token, piece, _PIECE_BYTES, 0, False
        )
        return piece.raw[: max(0, length)]

    def ends(self, token: int) -> bool:
        """Whether a token is the end of an answer."""
        return bool(self._library.llama_vocab_is_eog(self._vocabulary, token))

    def evaluate(self, rows: Sequence[TokenRow]) -> None:
        """Evaluate up to `AT_ONCE` tokens. Raises ModelError, and nothing was evaluated."""
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, row in enumerate(rows):
            batch.token[i] = row.token
            batch.pos[i] = row.place
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = row.sequence
            batch.logits[i] = row.asks
        if (failed := self._library.llama_decode(self._context, batch)) != 0:
            raise ModelError(f"{len(rows)} tokens could not be evaluated (error {failed})")

    def cut(self, sequence: int, length: int) -> bool:
        """Leave a sequence its first ``length`` tokens; False where the model can't forget a part
        (one with recurrent layers): then it has forgotten all."""
        if self._library.llama_memory_seq_rm(self._memory, sequence, length, -1):
            return True
        self._library.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return False

    def share(self, source: int, sequence: int, length: int) -> None:
        """Have an empty sequence begin with the first ``length`` tokens of another."""
        self._library.llama_memory_seq_cp(self._memory, source, sequence, 0, length)

    def drawer(self, temperature: float) -> "Drawer":
        """What draws the tokens of one answer."""
        return Drawer(self._library, self._context, self._words, self._biases, temperature)


class Drawer:
    """Draws one answer's tokens; it is to be closed.

    Repetition is punished among what it drew itself, never against the prompt: else figures that
    stand there come out changed.
    """

    def __init__(
        self,
        library: Library,
        context: int,
        words: int,
        biases: "ctypes.Array[LogitBias]",
        temperature: float,
    ) -> None:
        self._library = library
        self._context = context
        self._chain = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
        for sampler in (
            library.llama_sampler_init_logit_bias(words, len(biases), biases),
            library.llama_sampler_init_penalties(words, REPEAT_LAST_N, REPEAT_PENALTY, 0.0, 0.0),
            library.llama_sampler_init_top_k(TOP_K),
            library.llama_sampler_init_top_p(TOP_P, 1),
            library.llama_sampler_init_min_p(MIN_P, 1),
            library.llama_sampler_init_temp(temperature),
            library.llama_sampler_init_dist(secrets.randbits(32)),
        ):
            library.llama_sampler_chain_add(self._chain, sampler)

    def draw(self, row: int) -> int:
        """The token after the one in ``row`` of what was evaluated last."""
        return int(self._library.llama_sampler_sample(self._chain, self._context, row))

    def close(self) -> None:
        """Let go of its memory."""
        self._library.llama_sampler_free(self._chain)
