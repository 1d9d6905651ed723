"""`visavis train`: learn a person's signs from the takes that are kept."""

import asyncio
from typing import Annotated

import typer

from visavis.commands.common import fail, out, settings, with_database
from visavis.engines import registry
from visavis.learning.errors import LearningError

WAIT_S = 0.2


def train(
    user: Annotated[str, typer.Argument(help="Whose signs: their username or user id.")],
    modality: Annotated[str, typer.Option(help="gesture or audio.")] = "gesture",
    trainer: Annotated[
        str, typer.Option(help=f"{', '.join(registry.names('trainers'))}.")
    ] = "baseline_knn",
    seed: Annotated[int, typer.Option(help="The same seed and takes give the same model.")] = 0,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Learn from takes that nobody confirmed, too.")
    ] = False,
    activate: Annotated[
        bool, typer.Option("--activate", help="Let the new model serve at once.")
    ] = False,
) -> None:
    """Learn a person's signs from their takes, and say how well that went."""
    if modality not in ("gesture", "audio"):
        fail(f"--modality: {modality!r} is neither gesture nor audio.", 2)

    async def work(url: str) -> None:
        from visavis.learning.training import Trainings
        from visavis.records.files import Files
        from visavis.records.reading.reader import Reader

        def told(kind: str, description: str) -> None:
            out.print(f"{kind}: {description}", style="red", markup=False)

        reader = Reader(url)
        trainings = Trainings(reader, Files(settings().records.data), told)
        try:
            person = await reader.row(
                "select user_id from users where user_id = $1 or username = $1", user
            )
            if person is None:
                raise LearningError("user", f"Nobody called {user!r} is known here.")
            statuses = ("confirmed", "corrected", *(("unconfirmed",) if unconfirmed else ()))
            one = trainings.begin(
                person["user_id"],
                "gesture" if modality == "gesture" else "audio",
                trainer,
                seed=seed,
                statuses=statuses,
                activate=activate,
            )
            with typer.progressbar(length=100, label="Learning") as bar:
                shown = 0
                while one.state == "training":
                    await asyncio.sleep(WAIT_S)
                    bar.update(int(100 * one.progress) - shown)
                    shown = int(100 * one.progress)
        finally:
            await trainings.close()
            await reader.close()
        if one.state != "done":
            raise LearningError("training", one.message)
        share = one.metrics.get("accuracy")
        told_share = "too few takes to say" if share is None else f"{100 * share:.0f} % right"
        serving = "; it serves now" if activate else ""
        out.print(f"Model {one.model}: {told_share} when tried on takes left out{serving}.")

    try:
        with_database(work)
    except LearningError as reason:
        fail(str(reason))
