"""What came of a run: the document that `visavis evaluate --json` writes and reads again."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from visavis.evaluate.scenario import ScenarioError
from visavis.inputs import Refused, parse_json

VERSION = 1
PARTS = 1_000_000
"""Values in a file of results, at most."""


@dataclass
class TurnResult:
    """One turn of the caller's. Times in ms."""

    said: str
    kind: str
    """"text" or "speech"."""
    heard: str = ""
    """What it was taken for."""
    turns: int = 0
    """In how many turns it was taken; 0: in none."""
    answer: str = ""
    by: str = ""
    """What answered, where that is known."""
    filler: str = ""
    """What she said to fill the wait, no part of the answer; unknown through a call."""
    filler_ms: float | None = None
    """To it."""
    first_ms: float | None = None
    """To her answer's first sound, or where nothing sounds to its first words."""
    whole_ms: float | None = None
    """To its end."""
    voice: str | None = None
    """What became of her voice when she was spoken over: "stops" or "goes on"."""
    failures: list[str] = field(default_factory=list)


@dataclass
class ScenarioResult:
    """One scenario, once."""

    name: str
    source: str = ""
    about: str = ""
    tags: list[str] = field(default_factory=list)
    good: str = ""
    repeat: int = 1
    """The how-manyth run of it."""
    steps: list[TurnResult] = field(default_factory=list)
    ended: bool = False
    """She ended the call."""
    session: str | None = None
    """Its rows in the records."""
    failures: list[str] = field(default_factory=list)
    """Of the whole."""
    faults: list[str] = field(default_factory=list)
    """What the server told; no failure by itself."""
    skipped: str = ""
    """Why it couldn't be run."""
    busy: bool = False
    """The server had no line for it."""
    grade: int | None = None
    """A judge model's: 0, 1 or 2."""
    reason: str = ""

    @property
    def wrong(self) -> list[str]:
        """All that failed, in sentences."""
        many = len(self.steps) > 1
        found = [
            f"turn {number}: {told}" if many else told
            for number, step in enumerate(self.steps, start=1)
            for told in step.failures
        ]
        return [*found, *self.failures]

    @property
    def outcome(self) -> str:
        """ "passed", "failed" or "skipped"."""
        if self.skipped:
            return "skipped"
        return "failed" if self.wrong else "passed"


@dataclass
class RunResult:
    """All that was run at once."""

    how: str
    """"call", "typed" or "no call"."""
    url: str = ""
    persona: str = ""
    chat: str = ""
    """The language model, where that is known."""
    visavis: str = ""
    """The version that ran the scenarios."""
    made: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    version: int = VERSION
    scenarios: list[ScenarioResult] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many."""
        return self._count("failed")

    @property
    def passed(self) -> int:
        """How many."""
        return self._count("passed")

    @property
    def skipped(self) -> int:
        """How many."""
        return self._count("skipped")

    def _count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.scenarios)

    def document(self) -> dict[str, Any]:
        """Plain tables and lists."""
        plain = asdict(self)
        for one, told in zip(self.scenarios, plain["scenarios"], strict=True):
            told["outcome"] = one.outcome
        return plain


def first_ms(results: Sequence[ScenarioResult]) -> list[float]:
    """All that are known."""
    return sorted(_first(results))


def _first(results: Sequence[ScenarioResult]) -> Iterator[float]:
    for one in results:
        yield from (step.first_ms for step in one.steps if step.first_ms is not None)


def read(path: Path) -> RunResult:
    """An earlier run. Raises ScenarioError."""
    try:
        found = parse_json(path.read_text("utf-8"), parts=PARTS)
        if not isinstance(found, dict) or found.get("version") != VERSION:
            raise ScenarioError(
                f"{path} is no run of version {VERSION}; make one with `visavis evaluate --json`"
            )
        return RunResult(**{**found, "scenarios": [_scenario(one) for one in found["scenarios"]]})
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except (ValueError, Refused, TypeError, KeyError, AttributeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise ScenarioError(f"{path} can't be read as an earlier run ({told})") from error


def _scenario(plain: dict[str, Any]) -> ScenarioResult:
    known = {key: value for key, value in plain.items() if key != "outcome"}
    return ScenarioResult(**{**known, "steps": [TurnResult(**one) for one in plain["steps"]]})


def write(run: RunResult, path: Path) -> None:
    """As JSON."""
    path.write_text(json.dumps(run.document(), indent=1, ensure_ascii=False) + "\n", "utf-8")
