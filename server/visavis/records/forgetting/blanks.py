"""What of a row is a person's own, by table, and what stands there once it is forgotten."""

from collections.abc import Mapping
from typing import Any

from visavis.records.writing.media import file_columns

Blank = Mapping[str, Any]
"""Columns of a table, and their values without anything of the person."""

FORGOTTEN = "forgotten"
"""Begins the username of who is; in a fault's description, what it said is gone."""

SAID: Mapping[str, Blank] = {
    "stt": {"text": None},
    "chat": {
        "system_prompt": None,
        "user_prompt": None,
        "text": None,
        "heard": None,
        "prompt_values": {},
        "retrieved": [],
    },
    "tts": {"text": None, "words": []},
    "session_events": {"payload": {}},
}
"""Words."""

SHOWN: Mapping[str, Blank] = {
    "pose": {"interpretation": {}},
    "vision": {"description": None, "details": {}},
    "chat": {"system_prompt": None, "prompt_values": {}},
    "calibration_settings": {"framing": {}, "details": {}},
}
"""What the camera told; of a reply what the model was told, for that says what was seen."""

BLANKED: Mapping[str, Blank] = {
    **SAID,
    "audio": {**file_columns("audio", None), "details": {}},
    "video": {**file_columns("video", None), "details": {}},
    "pose": {**file_columns("pose", None), **SHOWN["pose"]},
    "vision": {**file_columns("vision", None), **SHOWN["vision"]},
    "calibration_settings": {
        "noise_floor_db": None,
        "speech_level_db": None,
        "gain_db": 0,
        **SHOWN["calibration_settings"],
    },
    "faults": {"description": FORGOTTEN, "details": {}},
}
"""All that rows of a person's sessions may hold of theirs."""

SESSION: Blank = {"timezone": None, "consent_given": False, "consent_changes": []}


def user(user_id: str) -> Blank:
    """Of the person's own row; the id names nothing but a folder."""
    return {
        "username": f"{FORGOTTEN} {user_id}",
        "external_identifier": None,
        "email": None,
        "permissions": [],
        "coordinates": {},
    }
