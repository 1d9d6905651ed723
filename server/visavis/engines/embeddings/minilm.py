"""Sentence vectors: all-MiniLM-L6-v2 with int8 weights, on onnxruntime."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from visavis.engines.base import Context, Engine
from visavis.settings import Settings

WEIGHT = "all-minilm-l6-v2-int8"
"""Its name in the weights manifest."""
DIMENSIONS = 384
TOKENS = 256
"""What the model was trained to read; the rest of a longer text is not seen."""


class MiniLM(Engine):
    """Texts to vectors of length 1. ``folder`` holds ``model.onnx`` and ``tokenizer.json``.

    Loading takes 0.2 s and 160 MB (the weights are unpacked once; unpacked for each text they take
    65 MB and twice the time), a question 4 to 6 ms on one thread. Methods may be called from
    several threads at once; they release the GIL. Raises what onnxruntime and tokenizers raise for
    files that are none.
    """

    system = f"onnx:{WEIGHT}"

    def __init__(self, folder: Path) -> None:
        self.parameters: dict[str, Any] = {}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep the largest text's memory for good
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    @classmethod
    def weights(cls, settings: Settings) -> tuple[str, ...]:
        """The one model."""
        return (WEIGHT,)

    @classmethod
    async def load(cls, context: Context) -> "MiniLM":
        """The model of the manifest."""
        return await asyncio.to_thread(cls, context.weights(WEIGHT))

    def embed(self, text: str) -> NDArray[np.float32]:
        """The vector (384,) float32: the mean over the tokens, of length 1."""
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        read = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (hidden,) = self._session.run(["last_hidden_state"], read)
        mean = hidden[0].mean(axis=0)
        vector: NDArray[np.float32] = (mean / np.linalg.norm(mean)).astype(np.float32)
        return vector
