"""What the API's handlers work with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.records.files import Files
from server.records.reading.reader import Reader
from server.records.recorder import Recorder
from server.web.api.access import Access


@dataclass(frozen=True)
class House:
    """Of one server."""

    reader: Reader
    files: Files
    recorder: Recorder
    access: Access
    live: Callable[[], Sequence[Mapping[str, Any]]] = list
    """The calls of this node, now."""
    personas: Sequence[Mapping[str, Any]] = field(default_factory=list)
    secure: bool = True
    """Whether it is served with TLS."""
