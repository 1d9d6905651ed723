"""Lives of components, and the code that they run: ``run``, ``system_version``.

A run is one life of one component: the server, each worker process (``worker.stt``, …), and
each version of the page that callers have loaded from this server (``frontend``). The server's
run is the one that sessions, measures and faults refer to, so all of a session has one version.
"""

from collections.abc import Callable
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.ids import named_id
from visavis.records.version import SystemVersion
from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run_context import RunContext


class RunRows:
    """``on_run`` is told the id of each run of this process before its row is put."""

    def __init__(
        self, rows: TableRows, context: RunContext, on_run: Callable[[UUID], object]
    ) -> None:
        self.version = SystemVersion("0.0.0")
        """The code of this process, as it was at its start."""
        self._rows = rows
        self._context = context
        self._on_run = on_run
        self._pages: dict[str, UUID] = {}

    def started(self, *, component: str, node: str, hardware: Json, version: SystemVersion) -> UUID:
        """This process has begun. Must come first: what follows refers to it."""
        self.version = version
        self._context.runs_on(node, hardware)
        version_id = self._version(version)
        run = self._run(component, version_id)
        self._context.began(run, version_id)
        return run

    def finished(self) -> None:
        """This process is about to end, and with it the pages' runs."""
        for run in (*self._pages.values(), self._context.ids["run_id"]):
            self.ended(run)

    def began(self, component: str, version: SystemVersion | None = None) -> UUID:
        """Another component has begun its life, with ``version``'s code (None: this process's)."""
        return self._run(component, self._version(version or self.version))

    def is_of(self, run: UUID, version: SystemVersion) -> None:
        """The code of a component's life turns out to be of another version."""
        self._rows.put("run", id=run, system_version_id=self._version(version))

    def ended(self, run: UUID) -> None:
        """A component's life is over."""
        self._rows.put("run", id=run, ended=self._rows.now())

    def page_loaded(self, version: SystemVersion) -> UUID:
        """A caller's page of ``version``: its run, one for each version in this server's life."""
        label = str(version)
        if label not in self._pages:
            self._pages[label] = self.began("frontend", version)
        return self._pages[label]

    def _version(self, version: SystemVersion) -> UUID:
        commit, modified = version.git_hash, version.modified
        row = named_id("system_version", version.version, commit or "", str(modified))
        self._rows.put(
            "system_version",
            id=row,
            version=version.version,
            git_hash=commit,
            modified=modified,
        )
        return row

    def _run(self, component: str, version: UUID) -> UUID:
        row = uuid7()
        self._on_run(row)
        self._rows.put(
            "run",
            id=row,
            started=self._rows.now(),
            component=component,
            node=self._context.node,
            hardware=self._context.hardware,
            system_version_id=version,
        )
        return row
