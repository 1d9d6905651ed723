"""Media: pictures and sound, heard, seen and made."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from visavis.records.tables.columns import (
    created,
    file,
    json,
    key,
    metadata,
    moment,
    one_of,
    ref,
    turn,
    whole_file,
)

portrait = Table(
    "portrait",
    metadata,
    key(),
    created(),
    ref("portrait", nullable=True, name="master_id"),  # null: this is the master
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("format", Text, nullable=False),
    *file(),
    Column("provenance", Text, nullable=False),
    json("details"),
    *whole_file(),
    CheckConstraint("width > 0 and height > 0", "has_an_area"),
)

video = Table(
    "video",
    metadata,
    key(),
    created(),
    ref("session", nullable=True),
    turn(),
    Column("kind", Text, nullable=False),
    Column("length_ms", Double),
    Column("mime_type", Text, nullable=False),
    *file(),
    Column("provenance", Text, nullable=False),
    json("details"),
    Column("post_processing", Text, comment="what was done to it after it was made"),
    one_of("kind", ("input", "output")),
    CheckConstraint("length_ms >= 0", "length_is_positive"),
    *whole_file(),
)

audio_filter = Table(
    "audio_filter",
    metadata,
    key(),
    created(),
    Column("name", Text, nullable=False),
    Column("implementation", Text, nullable=False, comment="ffmpeg's filter graph"),
    UniqueConstraint("name", "implementation"),
)

audio = Table(
    "audio",
    metadata,
    key(),
    created(),
    ref("session", nullable=True),
    turn(),
    Column("kind", Text, nullable=False),
    Column("at_ms", Double, comment="first sample, on the call's media clock"),
    Column("length_ms", Double, nullable=False),
    Column("sample_rate", Integer, nullable=False),
    Column("format", Text, comment="null: no file was kept"),
    *file(),
    Column("provenance", Text, nullable=False),
    json("details"),
    ref("audio_filter", nullable=True),  # null: nothing was applied
    one_of("kind", ("input", "output")),
    CheckConstraint("length_ms >= 0 and sample_rate > 0", "length_is_positive"),
    *whole_file(),
)

cached_uploads = Table(
    "cached_uploads",
    metadata,
    key(),
    created(),
    Column("provider", Text, nullable=False),
    Column("uri", Text, nullable=False, comment="the local file"),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("url", Text, nullable=False, comment="where the provider has it"),
    moment("expires", nullable=True),
    moment("vanished", nullable=True),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", "sha256_is_hex"),
    CheckConstraint("size >= 0", "size_is_positive"),
    Index("ix_cached_uploads_provider_sha256", "provider", "sha256"),
)
