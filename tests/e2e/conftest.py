"""The server that most end-to-end tests call."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodes import Node, serving


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """The server that most tests call."""
    with tempfile.TemporaryDirectory(prefix="visavis-e2e-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs under another user than root
        with serving(Path(folder), VISAVIS_MAX_CALLS="4") as running:
            yield running
