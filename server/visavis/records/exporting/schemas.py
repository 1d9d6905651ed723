"""The exported tables and their columns, as Arrow has them, and rows of the database as those.

Ids are strings, times are UTC in microseconds, and what is ``jsonb`` in the database is JSON in a
string, since its shape evolves. Durations are ms. The lists of a turn (``tts_texts``,
``spoken_uris``, …) are in the order in which it was spoken, and run in parallel.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pyarrow as pa

from visavis.records.exporting import queries
from visavis.records.values import loads

_ID, _TEXT, _JSON, _FLAG = pa.string(), pa.string(), pa.string(), pa.bool_()
_TIME, _NUMBER, _COUNT = pa.timestamp("us", tz="UTC"), pa.float64(), pa.int64()

_JUDGEMENT = pa.struct(
    [
        ("judgement_id", _ID),
        ("kind", _TEXT),
        ("target_id", _ID),
        ("score", _NUMBER),
        ("user_id", _TEXT),
        ("active", _FLAG),
        ("comment", _TEXT),
    ]
)

TURNS = pa.schema(
    [
        ("turn_id", _ID),
        ("chat_id", _ID),
        ("created", _TIME),
        ("session_id", _ID),
        ("session_started", _TIME),
        ("user_id", _TEXT),
        ("username", _TEXT),
        ("initiator", _TEXT),
        ("consent_given", _FLAG),
        ("deployment", _TEXT),
        ("deployment_type", _TEXT),
        ("run_id", _ID),
        ("node", _TEXT),
        ("hardware", _JSON),
        ("version", _TEXT),
        ("git_hash", _TEXT),
        ("modified", _FLAG),
        ("audio_id", _ID),
        ("audio_uri", _TEXT),
        ("audio_at_ms", _NUMBER),
        ("audio_ms", _NUMBER),
        ("audio_rate", _COUNT),
        ("audio_filter", _TEXT),
        ("stt_id", _ID),
        ("stt_system", _TEXT),
        ("stt_parameters", _JSON),
        ("transcript", _TEXT),
        ("chat_system", _TEXT),
        ("chat_parameters", _JSON),
        ("generation", _COUNT),
        ("system_prompt", _TEXT),
        ("user_prompt", _TEXT),
        ("prompt_template_id", _ID),
        ("prompt_values", _JSON),
        ("retrieved", _JSON),
        ("reply", _TEXT),
        ("heard", _TEXT),
        ("heard_words", _COUNT),
        ("complete", _FLAG),
        ("tts_ids", pa.list_(_ID)),
        ("tts_system", _TEXT),
        ("tts_parameters", _JSON),
        ("tts_texts", pa.list_(_TEXT)),
        ("tts_words", pa.list_(_JSON)),
        ("spoken_audio_ids", pa.list_(_ID)),
        ("spoken_uris", pa.list_(_TEXT)),
        ("spoken_ms", pa.list_(_NUMBER)),
        ("lipsync_ids", pa.list_(_ID)),
        ("lipsync_system", _TEXT),
        ("lipsync_parameters", _JSON),
        ("video_uris", pa.list_(_TEXT)),
        ("voice_to_voice", _NUMBER),
        ("stages", pa.map_(_TEXT, _NUMBER)),
        ("score", _NUMBER),
        ("judgements", pa.list_(_JUDGEMENT)),
    ]
)
"""A reply and all that led to it. ``score``: the mean of the judgements not withdrawn."""

JUDGEMENTS = pa.schema(
    [
        ("judgement_id", _ID),
        ("created", _TIME),
        ("score", _NUMBER),
        ("user_id", _TEXT),
        ("active", _FLAG),
        ("withdrawn", _TIME),
        ("comment", _TEXT),
        ("kind", _TEXT),
        ("target_id", _ID),
        ("turn_id", _ID),
        ("session_id", _ID),
    ]
)

_FEATURES_FILE = [
    ("features_uri", _TEXT),
    ("features_hash", _TEXT),
    ("features_size", _COUNT),
    ("features_format", _TEXT),
    ("encoding", _TEXT),
]

EXAMPLES = pa.schema(
    [
        ("example_id", _ID),
        ("created_at", _TIME),
        ("user_id", _TEXT),
        ("session_id", _ID),
        ("record_id", _ID),
        ("modality", _TEXT),
        ("label", _TEXT),
        ("label_status", _TEXT),
        ("performer_id", _TEXT),
        ("timestamp", _TIME),
        *_FEATURES_FILE,
        ("dims", _COUNT),
        ("is_demo", _FLAG),
        ("payload", _JSON),
    ]
)

FEATURES = pa.schema(
    [
        ("pose_id", _ID),
        ("created", _TIME),
        ("session_id", _ID),
        ("user_id", _TEXT),
        ("video_id", _ID),
        ("system", _TEXT),
        ("parameters", _JSON),
        *_FEATURES_FILE,
        ("frames", _COUNT),
        ("at_ms", _NUMBER),
        ("length_ms", _NUMBER),
        ("provenance", _TEXT),
        ("interpretation", _JSON),
        ("sequence_id", _ID),
        ("index", _COUNT),
    ]
)

MEDIA = pa.schema(
    [
        ("table", _TEXT),
        ("id", _ID),
        ("uri", _TEXT),
        ("path", _TEXT),
        ("sha256", _TEXT),
        ("size", _COUNT),
        ("status", _TEXT),
    ]
)
"""``uri`` is how other tables name the file, ``path`` where it is in the export (null: it isn't),
``status`` one of copied, missing, changed, left out."""

TABLES: Mapping[str, tuple[str, pa.Schema]] = {
    "turns": (queries.TURNS, TURNS),
    "judgements": (queries.JUDGEMENTS, JUDGEMENTS),
    "examples": (queries.EXAMPLES, EXAMPLES),
    "features": (queries.FEATURES, FEATURES),
}
"""The query and the schema of each; ``media`` is made of the files themselves."""

_CONVERTED: Mapping[str, Callable[[str], Any]] = {
    "stages": lambda text: list(loads(text).items()),
    "judgements": loads,
}


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of asyncpg's, ``jsonb`` as text, as ``pa.Table.from_pylist`` takes it."""
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _CONVERTED:
        return _CONVERTED[name](value)
    if isinstance(value, list):
        return [_value("", item) for item in value]
    return str(value) if isinstance(value, UUID) else value
