"""Whisper on CTranslate2, for the length of a conversational turn.

Whisper was trained on 30 s windows, and an encoder pass over 30 s costs about 1 s on a CPU core
however little was said. Its encoder takes shorter spectrograms; with too little silence after
the words the decoder repeats itself, so a turn is padded by `TAIL` to no less than `SHORTEST`.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
import tokenizers
from numpy.typing import NDArray

from visavis.engines.stt import languages
from visavis.engines.stt.base import Transcript
from visavis.engines.stt.cleaning import (
    DOUBT,
    GUESSWORK,
    clean,
    is_speech,
    without_echo,
)
from visavis.engines.stt.mel import HOP, RATE, log_mel

SHORTEST = 6.0
"""s; the shortest window that the encoder is given."""
ONE_WORD = (1.0, 8.0)
"""s of audio under which the window is longer: a lone "yes" in a short one becomes "Yes. Yes."."""
TAIL = 2.0
"""s of silence after the words, at least."""
LONGEST = 30.0
"""s; Whisper's own window. Of longer audio the last part is heard."""
TOKENS_PER_SECOND = 8
"""More than anyone says; bounds a decoder that has lost its way."""
NO_REPEAT = 4
"""Tokens that the decoder never writes twice in the same order."""
CONTEXT = 80
"""Tokens of what was spoken about that the decoder reads before it listens."""


@dataclass(frozen=True)
class Decoded:
    """Words, empty when none were said, with the scores of `stt.base.Transcript`."""

    text: str
    no_speech: float
    logprob: float
    language: str


class Whisper:
    """A CTranslate2 Whisper model, int8, greedy."""

    def __init__(
        self, folder: str, *, language: str = "en", threads: int = 1, detects: bool = True
    ) -> None:
        """Load the model in `folder` (model.bin, config.json, tokenizer.json, vocabulary.*).

        `language` is an ISO 639-1 code; an English-only model hears English whatever it says.
        `detects`: whether a model of many languages tells that it heard another one (`languages`).
        Raises RuntimeError on a folder without a model, ValueError on an unknown language.
        """
        self._model = ctranslate2.models.Whisper(
            folder, device="cpu", compute_type="int8", intra_threads=threads
        )
        self._tokens = tokenizers.Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self._language = language if self._model.is_multilingual else "en"
        self._detects = detects and self._model.is_multilingual
        self._prompt = self._start(self._language)
        self.system = f"whisper:{Path(folder).name}"
        self.parameters = {
            "compute_type": "int8",
            "beam_size": 1,
            "threads": threads,
            "no_repeat_ngram_size": NO_REPEAT,
            "doubt_thresholds": DOUBT,
            "logprob_threshold": GUESSWORK,
        }

    def transcribe(self, pcm: NDArray[np.float32], context: str = "") -> Transcript:
        """The words in `pcm` (N,) float32 in -1..1 at 16 kHz. Samples that are NaN are silence.
        `context` is what was spoken about just before; "" for nothing."""
        begin = time.perf_counter()
        pcm = np.nan_to_num(pcm[-round(LONGEST * RATE) :], posinf=0.0, neginf=0.0)
        seconds = len(pcm) / RATE
        if len(pcm) < RATE // 10:
            return self._transcript(Decoded("", 1.0, 0.0, self._language), begin, 0.0)
        shortest = ONE_WORD[1] if seconds < ONE_WORD[0] else SHORTEST
        window = min(LONGEST, max(shortest, seconds + TAIL))
        mel = log_mel(pcm, 2 * int(window * RATE / HOP / 2))
        heard = self._model.encode(ctranslate2.StorageView.from_array(mel[None]))
        decoded = self._decode(heard, self._before(context) + self._prompt, seconds, self._language)
        if self._detects and seconds >= languages.LEAST_S:
            decoded = self._in_its_language(heard, decoded, seconds)
        return self._transcript(decoded, begin, window)

    def _in_its_language(
        self, heard: ctranslate2.StorageView, decoded: Decoded, seconds: float
    ) -> Decoded:
        """The same, or what was said in the language that it was really said in."""
        chances = {name[2:-2]: p for name, p in self._model.detect_language(heard)[0]}
        other = languages.suspected(chances, self._language)
        if not other:
            return decoded
        foreign = self._decode(heard, self._start(other), seconds, other)
        return foreign if languages.convinces(foreign.logprob, decoded.logprob) else decoded

    def _decode(
        self, heard: ctranslate2.StorageView, prompt: list[int], seconds: float, language: str
    ) -> Decoded:
        result = self._model.generate(
            heard,
            [prompt],
            beam_size=1,
            max_length=len(prompt) + 8 + int(seconds * TOKENS_PER_SECOND),
            no_repeat_ngram_size=NO_REPEAT,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        text = self._tokens.decode(result.sequences_ids[0], skip_special_tokens=True)
        no_speech, logprob = result.no_speech_prob, result.scores[0]
        text = without_echo(clean(text), seconds) if is_speech(no_speech, logprob) else ""
        return Decoded(text, no_speech, logprob, language)

    def _transcript(self, decoded: Decoded, begin: float, window: float) -> Transcript:
        return Transcript(
            text=decoded.text,
            no_speech=decoded.no_speech,
            avg_logprob=decoded.logprob,
            language=decoded.language,
            ms=(time.perf_counter() - begin) * 1000,
            system=self.system,
            parameters={**self.parameters, "window_s": window},
        )

    def _start(self, language: str) -> list[int]:
        """What a transcript begins with."""
        names = ["<|startoftranscript|>"]
        if self._model.is_multilingual:
            names += [f"<|{language}|>", "<|transcribe|>"]
        return [self._token(name) for name in (*names, "<|notimestamps|>")]

    def _before(self, context: str) -> list[int]:
        """What the decoder is told was said before, as tokens; the end of it counts."""
        if not context:
            return []
        tokens = self._tokens.encode(f" {context}", add_special_tokens=False).ids
        return [self._token("<|startofprev|>"), *tokens[-CONTEXT:]]

    def _token(self, name: str) -> int:
        number = self._tokens.token_to_id(name)
        if number is None:
            raise ValueError(f"this Whisper model has no token {name}; is the language right?")
        return int(number)
