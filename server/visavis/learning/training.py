"""Training a person's model: which takes, in a process of its own, with rows that can be repeated.

A run says how its takes were chosen, which they were (``examples_hash``), and with which trainer
and seed; the same again gives the same artefact. One training at a time for a person and modality,
on all nodes: an advisory lock in the database is held meanwhile.
"""

import asyncio
import hashlib
import multiprocessing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any, Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.learning import registry
from visavis.learning.errors import LearningError
from visavis.learning.examples import ENCODINGS, Modality
from visavis.learning.trainers import TRAINERS
from visavis.learning.work import TakeFile, train
from visavis.records.files import Files
from visavis.records.reading.reader import Reader

State = Literal["training", "done", "refused", "cancelled", "failed"]
MOST_REMEMBERED = 200
LONGEST_S = 1_800.0


@dataclass
class Training:
    """One run, as it is shown."""

    run: UUID
    user_id: str
    modality: Modality
    trainer: str
    progress: float = 0.0
    state: State = "training"
    message: str = ""
    model: UUID | None = None
    metrics: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "run_id": str(self.run),
            "user_id": self.user_id,
            "modality": self.modality,
            "trainer": self.trainer,
            "progress": round(self.progress, 3),
            "state": self.state,
            "message": self.message,
            "model_id": str(self.model) if self.model else None,
            "metrics": self.metrics,
        }


def examples_hash(ids: Sequence[str]) -> str:
    """The fingerprint of a set of examples: of their sorted ids."""
    return f"sha256:{hashlib.sha256(chr(10).join(sorted(ids)).encode()).hexdigest()}"


