"""The command ``visavis engines``: what is installed, and what is in force."""

from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table

from visavis.commands.common import out, settings

if TYPE_CHECKING:
    from visavis.settings import Settings

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
                told = escape(_told(chosen, kind, name))
            table.add_row(kind, name, registry.origin(kind, name) or "the settings", told)
    out.print(table)


def _told(chosen: "Settings", kind: str, name: str) -> str:
    """Whether one that is in force can be used."""
    from visavis.engines import loading, registry

    try:
        missing = registry.missing(kind, name)
        if kind in registry.ENGINES:
            loading.own(chosen, kind, name, registry.find(kind, name))
    except (registry.BrokenEngine, registry.UnknownEngine) as reason:
        return f"broken: {reason}"
    except loading.WrongOptions as reason:
        return f"set wrongly: {reason}"
    return f"off: needs {missing}" if missing else "yes"
