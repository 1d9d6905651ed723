"""The command `visavis files`: whether what is on the disk is what the rows say."""

from typing import Annotated

import typer

from visavis.commands.common import fail, out, settings, with_database

files = typer.Typer(help="Check the kept files against their rows.", no_args_is_help=True)


@files.callback()
def root() -> None:
    """Keeps ``check`` a command of its own while it is the only one."""


@files.command("check")
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove files that no row names, once listed.")
    ] = False,
) -> None:
    """Hash every file; name what is unfinished, changed, or has no row or no file."""
    from visavis.records import checking
    from visavis.records.journal.segments import in_use

    chosen = settings()
    data = chosen.records.data
    found: list[checking.RecordProblem] = []

    async def work(url: str) -> None:
        found.extend(await checking.check(data, url, served=in_use(data / "journal")))

    if not chosen.database_url and not (data / "postgres").exists():
        # Otherwise one would be made for the question.
        fail(f"Nothing is kept in {data}: set VISAVIS_RECORDS__DATA to the server's folder.")
    with_database(work)
    for problem in found:
        out.print(
            f"{problem.kind}: {problem.uri} ({problem.detail})",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    removed = checking.remove(data, found) if repair else 0
    if removed:
        out.print(f"{removed} files removed that no row names.", highlight=False)
    if not found:
        out.print("Every file is as its row says.", highlight=False)
    if len(found) > removed:
        raise typer.Exit(1)
