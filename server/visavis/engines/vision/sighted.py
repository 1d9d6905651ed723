"""What an engine of vision returns."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sighted:
    """``description``: whole sentences; ``details``: the measures behind them, for JSON."""

    description: str
    details: dict[str, Any] = field(default_factory=dict)
