"""The command ``visavis engines``: what is installed, and what is in force."""

import typer
from rich.markup import escape
from rich.table import Table

from visavis.commands.common import out, settings

engines = typer.Typer(help="List the engines.", no_args_is_help=True)


@engines.callback()
def _group() -> None:
    """Keeps ``list`` a command of its own."""


@engines.command("list")
def engines_list() -> None:
    """Which engines are installed, of which distribution, and which are in force."""
    from visavis.engines.listing import listed

    table = Table("kind", "engine", "from", "in force")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for one in listed(settings()):
        wrong = "broken: " if one.broken else "off: needs "
        told = escape(f"{wrong}{one.missing}") if one.missing else "yes"
        force = told if one.in_force else ""
        table.add_row(one.kind, one.name, one.origin or "the settings", force)
    out.print(table)
