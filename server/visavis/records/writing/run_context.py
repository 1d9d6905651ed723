"""What the rows of a process have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from visavis.records.writing.rows import Json


@dataclass
class RunContextRows:
    """Filled in by `Run` and `Deployment` as a process begins."""

    resources: Callable[[], Json] = dict
    """What the machine has left just now; must cost nothing."""
    ids: dict[str, UUID] = field(default_factory=dict)
    """``run_id``, ``system_version_id``, ``deployment_id``, as far as they are known."""
    scenario: UUID | None = None
    node: str = ""
    hardware: Json = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """Those that measures and faults share."""
        return {**self.ids, "hardware": self.hardware, "resources": self.resources()}
