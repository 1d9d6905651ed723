"""The place that is served: ``deployment_type``, ``deployment``, ``scenario``."""

import hashlib
import json
from uuid import UUID

from visavis.records.ids import named_id
from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run_context import RunContext


class DeploymentRows:
    """The deployment of this process."""

    def __init__(self, rows: TableRows, context: RunContext) -> None:
        self._rows = rows
        self._context = context

    def add(
        self, *, name: str, kind: str, configuration: Json, profile: Json | None = None
    ) -> UUID:
        """Which deployment this run serves, and of which type. Must come before any session.

        ``configuration`` is all that is in force, ``profile`` what the type sets; neither may
        hold a secret. The scenario is this deployment under this configuration and version.
        """
        kind_id = named_id("deployment_type", kind)
        self._rows.put(
            "deployment_type", id=kind_id, descriptor=kind, configuration=dict(profile or {})
        )
        deployment = named_id("deployment", name)
        self._rows.put(
            "deployment",
            id=deployment,
            name=name,
            deployment_type_id=kind_id,
            configuration=configuration,
        )
        version = self._context.ids["system_version_id"]
        told = json.dumps(configuration, sort_keys=True, default=str)
        configured = hashlib.sha256(told.encode()).hexdigest()
        scenario = named_id("scenario", name, kind, str(version), configured)
        self._rows.put(
            "scenario",
            id=scenario,
            scenario=f"{name} {configured[:8]}",
            configuration=configuration,
            deployment_type_id=kind_id,
            deployment_id=deployment,
            system_version_id=version,
        )
        self._context.serves(deployment=deployment, scenario=scenario)
        return deployment
