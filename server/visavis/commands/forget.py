"""The command ``visavis forget``: nothing of a person is kept any more."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from visavis.commands.common import fail, out, settings, with_database

if TYPE_CHECKING:
    from visavis.records.forgetting.report import Forgotten


def forget(
    user: Annotated[str, typer.Argument(help="Their username or user id, exactly.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Delete a person's files and blank their rows, and say what went. Can't be undone."""
    from visavis.records.files import Files
    from visavis.records.forgetting.forgetting import Forgetting
    from visavis.records.forgetting.report import InACall, NotWritten, UnknownUser
    from visavis.records.writing.runs_alive import RunsAlive

    chosen = settings()
    data = chosen.records.data
    if not chosen.database_url and not (data / "postgres").exists():
        # Otherwise one would be made for the question.
        fail(f"Nothing is kept in {data}: set VISAVIS_RECORDS__DATA to the server's folder.")
    reports: list[Forgotten] = []

    async def work(url: str) -> None:
        forgetting = Forgetting(url, Files(data), alive=RunsAlive(data).alive)
        try:
            await forgetting.find(user)
            if not yes:
                typer.confirm(
                    f"Delete every file of {user!r} and blank their rows, for good?", abort=True
                )
            reports.append(await forgetting.forget(user))
        except InACall as reason:
            fail(
                f"{reason} The server that holds it can end it itself: ask that one, "
                "POST /api/users/ID/forget."
            )
        except (UnknownUser, NotWritten) as reason:
            fail(str(reason))

    with_database(work)
    gone = reports[0]
    if not gone:
        out.print("There was nothing of theirs any more.", highlight=False)
        return
    out.print(_table(gone))
    out.print(f"{gone.files} files, {gone.bytes:,} bytes, are deleted.", highlight=False)
    if gone.missing:
        out.print(f"{gone.missing} more were gone already.", highlight=False)
    if gone.letters:
        out.print(f"{gone.letters} refused rows are overwritten.", highlight=False)
    if gone.uploaded:
        out.print(
            f"{gone.uploaded} files had been uploaded to an online service: only that can "
            "delete them.",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )


def _table(gone: "Forgotten") -> Table:
    table = Table("table", "blanked", "removed")
    for column in table.columns[1:]:
        column.justify = "right"
    for name in sorted(gone.blanked | gone.removed):
        table.add_row(name, f"{gone.blanked[name] or ''}", f"{gone.removed[name] or ''}")
    return table
