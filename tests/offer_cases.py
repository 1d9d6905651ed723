"""The offers of ``data/cases/offers.json``, as they are posted."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("data") / "cases"


NOT_YET = {
    "pcmu_pcma",
    "pcmu_static",
    "h264_only",
    "vp9_only",
    "bundle_only_video",
    "video_stopped",
    "audio_refused_first",
    "text_section",
    "image_section_off",
    "second_video",
    "second_audio",
    "no_mid",
    "bfcp_section",
}
"""Offers that are refused and should be answered, at least in part."""


def rows() -> list[dict[str, Any]]:
    """All of them."""
    found: list[dict[str, Any]] = json.loads((FOLDER / "offers.json").read_text())
    return found


def text(row: dict[str, Any]) -> str:
    """A row's offer, with the lines that are to be inserted behind its file."""
    whole: str = (FOLDER / (row.get("file") or row["base"])).read_bytes().decode()
    for insert in row.get("insert", []):
        first = insert.get("first", 0)
        for i in range(first, first + insert["repeat"]):
            line = insert["line"].replace("{i}", str(i)).replace("{x}", f"{i:x}")
            whole += line.replace("{port}", str(1024 + i % 60_000)) + "\r\n"
    return whole
