"""The schema: every table that a call fills, as SQLAlchemy Core metadata.

Tables are named as in the data seeds (``migrations/README.md`` has the decisions). What holds
everywhere:

- Ids are UUIDs made by the writer, version 7 for what happens (ordered by time), version 5 of
  the natural key for what is merely named (a version, a deployment, a portrait), so that two
  nodes give one thing one id without asking the database.
- Times are ``timestamptz`` in UTC; durations are double precision milliseconds.
- What still evolves is ``jsonb`` with the default ``{}``.
- A file is named by ``uri`` (relative to the data folder), ``sha256`` (hex) and ``size``
  (bytes): all three or none. None means that it was not kept.
- ``turn_id`` is shared by all rows of one exchange. It names no row of its own.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

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

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def _time(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    default = text("now()") if now else None
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default)


def _created() -> Column[object]:
    """When it happened. The writer gives it; the default serves rows typed in by hand."""
    return _time("created", now=True)


def _json(name: str, default: str = "{}") -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text(f"'{default}'::jsonb"))


def _flag(name: str) -> Column[object]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def _ref(table: str, *, nullable: bool = False, name: str = "") -> Column[object]:
    """A foreign key, indexed, because lineage is walked in both directions."""
    return Column(
        name or f"{table}_id", ForeignKey(f"{table}.id"), nullable=nullable, index=True, type_=Uuid
    )


def _user(*, nullable: bool = False) -> Column[object]:
    return Column("user_id", Text, ForeignKey("users.user_id"), nullable=nullable, index=True)


def _turn() -> Column[object]:
    return Column("turn_id", Uuid, index=True)


def _made_by() -> tuple[Column[object], Column[object]]:
    """Which engine made the row, and how it was set."""
    return Column("system", Text, nullable=False), _json("parameters")


def _file() -> tuple[Column[object], ...]:
    return Column("uri", Text), Column("sha256", Text), Column("size", BigInteger)


def _whole_file() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("num_nulls(uri, sha256, size) in (0, 3)", "file_is_whole"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", "sha256_is_hex"),
        CheckConstraint("size >= 0", "size_is_positive"),
    )


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", f"{column}_is_known")


# Where and when

system_version = Table(
    "system_version",
    metadata,
    _id(),
    _created(),
    Column("version", Text, nullable=False, comment="semantic version of the package"),
    Column("git_hash", Text, comment="null: an installed package, not a checkout"),
    _flag("modified"),
)

run = Table(
    "run",
    metadata,
    _id(),
    _time("started", now=True),
    _time("ended", nullable=True),
    Column("component", Text, nullable=False),
    Column("node", Text, nullable=False),
    _json("hardware"),
    _ref("system_version"),
    CheckConstraint("ended >= started", "ends_after_start"),
)

deployment_type = Table(
    "deployment_type",
    metadata,
    _id(),
    _created(),
    Column("descriptor", Text, nullable=False, unique=True),
    _json("configuration"),
)

deployment = Table(
    "deployment",
    metadata,
    _id(),
    _created(),
    Column("name", Text, nullable=False, unique=True),
    _ref("deployment_type"),
    _json("configuration"),
)

# Who

users = Table(
    "users",
    metadata,
    Column("user_id", Text, primary_key=True),
    _created(),
    Column("username", Text, nullable=False, unique=True),
    Column("external_identifier", Text, unique=True),
    Column("email", Text),
    _json("permissions", "[]"),
    _json("coordinates"),
    # A folder is named after it.
    CheckConstraint("user_id ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'", "user_id_names_a_folder"),
    CheckConstraint("jsonb_typeof(permissions) = 'array'", "permissions_are_a_list"),
)

client_system = Table("client_system", metadata, _id(), _created(), _json("facts"))

session = Table(
    "session",
    metadata,
    _id(),
    _user(),
    _time("started", now=True),
    _time("finished", nullable=True),
    Column("timezone", Text),
    _ref("client_system", nullable=True),
    Column("initiator", Text, nullable=False),
    _ref("deployment"),
    _ref("run"),
    Column("ending", Text, comment="why it finished"),
    _flag("consent_given"),
    _time("consent_at", nullable=True),
    _json("consent_changes", "[]"),
    CheckConstraint("finished >= started", "finishes_after_start"),
    CheckConstraint("jsonb_typeof(consent_changes) = 'array'", "consent_changes_are_a_list"),
    CheckConstraint("not consent_given or consent_at is not null", "consent_has_a_time"),
)

mode_state = Table(
    "mode_state",
    metadata,
    _id(),
    _ref("run"),
    _ref("session", nullable=True),  # null: the mode of the node itself, such as warmup
    Column("mode", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    _one_of("mode", MODES),
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

# Media

portrait = Table(
    "portrait",
    metadata,
    _id(),
    _created(),
    _ref("portrait", nullable=True, name="master_id"),  # null: this is the master
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("format", Text, nullable=False),
    *_file(),
    Column("provenance", Text, nullable=False),
    _json("details"),
    *_whole_file(),
    CheckConstraint("width > 0 and height > 0", "has_an_area"),
)

video = Table(
    "video",
    metadata,
    _id(),
    _created(),
    _ref("session", nullable=True),
    _turn(),
    Column("kind", Text, nullable=False),
    Column("length_ms", Double),
    Column("mime_type", Text, nullable=False),
    *_file(),
    Column("provenance", Text, nullable=False),
    _json("details"),
    _one_of("kind", ("input", "output")),
    CheckConstraint("length_ms >= 0", "length_is_positive"),
    *_whole_file(),
)

audio = Table(
    "audio",
    metadata,
    _id(),
    _created(),
    _ref("session", nullable=True),
    _turn(),
    Column("kind", Text, nullable=False),
    Column("at_ms", Double, comment="first sample, on the call's media clock"),
    Column("length_ms", Double, nullable=False),
    Column("sample_rate", Integer, nullable=False),
    Column("format", Text, comment="null: no file was kept"),
    *_file(),
    Column("provenance", Text, nullable=False),
    _json("details"),
    _one_of("kind", ("input", "output")),
    CheckConstraint("length_ms >= 0 and sample_rate > 0", "length_is_positive"),
    *_whole_file(),
)

# Thought

stt = Table(
    "stt",
    metadata,
    _id(),
    _created(),
    _ref("session"),
    _turn(),
    _ref("audio"),
    *_made_by(),
    Column("text", Text, comment="null: no transcripts kept"),
)

chat = Table(
    "chat",
    metadata,
    _id(),
    _created(),
    _ref("session"),
    _turn(),
    _ref("stt", nullable=True),  # null: typed, or begun by the persona
    Column("generation", Integer, nullable=False),
    *_made_by(),
    Column("system_prompt", Text),
    Column("user_prompt", Text, comment="null: begun by the persona, or no transcripts kept"),
    Column("text", Text, comment="all that was thought; null while it is being thought"),
    Column("heard", Text, comment="what had left before the end or an interruption: the history"),
    Column("heard_words", Integer),
    Column("complete", Boolean, comment="heard to the end"),
    CheckConstraint("heard_words >= 0 and generation >= 0", "counts_are_positive"),
)

tts = Table(
    "tts",
    metadata,
    _id(),
    _created(),
    _ref("session"),
    _turn(),
    _ref("chat", nullable=True),  # null: a canned line
    _ref("audio", nullable=True),
    *_made_by(),
    Column("text", Text, comment="null: no transcripts kept"),
    _json("words", "[]"),
)

lipsync = Table(
    "lipsync",
    metadata,
    _id(),
    _created(),
    _ref("session"),
    _turn(),
    _ref("tts"),
    _ref("audio", nullable=True),
    _ref("portrait", nullable=True),
    _ref("video", nullable=True, name="gesture_reference_id"),
    _ref("video", nullable=True),
    *_made_by(),
)

# Body

pose = Table(
    "pose",
    metadata,
    _id(),
    _created(),
    _ref("session"),
    _ref("video", nullable=True),
    *_made_by(),
    Column("features_uri", Text),
    Column("features_hash", Text, comment="sha256:<hex>"),
    Column("features_size", BigInteger),
    Column("features_format", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("at_ms", Double, comment="first frame, on the call's media clock"),
    Column("length_ms", Double),
    Column("provenance", Text, nullable=False),
    CheckConstraint(
        "num_nulls(features_uri, features_hash, features_size) in (0, 3)", "file_is_whole"
    ),
    CheckConstraint("features_hash ~ '^sha256:[0-9a-f]{64}$'", "hash_is_sha256"),
    CheckConstraint("frames >= 0", "frames_are_positive"),
)

# Quality

performance_log = Table(
    "performance_log",
    metadata,
    _id(),
    _created(),
    Column("measure", Text, nullable=False),
    Column("value", Double, nullable=False, comment="ms"),
    Column("part_of", Text, comment="the measure of the same turn that this one is a part of"),
    Column("system", Text),
    _json("parameters"),
    _json("hardware"),
    _json("resources"),
    _turn(),
    _ref("session", nullable=True),
    _ref("deployment", nullable=True),
    _ref("run", nullable=True),
    _ref("system_version", nullable=True),
    # Stages that overlap leave a negative remainder, which is worth knowing and not an error.
    CheckConstraint("value >= 0 or measure = 'unexplained'", "value_is_positive"),
    CheckConstraint("value < 'infinity'", "value_is_finite"),
    Index("ix_performance_log_measure_created", "measure", "created"),
)

faults = Table(
    "faults",
    metadata,
    _id(),
    _created(),
    Column("type", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("mode", Text),
    _json("details"),
    _turn(),
    _ref("session", nullable=True),
    _ref("deployment", nullable=True),
    _ref("run", nullable=True),
    _ref("system_version", nullable=True),
    Index("ix_faults_type_created", "type", "created"),
)

# Ours

journal = Table(
    "journal",
    metadata,
    _id(),
    Column("segment", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    _time("updated", now=True),
    comment="How far each node's journal has been committed, moved in the same transaction",
)
