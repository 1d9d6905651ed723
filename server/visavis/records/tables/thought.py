"""Thought: from the caller's words to the persona's, and what it knows."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from visavis.records.tables.columns import (
    SentenceEmbedding,
    created,
    file,
    flag,
    json,
    key,
    made_by,
    metadata,
    ref,
    turn,
    whole_file,
)

stt = Table(
    "stt",
    metadata,
    key(),
    created(),
    ref("session"),
    turn(),
    ref("audio"),
    *made_by(),
    Column("text", Text, comment="null: no transcripts kept"),
)

prompt_template = Table(
    "prompt_template",
    metadata,
    key(),
    created(),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False, comment="with {holes} named as prompt_parameter"),
    flag("active"),
    Index("ix_prompt_template_active", "name", unique=True, postgresql_where=text("active")),
)

prompt_parameter = Table(
    "prompt_parameter",
    metadata,
    key(),
    created(),
    Column("unique_name", Text, nullable=False, unique=True),
    Column("function_reference", Text, comment="a function of this code, by its name"),
    Column("template", Text, comment="the name of a prompt_template"),
    Column("value", Text),
    CheckConstraint(
        "num_nonnulls(function_reference, template, value) = 1", "is_filled_in_one_way"
    ),
)

chat = Table(
    "chat",
    metadata,
    key(),
    created(),
    ref("session"),
    turn(),
    ref("stt", nullable=True),  # null: typed, or begun by the persona
    Column("generation", Integer, nullable=False),
    *made_by(),
    Column("system_prompt", Text),
    Column("user_prompt", Text, comment="null: begun by the persona, or no transcripts kept"),
    Column("text", Text, comment="all that was thought; null while it is being thought"),
    Column("heard", Text, comment="what had left before the end or an interruption: the history"),
    Column("heard_words", Integer),
    Column("complete", Boolean, comment="heard to the end"),
    ref("prompt_template", nullable=True),
    json("prompt_values"),
    json("retrieved", "[]"),
    CheckConstraint("heard_words >= 0 and generation >= 0", "counts_are_positive"),
)

tts = Table(
    "tts",
    metadata,
    key(),
    created(),
    ref("session", nullable=True),  # null: made before any call
    turn(),
    ref("chat", nullable=True),  # null: a canned line
    ref("audio", nullable=True),
    *made_by(),
    Column("text", Text, comment="null: no transcripts kept"),
    json("words", "[]"),
)

lipsync = Table(
    "lipsync",
    metadata,
    key(),
    created(),
    ref("session", nullable=True),  # null: made before any call
    turn(),
    ref("tts"),
    ref("audio", nullable=True),
    ref("portrait", nullable=True),
    ref("video", nullable=True, name="gesture_reference_id"),
    ref("video", nullable=True),
    *made_by(),
)

vision = Table(
    "vision",
    metadata,
    key(),
    created(),
    ref("session", nullable=True),  # null: of a picture that belongs to no call
    turn(),
    *made_by(),
    *file(),
    ref("portrait", nullable=True),
    ref("pose", nullable=True),
    Column("description", Text, comment="null: no words of this call are kept"),
    json("details"),
    *whole_file(),
)

embeddings = Table(
    "embeddings",
    metadata,
    key(),
    created(),
    ref("deployment", nullable=True),  # null: of a persona, wherever it appears
    Column("persona", Text),
    Column("source", Text, nullable=False, comment="the document's name"),
    Column("document_hash", Text, nullable=False, comment="sha256 of the whole document"),
    Column("position", Integer, nullable=False, comment="of the chunk in the document, from 0"),
    Column("text", Text, nullable=False),
    Column("embedding", SentenceEmbedding, nullable=False),
    *made_by(),
    UniqueConstraint("source", "document_hash", "position", "system"),
    CheckConstraint("position >= 0", "position_is_positive"),
    CheckConstraint("document_hash ~ '^[0-9a-f]{64}$'", "hash_is_hex"),
)

precalculation = Table(
    "precalculation",
    metadata,
    key(),
    created(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="what it was made for, such as a line"),
    *made_by(),
    ref("portrait", nullable=True),
    ref("tts", nullable=True),
    ref("lipsync", nullable=True),
    ref("audio", nullable=True),
    ref("video", nullable=True),
    ref("vision", nullable=True),
    Column("inputs_hash", Text, nullable=False, unique=True, comment="of all it was made from"),
    flag("outdated"),
    json("details"),
    CheckConstraint("inputs_hash ~ '^[0-9a-f]{64}$'", "hash_is_hex"),
)
