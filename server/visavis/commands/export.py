"""The command ``visavis export``: what was kept, as Parquet, for training and evaluation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.commands.common import fail, out, settings, with_database

if TYPE_CHECKING:
    from visavis.records.exporting.export import Exported

_SHOWN = 20


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; new, or empty.")],
    since: Annotated[datetime | None, typer.Option(help="From this day or moment on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this day or moment, UTC.")] = None,
    user: Annotated[str | None, typer.Option(help="Of this user only; name or id.")] = None,
    judged_only: Annotated[
        bool, typer.Option("--judged-only/--all", help="Judged turns, or every turn.")
    ] = True,
    media: Annotated[
        bool, typer.Option("--media/--no-media", help="Copy the sound, video and features too.")
    ] = True,
) -> None:
    """Write turns, judgements, examples and features as Parquet files, with their media.

    Exit code 0 also when media are missing or changed: they are named and counted.
    """
    from visavis.records.exporting.export import FolderNotEmpty, Selection
    from visavis.records.exporting.export import export as write
    from visavis.records.files import Files

    chosen = settings()
    data = chosen.records.data
    if not chosen.database_url and not (data / "postgres").exists():
        # Otherwise one would be made for the question.
        fail(f"Nothing is kept in {data}: set VISAVIS_RECORDS__DATA to the server's folder.")
    wanted = Selection(_utc(since), _utc(until), user, judged_only, media)
    done: list[Exported] = []

    async def work(url: str) -> None:
        try:
            done.append(await write(url, Files(data), folder.absolute(), wanted))
        except FolderNotEmpty as reason:
            fail(str(reason))
        except (ConnectionError, TimeoutError):
            raise
        except OSError as reason:
            fail(f"{folder} can't be written: {reason}")

    with_database(work)
    _tell(folder, done[0])


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)


def _tell(folder: Path, done: "Exported") -> None:
    for name, count in done.rows.items():
        out.print(f"{count:>9} {name}", highlight=False)
    told = ", ".join(f"{count} {status}" for status, count in sorted(done.files.items()))
    if told:
        out.print(f"Media: {told}; {done.bytes / 1e6:.1f} MB.", highlight=False)
    for name in done.wrong[:_SHOWN]:
        out.print(f"  {name}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if len(done.wrong) > _SHOWN:
        out.print("  More are in media.parquet.", style="yellow", highlight=False)
    out.print(f"Written to {folder}.", highlight=False, soft_wrap=True)
