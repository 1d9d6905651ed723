"""How long things took: ``performance_log``."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run_context import RunContext


class PerformanceLogRows:
    """Methods put rows, return at once and never raise."""

    def __init__(self, rows: TableRows, context: RunContext) -> None:
        self._rows = rows
        self._context = context

    def add(
        self,
        measure: str,
        value_ms: float,
        *,
        session: UUID | None = None,
        turn: UUID | None = None,
        part_of: str | None = None,
        system: str | None = None,
        parameters: Json | None = None,
        resources: Json | None = None,
    ) -> UUID:
        """A duration in ms. ``part_of`` names the measure of the same turn that it adds to;
        ``resources`` are what the machine had left then, if not now."""
        around: dict[str, Any] = self._context.columns()
        if resources is not None:
            around["resources"] = resources
        return self._rows.add(
            "performance_log",
            measure=measure,
            value=value_ms,
            part_of=part_of,
            system=system,
            parameters=parameters or {},
            turn_id=turn,
            session_id=session,
            **around,
        )

    def turn(
        self, session: UUID, turn: UUID, voice_to_voice_ms: float, stages: Mapping[str, float]
    ) -> None:
        """The time from the caller's last voiced sample to the reply's first own word, and its
        stages.

        Stages are ms that follow each other. What they don't account for becomes the stage
        ``unexplained``, so that the parts always add up to the whole.
        """
        self.add("voice_to_voice", voice_to_voice_ms, session=session, turn=turn)
        rest = voice_to_voice_ms - sum(stages.values())
        for name, value in [*stages.items(), ("unexplained", rest)]:
            self.add(name, value, session=session, turn=turn, part_of="voice_to_voice")
