"""How fast models are on this machine; kept beside the weights, so that it is measured once."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SIX_MS = 600.0
"""A model that is fast enough has its first token and five more within this, behind a cached
prompt: that is a first clause."""
TOKENS_S = 8.0
"""And writes so many tokens a second: twice what people listen to (three words a second), for half
of the machine draws and speaks meanwhile."""


@dataclass(frozen=True)
class Measure:
    """Medians of several short answers behind a cached prompt."""

    first_ms: float
    """To the first token."""
    six_ms: float
    """To the sixth."""
    tokens_s: float
    quiet: bool = True
    """Whether nothing else ran: else it is measured again at the next set-up."""

    @property
    def fits(self) -> bool:
        """Whether a conversation can be held so."""
        return self.six_ms <= SIX_MS and self.tokens_s >= TOKENS_S

    def __str__(self) -> str:
        return (
            f"first token after {self.first_ms:.0f} ms, six within {self.six_ms:.0f} ms, "
            f"{self.tokens_s:.0f} tokens a second"
            + ("" if self.quiet else " (measured while other programs ran)")
        )


class Measures:
    """The measures in a folder of weights."""

    def __init__(self, folder: Path) -> None:
        self._path = folder.expanduser() / "measured.json"

    def get(self, key: str) -> Measure | None:
        """What was measured under ``key``; None, too, when it can't be read."""
        try:
            return Measure(**self._read()[key])
        except (KeyError, TypeError):
            return None

    def keep(self, key: str, measure: Measure) -> None:
        """Keep a measure. Raises OSError."""
        text = json.dumps({**self._read(), key: asdict(measure)}, indent=1)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        part.write_text(text + "\n")
        part.replace(self._path)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
