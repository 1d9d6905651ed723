"""Where and when: versions, runs, and the places that are served. A part of the recorder.

A run is one life of one component: the server, each worker process (``worker.stt``, …), and
each version of the page that callers have loaded from this server (``frontend``). The server's
run is the one that sessions, measures and faults refer to, so all of a session has one version.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.journal import Journal
from visavis.records.version import SystemVersion
from visavis.records.writer import Json, Writer, named_id


class Places(Writer):
    """Keeps what the rows of this process have in common."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.version = SystemVersion("0.0.0")
        """The code of this process, as it was at its start."""
        self.resources: Callable[[], Json] = dict
        """What the machine has left just now, for measures and faults; must cost nothing."""
        self.on_run: Callable[[UUID], object] = lambda run: None
        """Told the id of each run of this process before its row is put."""
        self._where: dict[str, UUID] = {}
        self._scenario: UUID | None = None
        self._node = ""
        self._hardware: Json = {}
        self._pages: dict[str, UUID] = {}

    def run_started(
        self, *, component: str, node: str, hardware: Json, version: SystemVersion
    ) -> UUID:
        """This process has begun. Must come first: what follows refers to it."""
        self.version, self._node, self._hardware = version, node, hardware
        version_id = self._version(version)
        run = self._run(component, version_id)
        self._where |= {"run_id": run, "system_version_id": version_id}
        return run

    def component_started(self, component: str, version: SystemVersion | None = None) -> UUID:
        """Another component has begun its life, with ``version``'s code (None: this process's)."""
        return self._run(component, self._version(version or self.version))

    def component_is(self, run: UUID, version: SystemVersion) -> None:
        """The code of a component's life turns out to be of another version."""
        self._put("run", id=run, system_version_id=self._version(version))

    def component_ended(self, run: UUID) -> None:
        """Its life is over."""
        self._put("run", id=run, ended=self._now())

    def page_loaded(self, version: SystemVersion) -> UUID:
        """A caller's page of ``version``: its run, one for each version in this server's life."""
        label = str(version)
        if label not in self._pages:
            self._pages[label] = self.component_started("frontend", version)
        return self._pages[label]

    def deployed(
        self, *, name: str, kind: str, configuration: Json, profile: Json | None = None
    ) -> UUID:
        """Which deployment this run serves, and of which type. Must come before any session.

        ``configuration`` is all that is in force, ``profile`` what the type sets; neither may
        hold a secret. The scenario is this deployment under this configuration and version.
        """
        kind_id = named_id("deployment_type", kind)
        self._put("deployment_type", id=kind_id, descriptor=kind, configuration=dict(profile or {}))
        deployment = named_id("deployment", name)
        self._put(
            "deployment",
            id=deployment,
            name=name,
            deployment_type_id=kind_id,
            configuration=configuration,
        )
        self._where["deployment_id"] = deployment
        version_id = self._where["system_version_id"]
        told = json.dumps(configuration, sort_keys=True, default=str)
        configured = hashlib.sha256(told.encode()).hexdigest()
        self._scenario = named_id("scenario", name, kind, str(version_id), configured)
        self._put(
            "scenario",
            id=self._scenario,
            scenario=f"{name} {configured[:8]}",
            configuration=configuration,
            deployment_type_id=kind_id,
            deployment_id=deployment,
            system_version_id=version_id,
        )
        return deployment

    def _version(self, version: SystemVersion) -> UUID:
        commit, modified = version.git_hash, version.modified
        row = named_id("system_version", version.version, commit or "", str(modified))
        self._put(
            "system_version",
            id=row,
            version=version.version,
            git_hash=commit,
            modified=modified,
        )
        return row

    def _run(self, component: str, version: UUID) -> UUID:
        row = uuid7()
        self.on_run(row)
        self._put(
            "run",
            id=row,
            started=self._now(),
            component=component,
            node=self._node,
            hardware=self._hardware,
            system_version_id=version,
        )
        return row

    def _around(self) -> dict[str, Any]:
        """The columns that measures and faults share."""
        return {**self._where, "hardware": self._hardware, "resources": self.resources()}
