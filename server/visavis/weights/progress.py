"""How far a fetch is, for whoever watches."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)


class Watcher(Protocol):
    """Is told how a fetch goes."""

    def at(self, label: str, done: int, total: int) -> None:
        """`done` of `total` bytes of the file `label` are here."""

    def note(self, text: str) -> None:
        """Something worth a line: a source that is away, bytes that were refused."""


class Silent:
    """Watches nothing."""

    def at(self, label: str, done: int, total: int) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""


class Bars:
    """A bar for each file on a terminal; where there is none, a line for each file."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def at(self, label: str, done: int, total: int) -> None:
        """Move the file's bar."""
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=total)
            if not self._console.is_terminal:
                self.note(f"Fetching {label}, {total / 1e6:,.1f} MB")
        self._bars.update(self._tasks[label], completed=done)

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(text, highlight=False, soft_wrap=True)
