"""The command ``visavis engines``: what is installed, and what is in force."""

import typer
from rich.markup import escape
from rich.table import Table

from visavis.commands.common import fail, out, settings

engines = typer.Typer(help="List the engines.", no_args_is_help=True)


@engines.callback()
def _group() -> None:
    """Keeps ``list`` a command of its own."""


@engines.command("list")
def engines_list() -> None:
    """Which engines are installed, of which distribution, and which are in force."""
    from visavis.engines import loading, registry

    chosen = settings()
    table = Table("kind", "engine", "from", "in force")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for kind in registry.KINDS:
        force = loading.table(chosen, kind).chosen
        names = registry.names(kind)
        for name in names if force in (*names, registry.OFF) else [*names, force]:
            try:
                missing = registry.find(kind, name).missing() if name == force else ""
            except registry.BrokenEngine as reason:
                fail(str(reason))
            told = escape(f"off: needs {missing}") if missing else "yes"
            origin = registry.origin(kind, name) or "the settings"
            table.add_row(kind, name, origin, told if name == force else "")
    out.print(table)
