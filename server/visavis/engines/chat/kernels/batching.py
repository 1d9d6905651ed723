"""Several conversations with one model at once: their tokens are evaluated together.

One thread owns the model. At each step it evaluates the next token of every answer under way and a
part of the prompts that wait; memory is read once for all of them, which is what takes the time.
"""

import codecs
import queue
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from visavis.engines.chat.backend import ChatMessages, ModelError
from visavis.engines.chat.kernels.library import Library
from visavis.engines.chat.kernels.model import AT_ONCE, Drawer, LlamaModel, TokenRow

BESIDE = 48
"""Tokens of prompts that are evaluated in one step while others are being answered: these go on
at a third of their pace or better."""


@dataclass
class _Job:
    """One request: the tokens of its prompt and of what was answered so far."""

    slot: int
    tokens: list[int]
    left: int
    """Tokens that may still be drawn."""
    drawer: Drawer
    out: "queue.SimpleQueue[str | ModelError | None]" = field(default_factory=queue.SimpleQueue)
    over: threading.Event = field(default_factory=threading.Event)
    stopped: bool = False
    answering: bool = False
    text: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )


class KernelBackend:
    """A `Backend` with the kernels of one family of processors, of the library in `folder`.

    Raises KernelError when they can't be used here, ModelError when `path` is no model.
    """

    def __init__(
        self,
        folder: str,
        family: str,
        path: str,
        *,
        cores: int,
        conversations: int,
        context: int,
    ) -> None:
        self._model = LlamaModel(
            Library(Path(folder), family),
            path,
            threads=cores,
            cells=context * conversations,
            sequences=conversations,
        )
        self._context = context
        self._held: list[list[int]] = [[] for _ in range(conversations)]
        """What each slot's cache has evaluated."""
        self._inbox: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="llama", daemon=True).start()

    def pieces(
        self, messages: ChatMessages, slot: int, max_tokens: int, temperature: float
    ) -> Generator[str, None, None]:
        """See `Backend`."""
        tokens = self._model.prompt(messages)
        if len(tokens) >= self._context:
            raise ModelError(
                f"the conversation has {len(tokens)} tokens and exceeds the model's context of "
                f"{self._context}"
            )
        left = min(max_tokens, self._context - len(tokens))
        job = _Job(slot, tokens, left, self._model.drawer(temperature))
        self._inbox.put(job)
        try:
            while (piece := job.out.get()) is not None:
                if isinstance(piece, ModelError):
                    raise piece
                yield piece
        finally:
            job.stopped = True
            job.over.wait()

    def _run(self) -> None:
        jobs: list[_Job] = []
        while True:
            while not jobs or not self._inbox.empty():
                jobs.append(self._begun(self._inbox.get()))
            try:
                if going := [job for job in jobs if not job.stopped]:
                    self._step(going)
            except Exception as error:
                for job in jobs:
                    self._forget(job.slot)
                    job.out.put(ModelError(str(error)))
                    job.stopped = True
            for job in [job for job in jobs if job.stopped]:
                jobs.remove(job)
                job.drawer.close()
                job.out.put(None)
                job.over.set()

    def _begun(self, job: _Job) -> _Job:
        """Leave in the job's cache what its prompt begins with, or take that from another."""
        shared = [_shared(held, job.tokens) for held in self._held]
        keep = shared[job.slot]
        source = max(range(len(shared)), key=shared.__getitem__)
        if shared[source] > keep and self._model.cut(job.slot, 0):
            keep = shared[source]
            self._model.share(source, job.slot, keep)
        elif keep < len(self._held[job.slot]) and not self._model.cut(job.slot, keep):
            keep = 0
        self._held[job.slot] = job.tokens[:keep]
        return job

    def _step(self, jobs: list[_Job]) -> None:
        """Evaluate once, and draw a token for each job whose prompt is through."""
        room = BESIDE if any(job.answering for job in jobs) else AT_ONCE
        rows: list[TokenRow] = []
        asking: list[tuple[_Job, int]] = []
        for job in sorted(jobs, key=lambda job: not job.answering):
            done = len(self._held[job.slot])
            part = job.tokens[done : done + 1] if job.answering else job.tokens[done : done + room]
            last = done + len(part) == len(job.tokens)
            room -= 0 if job.answering else len(part)
            for i, token in enumerate(part):
                asks = last and i == len(part) - 1
                rows.append(TokenRow(token, done + i, job.slot, asks))
            if part and last:
                asking.append((job, len(rows) - 1))
        self._model.evaluate(rows)
        for row in rows:
            self._held[row.sequence].append(row.token)
        for job, index in asking:
            self._draw(job, index)

    def _draw(self, job: _Job, row: int) -> None:
        job.answering = True
        if job.left <= 0:
            job.stopped = True
            return
        token = job.drawer.draw(row)
        if self._model.ends(token):
            job.stopped = True
            return
        job.tokens.append(token)
        job.left -= 1
        if piece := job.text.decode(self._model.written(token)):
            job.out.put(piece)
        job.stopped = job.stopped or job.left <= 0

    def _forget(self, slot: int) -> None:
        self._model.cut(slot, 0)
        self._held[slot] = []


def _shared(held: list[int], wanted: list[int]) -> int:
    """How many tokens of ``held`` a prompt can begin with; its last is always evaluated anew,
    since the next is drawn after it."""
    length = 0
    for one, other in zip(held, wanted[:-1], strict=False):
        if one != other:
            break
        length += 1
    return length
