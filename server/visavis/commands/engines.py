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
        force = loading.in_force(chosen, kind)
        names = registry.names(kind)
        for name in [*names, *(name for name in force if name not in names)]:
            told = ""
            if name in force:
                try:
                    missing = registry.missing(kind, name)
                except (registry.BrokenEngine, registry.UnknownEngine) as reason:
                    fail(str(reason))
                told = escape(f"off: needs {missing}") if missing else "yes"
            table.add_row(kind, name, registry.origin(kind, name) or "the settings", told)
    out.print(table)
