"""What commands share: the settings, a database to work with, and an end in plain words."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from visavis.deployments.profile import ProfileError, check_engines
from visavis.settings import Settings

if TYPE_CHECKING:
    from visavis.engines.base import Context

out, err = Console(emoji=False), Console(stderr=True, emoji=False)


def fail(message: str, code: int = 1) -> NoReturn:
    """End with a sentence, never with a stack trace."""
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def settings(**given: object) -> Settings:
    """The settings in force, ``given`` ones above all others; a wrong one is named."""
    try:
        chosen = Settings(**given)  # type: ignore[arg-type]  # every field has a default
        check_engines(chosen)
    except ProfileError as reason:
        fail(str(reason), 2)
    except SettingsError as reason:
        fail(f'A setting is wrong: {reason}. A list is written as JSON: \'["a", "b"]\'.', 2)
    except ValidationError as wrong:
        lines = (
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in wrong.errors()
        )
        fail("A setting is wrong:\n" + "\n".join(lines), 2)
    return chosen


def with_database(work: Callable[[str], Awaitable[None]]) -> None:
    """Do ``work`` with the database in use, started for it if it is our own and not running."""
    from visavis.records.postgres.cluster import PostgresError
    from visavis.records.postgres.embedded import EmbeddedPostgres, running_url

    chosen = settings()

    async def run() -> None:
        folder = chosen.records.data / "postgres"
        url = chosen.database_url or running_url(folder)
        if url:
            await work(url)
            return
        embedded = EmbeddedPostgres(folder)
        try:
            await work(await embedded.start())
        finally:
            await embedded.stop()

    try:
        asyncio.run(run())
    except (PostgresError, OSError) as reason:
        fail(f"The database can't be reached: {reason}")


def require_engines(chosen: Settings, kinds: Sequence[str]) -> None:
    """End with a sentence if an engine in force can't be used as it is set. Loads nothing."""
    from visavis.engines import loading, registry

    for kind in kinds:
        for name in loading.in_force(chosen, kind):
            with in_words(kind, name):
                if not registry.missing(kind, name):
                    loading.own(chosen, kind, name, registry.find(kind, name))


async def loaded(kind: str, context: "Context") -> Any:
    """As `loading.load`; what goes wrong ends the command with a sentence."""
    from visavis.engines import loading

    with in_words(kind, loading.table(context.settings, kind).chosen):
        return await loading.load(kind, context)


@contextmanager
def in_words(kind: str, name: str) -> Iterator[None]:
    """End with a sentence for whatever an engine, which may be anybody's, raises."""
    from visavis.engines.lipsync.picture import PictureTooLarge
    from visavis.engines.loading import WrongOptions
    from visavis.engines.registry import BrokenEngine, UnknownEngine
    from visavis.weights.store import MissingWeight, UnknownWeight

    remedy = f"Mend it, choose another {kind} engine in the settings, or turn it off."
    try:
        yield
    except (BrokenEngine, UnknownEngine) as reason:
        fail(f"{reason}. {remedy}")
    except WrongOptions as reason:
        fail(f"A setting is wrong: {reason} Set it, or choose another {kind} engine.")
    except (MissingWeight, UnknownWeight, PictureTooLarge) as reason:
        fail(str(reason))
    except (Exception, SystemExit) as error:
        fail(f"The {kind} engine {name!r} failed: {type(error).__name__}: {error}. {remedy}")
