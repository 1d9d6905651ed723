"""What the rows of a process have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from visavis.records.writing.rows import Json


@dataclass
class RunContext:
    """Known once `RunRows` and `DeploymentRows` have told that the process has begun, and what it
    serves."""

    resources: Callable[[], Json] = dict
    """What the machine has left just now; must cost nothing."""
    ids: dict[str, UUID] = field(default_factory=dict)
    """``run_id``, ``system_version_id``, ``deployment_id``, as far as they are known."""
    scenario: UUID | None = None
    node: str = ""
    hardware: Json = field(default_factory=dict)

    def runs_on(self, node: str, hardware: Json) -> None:
        """It runs on this node, a machine that has this."""
        self.node, self.hardware = node, hardware

    def began(self, run: UUID, version: UUID) -> None:
        """The process has: this run, of this version."""
        self.ids |= {"run_id": run, "system_version_id": version}

    def serves(self, *, deployment: UUID, scenario: UUID) -> None:
        """The run is this deployment's."""
        self.ids["deployment_id"] = deployment
        self.scenario = scenario

    def columns(self) -> dict[str, Any]:
        """Those that measures and faults share."""
        return {**self.ids, "hardware": self.hardware, "resources": self.resources()}
