"""All that the harness knows of the project's code: its client, its settings, where its files are.

The package is `visavis` under `server/`, or `server` itself in checkouts from before that move; a
recording of the one is compared with a recording of the other.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
SOURCE = ROOT / "server" if (ROOT / "server" / "visavis").is_dir() else ROOT
"""What must be on the path for the package to be imported."""
PACKAGE = "visavis" if SOURCE != ROOT else "server"

for folder in (TESTS, SOURCE):  # run from a checkout, nothing is installed
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _of(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)


Line = _of("client.line", "Line")
CallPlan = _of("client.plan", "CallPlan")
CallFailed = _of("client.problems", "CallFailed")
sound = _of("client.sound", "sound")


def server_command() -> list[str]:
    """What starts a server: HARNESS_SERVER (`visavis`, `python -m visavis`), or the package of this
    checkout."""
    given = os.environ.get("HARNESS_SERVER", "").split()
    return given or [sys.executable, "-m", PACKAGE]


def settings_schema() -> dict[str, Any]:
    """The JSON schema of all settings."""
    schema: dict[str, Any] = _of("settings", "Settings").model_json_schema()
    return schema


def channel_schema() -> dict[str, Any]:
    """The JSON schema of the data channel, wherever it lies."""
    (found,) = (SOURCE / PACKAGE).rglob("events.schema.json")
    schema: dict[str, Any] = json.loads(found.read_text())
    return schema
