"""Who calls: people and their clients, sessions with their modes, events and calibrations."""

from sqlalchemy import CheckConstraint, Column, Double, Table, Text, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

from visavis.records.tables.columns import (
    created,
    flag,
    json,
    key,
    metadata,
    moment,
    one_of,
    ref,
    turn,
    user,
)

MODES = (
    "warmup",
    "idle",
    "attract",
    "invite",
    "introduction",
    "chat",
    "close",
    "pause",
    "recover",
    "fault",
    "reset",
)

users = Table(
    "users",
    metadata,
    Column("user_id", Text, primary_key=True),
    created(),
    Column("username", Text, nullable=False, unique=True),
    Column("external_identifier", Text, unique=True),
    Column("email", Text),
    json("permissions", "[]"),
    json("coordinates"),
    # A folder is named after it.
    CheckConstraint("user_id ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'", "user_id_names_a_folder"),
    CheckConstraint("jsonb_typeof(permissions) = 'array'", "permissions_are_a_list"),
)

client_system = Table("client_system", metadata, key(), created(), json("facts"))

session = Table(
    "session",
    metadata,
    key(),
    user(),
    moment("started", now=True),
    moment("finished", nullable=True),
    Column("timezone", Text),
    ref("client_system", nullable=True),
    Column("initiator", Text, nullable=False),
    ref("deployment"),
    ref("run"),
    Column("ending", Text, comment="why it finished"),
    flag("consent_given"),
    moment("consent_at", nullable=True),
    json("consent_changes", "[]"),
    ref("scenario", nullable=True),  # null: kept by the first version, which knew no scenarios
    CheckConstraint("finished >= started", "finishes_after_start"),
    CheckConstraint("jsonb_typeof(consent_changes) = 'array'", "consent_changes_are_a_list"),
    CheckConstraint("not consent_given or consent_at is not null", "consent_has_a_time"),
)

mode_state = Table(
    "mode_state",
    metadata,
    key(),
    ref("run"),
    ref("session", nullable=True),  # null: the mode of the node itself, such as warmup
    Column("mode", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    one_of("mode", MODES),
    CheckConstraint("not isempty(during)", "during_is_not_empty"),
    CheckConstraint("not lower_inf(during)", "during_has_a_start"),
    ExcludeConstraint(
        ("session_id", "="), ("during", "&&"), using="gist", name="ex_mode_state_session"
    ),
    ExcludeConstraint(
        ("run_id", "="),
        ("during", "&&"),
        using="gist",
        where=text("session_id is null"),
        name="ex_mode_state_run",
    ),
)

session_events = Table(
    "session_events",
    metadata,
    key("event_id"),
    ref("session"),
    Column("event_type", Text, nullable=False),
    moment("timestamp", now=True),
    Column("at_ms", Double, comment="on the call's media clock"),
    turn(),
    json("payload"),
)

calibration_settings = Table(
    "calibration_settings",
    metadata,
    key(),
    created(),
    ref("client_system", nullable=True),
    ref("deployment"),
    ref("session"),
    Column("cause", Text, nullable=False, comment="who or what asked for it"),
    Column("noise_floor_db", Double, comment="dBFS; null: not measured"),
    Column("speech_level_db", Double, comment="dBFS; null: not measured"),
    Column("gain_db", Double, nullable=False, server_default=text("0")),
    json("framing"),
    json("details"),
    CheckConstraint("noise_floor_db between -200 and 0", "noise_floor_is_dbfs"),
    CheckConstraint("speech_level_db between -200 and 0", "speech_level_is_dbfs"),
    CheckConstraint("gain_db between -40 and 40", "gain_is_sane"),
)
