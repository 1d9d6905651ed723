"""Packaged prompt templates: ``prompt_template``. Those that somebody saves are in `prompts`."""

from uuid import UUID

from visavis.records.ids import named_id
from visavis.records.writing.rows import TableRows


def packaged_id(name: str, text: str) -> UUID:
    """The id of a packaged or configured template."""
    return named_id("prompt_template", name, text)


class PromptTemplateRows:
    """Returns at once and never raises."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(self, name: str, text: str) -> UUID:
        """The row of a packaged or configured template; not active by this alone."""
        row = packaged_id(name, text)
        self._rows.put("prompt_template", id=row, name=name, text=text)
        return row
