"""The command ``visavis persona``: make one, look one over, list those that there are."""

import json
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.table import Table

from visavis.commands.common import fail, out, settings

persona = typer.Typer(help="Make, check and list personas.", no_args_is_help=True)


@persona.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="Where: its last part is the persona's name.")],
    extends: Annotated[
        str, typer.Option(help="The persona whose voice, face and rules it has, until changed.")
    ] = "iris",
) -> None:
    """Make a folder with a persona that works at once, with a comment on each key."""
    from visavis.personas.finding import PersonaError
    from visavis.personas.making import make

    path = str(folder) if folder.is_absolute() else f"./{folder}"
    if not path.isprintable():
        fail(f"The folder {path!r} has signs in its name that can't be printed: choose another.")
    try:
        make(folder, extends)
    except PersonaError as reason:
        fail(str(reason))
    quoted = quote(path)
    in_toml = f"'{path}'" if "'" not in path else json.dumps(path, ensure_ascii=False)
    for line in (
        f"{folder.name} is in {path}: persona.toml and lore.md, with a comment on each key.",
        f"Serve with VISAVIS_PERSONA={quoted}, or persona = {in_toml} in visavis.toml.",
        f"After a change: visavis persona check {quoted}",
    ):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@persona.command("check")
def check(
    named: Annotated[
        str | None,
        typer.Argument(metavar="[FOLDER|NAME]", help="None: the one that the settings name."),
    ] = None,
) -> None:
    """Say in plain words all that is wrong with a persona. Exit code 1 if anything is."""
    from visavis.node.persona_check import problems
    from visavis.personas.finding import PersonaError

    chosen = settings()
    wanted = named or chosen.persona
    try:
        told = problems(wanted, chosen)
    except PersonaError as reason:
        fail(str(reason))
    for line in told:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if told:
        raise typer.Exit(1)
    out.print(f"Nothing is wrong with {wanted}.", markup=False, highlight=False, soft_wrap=True)


@persona.command("list")
def personas() -> None:
    """Which personas there are, where each is from, and which is in force."""
    from visavis.personas.persona import summaries

    chosen = settings().persona
    told, refused = summaries(chosen)
    table = Table("persona", "name", "from", "in force")
    table.columns[0].no_wrap = True
    for one in told:
        table.add_row(
            one["name"], one["display_name"], one["from"], "yes" if one["in_force"] else ""
        )
    out.print(table)
    for reason in refused:
        out.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
