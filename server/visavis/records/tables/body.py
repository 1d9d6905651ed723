"""The body: what the caller's movements were, and what was learnt of them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from visavis.records.tables.columns import (
    created,
    features_file,
    flag,
    json,
    key,
    made_by,
    metadata,
    moment,
    one_of,
    ref,
    user,
    whole_features_file,
)

MODALITIES = ("gesture", "audio")


def created_at() -> Column[object]:
    return moment("created_at", now=True)


pose = Table(
    "pose",
    metadata,
    key(),
    created(),
    ref("session"),
    ref("video", nullable=True),
    *made_by(),
    *features_file(),
    Column("features_format", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("at_ms", Double, comment="first frame, on the call's media clock"),
    Column("length_ms", Double),
    Column("provenance", Text, nullable=False),
    json("interpretation"),
    *whole_features_file(),
    CheckConstraint("frames >= 0", "frames_are_positive"),
)

pose_sequence = Table(
    "pose_sequence",
    metadata,
    key(),
    created(),
    Column("sequence_id", Uuid, nullable=False),
    Column("index", Integer, nullable=False),
    ref("pose"),
    UniqueConstraint("sequence_id", "index"),
    CheckConstraint("index >= 0", "index_is_positive"),
    comment="Poses captured one after the other; sequence_id names no row of its own",
)

training_examples = Table(
    "training_examples",
    metadata,
    key("example_id"),
    created_at(),
    user(),
    ref("session", nullable=True),
    Column("record_id", Uuid, unique=True, comment="the take or the pose row it was cut from"),
    Column("modality", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("label_status", Text, nullable=False, server_default=text("'unconfirmed'")),
    Column("performer_id", Text),
    moment("timestamp", now=True),
    *features_file(),
    Column("features_format", Text, nullable=False, server_default=text("'npz'")),
    Column("encoding", Text, nullable=False),
    Column("dims", Integer),
    flag("consent_given"),
    flag("is_demo"),
    json("payload"),
    one_of("modality", MODALITIES),
    one_of("label_status", ("unconfirmed", "confirmed", "corrected")),
    CheckConstraint("char_length(label) between 1 and 200", "label_is_short"),
    CheckConstraint("dims > 0", "dims_are_positive"),
    *whole_features_file(),
    UniqueConstraint("user_id", "features_hash"),
    Index("ix_training_examples_user_id_modality_label", "user_id", "modality", "label"),
    Index("ix_training_examples_user_id_timestamp", "user_id", "timestamp"),
)

models = Table(
    "models",
    metadata,
    key("model_id"),
    created_at(),
    user(),
    Column("modality", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("artifact_uri", Text, nullable=False),
    Column("artifact_hash", Text, nullable=False),
    Column("trainer_name", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    moment("trained_at", now=True),
    Column("status", Text, nullable=False, server_default=text("'candidate'")),
    Column("notes", Text),
    json("payload"),
    one_of("modality", MODALITIES),
    one_of("status", ("active", "candidate", "archived")),
    CheckConstraint("artifact_hash ~ '^sha256:[0-9a-f]{64}$'", "hash_is_sha256"),
    UniqueConstraint("user_id", "modality", "model_version"),
    Index("ix_models_trained_at", "trained_at"),
    Index(
        "ix_models_active",
        "user_id",
        "modality",
        unique=True,
        postgresql_where=text("status = 'active'"),
    ),
)

training_runs = Table(
    "training_runs",
    metadata,
    key("run_id"),
    user(),
    Column("modality", Text, nullable=False),
    ref("models", name="model_id", key="model_id", nullable=True),
    json("dataset_query"),
    Column("example_count", Integer, nullable=False),
    Column("examples_hash", Text, nullable=False),
    moment("started_at", now=True),
    moment("finished_at", nullable=True),
    Column("metrics", JSONB),
    json("parameters"),
    one_of("modality", MODALITIES),
    CheckConstraint("example_count >= 0", "count_is_positive"),
    CheckConstraint("finished_at >= started_at", "finishes_after_start"),
)
