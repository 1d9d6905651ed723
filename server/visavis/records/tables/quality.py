"""Quality: what people judge, what was measured, what went wrong; and the journal's own place."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    text,
)

from visavis.records.tables.columns import (
    created,
    json,
    key,
    metadata,
    moment,
    ref,
    turn,
    user,
)

JUDGED = {
    "portrait": "id",
    "video": "id",
    "audio": "id",
    "stt": "id",
    "chat": "id",
    "tts": "id",
    "lipsync": "id",
    "vision": "id",
    "pose": "id",
    "pose_sequence": "id",
    "session": "id",
    "judgement": "id",
    "precalculation": "id",
    "prompt_template": "id",
    "calibration_settings": "id",
    "training_examples": "example_id",
    "models": "model_id",
}
"""What can be judged, and the name of its key."""

judgement = Table(
    "judgement",
    metadata,
    key(),
    created(),
    Column("score", Double, nullable=False),
    user(),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    moment("withdrawn", nullable=True),
    Column("comment", Text),
    CheckConstraint("score between -1 and 1", "score_is_within_one"),
    CheckConstraint("active = (withdrawn is null)", "is_active_or_withdrawn"),
    CheckConstraint("char_length(comment) <= 4000", "comment_is_short"),
)


def _judging(target: str) -> Table:
    """The table that joins a judgement to the row of ``target`` that it is about."""
    return Table(
        f"judgement_{target}",
        metadata,
        Column("judgement_id", ForeignKey("judgement.id"), primary_key=True, type_=Uuid),
        ref(target, name="target_id", key=JUDGED[target]),
    )


judging = {target: _judging(target) for target in JUDGED}
"""The joining table of each judged table."""

performance_log = Table(
    "performance_log",
    metadata,
    key(),
    created(),
    Column("measure", Text, nullable=False),
    Column("value", Double, nullable=False, comment="ms"),
    Column("part_of", Text, comment="the measure of the same turn that this one is a part of"),
    Column("system", Text),
    json("parameters"),
    json("hardware"),
    json("resources"),
    turn(),
    ref("session", nullable=True),
    ref("deployment", nullable=True),
    ref("run", nullable=True),
    ref("system_version", nullable=True),
    # Stages that overlap leave a negative remainder, which is worth knowing and not an error.
    CheckConstraint("value >= 0 or measure = 'unexplained'", "value_is_positive"),
    CheckConstraint("value < 'infinity'", "value_is_finite"),
    Index("ix_performance_log_measure_created", "measure", "created"),
)

faults = Table(
    "faults",
    metadata,
    key(),
    created(),
    Column("type", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("mode", Text),
    json("details"),
    turn(),
    ref("session", nullable=True),
    ref("deployment", nullable=True),
    ref("run", nullable=True),
    ref("system_version", nullable=True),
    Column("system", Text),
    json("parameters"),
    json("hardware"),
    json("resources"),
    Index("ix_faults_type_created", "type", "created"),
)

journal = Table(
    "journal",
    metadata,
    key(),
    Column("segment", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    moment("updated", now=True),
    comment="How far each node's journal has been committed, moved in the same transaction",
)