class Trainings:
    """Those of this process."""

    def __init__(
        self,
        reader: Reader,
        files: Files,
        on_fault: Callable[[str, str], object],
        on_activated: Callable[[str], Awaitable[object]] | None = None,
    ) -> None:
        """`on_activated(user_id)`: a model that was trained here serves this person now."""
        self._reader = reader
        self._files = files
        self._on_fault = on_fault
        self._on_activated = on_activated
        self._known: dict[UUID, Training] = {}
        self._running: dict[UUID, asyncio.Task[None]] = {}

    def all(self, user_id: str | None = None) -> list[Training]:
        """The latest ones, the newest first."""
        known = [*self._known.values()][::-1]
        return [one for one in known if user_id in (None, one.user_id)]

    def get(self, run: UUID) -> Training | None:
        """One of them."""
        return self._known.get(run)

    def begin(
        self,
        user_id: str,
        modality: Modality,
        trainer: str,
        *,
        seed: int = 0,
        statuses: Sequence[str] = ("confirmed", "corrected"),
        activate: bool = False,
    ) -> Training:
        """Start a training and return at once. Raises `LearningError`."""
        if trainer not in TRAINERS:
            raise LearningError(
                "trainer", f"There is no trainer {trainer!r}: {', '.join(TRAINERS)}."
            )
        for one in self._known.values():
            if (one.user_id, one.modality, one.state) == (user_id, modality, "training"):
                raise LearningError("user", BUSY)
        training = Training(uuid7(), user_id, modality, trainer)
        self._known[training.run] = training
        while len(self._known) > MOST_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        task = asyncio.create_task(self._run(training, seed, tuple(statuses), activate))
        self._running[training.run] = task
        task.add_done_callback(lambda _: self._running.pop(training.run, None))
        return training

    async def finished(self, run: UUID) -> None:
        """Wait for a training's end."""
        if (task := self._running.get(run)) is not None:
            await asyncio.wait([task])

    def cancel(self, run: UUID) -> bool:
        """Stop a training; False when it isn't running."""
        task = self._running.get(run)
        return task is not None and task.cancel()

    async def close(self) -> None:
        """Stop them all."""
        tasks = [*self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(
        self, training: Training, seed: int, statuses: tuple[str, ...], activate: bool
    ) -> None:
        try:
            async with asyncio.timeout(LONGEST_S):
                await self._locked(training, seed, statuses, activate)
            training.state, training.progress = "done", 1.0
        except LearningError as reason:
            training.state, training.message = "refused", str(reason)
        except asyncio.CancelledError:
            training.state, training.message = "cancelled", "The training was stopped."
        except Exception as error:
            training.state = "failed"
            training.message = "The training failed; nothing was changed."
            self._on_fault("training_failed", f"{type(error).__name__}: {error}")

    async def _locked(
        self, training: Training, seed: int, statuses: tuple[str, ...], activate: bool
    ) -> None:
        key = f"training {training.user_id} {training.modality}"
        async with self._reader.apart() as connection:
            # The lock is the connection's and ends with it; a transaction would stay open as long.
            free = await connection.fetchval(
                "select pg_try_advisory_lock(hashtextextended($1, 0))", key
            )
            if not free:
                raise LearningError("user", BUSY)
            await self._train(training, seed, statuses, activate)

    async def _train(
        self, training: Training, seed: int, statuses: tuple[str, ...], activate: bool
    ) -> None:
        takes = await self._takes(training, statuses)
        ids = [take.id for take in takes]
        await self._reader.rows(
            "insert into training_runs (run_id, user_id, modality, dataset_query, example_count, "
            "examples_hash, started_at, parameters) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            training.run,
            training.user_id,
            training.modality,
            {
                "user_id": training.user_id,
                "modality": training.modality,
                "label_status": list(statuses),
                "encoding": ENCODINGS[training.modality],
                "example_ids": ids,
            },
            len(ids),
            examples_hash(ids),
            datetime.now(UTC),
            {"trainer": training.trainer, "seed": seed},
        )
        ended: dict[str, Any] = {"state": "stopped"}
        try:
            artefact, encoding, metrics = await _elsewhere(training, takes, seed)
            await self._still_there(training, ids)
            ended = metrics
            training.metrics = metrics
            training.model = await registry.add(
                self._reader,
                self._files,
                user_id=training.user_id,
                modality=training.modality,
                trainer=training.trainer,
                encoding=encoding,
                artefact=artefact,
            )
        except LearningError as reason:
            ended = {"state": "refused", "reason": str(reason)}
            raise
        finally:
            await asyncio.shield(self._end(training, ended))
        if activate:
            await registry.activate(self._reader, self._files, training.user_id, training.model)
            if self._on_activated is not None:
                await self._on_activated(training.user_id)

    async def _takes(self, training: Training, statuses: tuple[str, ...]) -> list[TakeFile]:
        rows = await self._reader.rows(
            "select example_id::text as id, label, features_uri from training_examples "
            "where user_id = $1 and modality = $2 and label_status = any($3) and encoding = $4 "
            "and features_uri is not null order by example_id",
            training.user_id,
            training.modality,
            list(statuses),
            ENCODINGS[training.modality],
        )
        waiting = 0 if "unconfirmed" in statuses else await self._unchecked(training)
        if waiting and len({row["label"] for row in rows}) < 2:
            raise LearningError(
                "takes",
                "There are no takes to learn from yet of two different signs that somebody has "
                f"checked; {waiting} wait for that. Check them, or learn from them as they are.",
            )
        if not rows:
            raise LearningError("user", "There are no takes to learn from yet; record some first.")
        return [
            TakeFile(
                row["id"],
                row["label"],
                str(self._files.path(row["features_uri"])),
                training.modality,
            )
            for row in rows
        ]

    async def _unchecked(self, training: Training) -> int:
        """Takes that nobody has confirmed yet."""
        rows = await self._reader.rows(
            "select count(*) as n from training_examples where user_id = $1 and modality = $2 "
            "and label_status = 'unconfirmed'",
            training.user_id,
            training.modality,
        )
        return int(rows[0]["n"])

    async def _still_there(self, training: Training, ids: list[str]) -> None:
        """Whoever was forgotten meanwhile leaves nothing behind. Raises `LearningError`."""
        rows = await self._reader.rows(
            "select count(*) as n from training_examples where user_id = $1 "
            "and example_id = any($2)",
            training.user_id,
            [UUID(one) for one in ids],
        )
        if rows[0]["n"] != len(ids):
            raise LearningError(
                "user", "Takes were removed while this was being learnt, so it was thrown away."
            )

    async def _end(self, training: Training, metrics: dict[str, Any]) -> None:
        await self._reader.rows(
            "update training_runs set finished_at = $2, metrics = $3, model_id = $4 "
            "where run_id = $1",
            training.run,
            datetime.now(UTC),
            metrics,
            training.model,
        )


BUSY = "A training for this person is going on already; wait for it or stop it."


async def _elsewhere(
    training: Training, takes: Sequence[TakeFile], seed: int
) -> tuple[bytes, str, dict[str, Any]]:
    """In a process of its own, which ends with this coroutine. Raises `LearningError`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=train, args=(theirs, list(takes), training.trainer, seed), daemon=True
    )
    await asyncio.to_thread(process.start)
    theirs.close()
    try:
        while True:
            said = await _next(ours)
            match said:
                case ("progress", done):
                    training.progress = float(done)
                case ("made", artefact, encoding, metrics):
                    return artefact, encoding, metrics
                case ("refused", reason):
                    raise LearningError("takes", str(reason))
                case ("failed", reason):
                    raise RuntimeError(reason)
                case _:
                    raise RuntimeError("the process that trained ended without a word")
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        ours.close()


async def _next(pipe: Connection) -> Any:
    """What the process says next; None when it has ended."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(pipe.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(pipe.fileno())
    try:
        return await asyncio.to_thread(pipe.recv)
    except (EOFError, OSError):
        return None
