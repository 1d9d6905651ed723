"""Writes into every wheel and sdist which code it was built from: ``server/visavis/built.json``."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuiltVersion(BuildHookInterface[Any]):
    """Called by hatch before it packs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file; an sdist's own is kept when a wheel is built from it without git."""
        root = Path(self.root)
        if version == "editable" or not (root / ".git").exists():
            return
        source = str(root / "server")
        sys.path.insert(0, source)
        try:
            from visavis.records.version import system_version
        finally:
            sys.path.remove(source)
        found = system_version(root)
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "built.json"
        package = "visavis" if self.target_name == "wheel" else "server/visavis"
        told = {
            "version": found.version,
            "git_hash": found.git_hash,
            "modified": found.modified,
        }
        file.write_text(json.dumps(told) + "\n")
        build_data["force_include"][str(file)] = f"{package}/built.json"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made for the packing."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()
