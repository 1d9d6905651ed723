"""What the tables are made of: the columns and checks that many of them share."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    DDL,
    REAL,
    BigInteger,
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    MetaData,
    Text,
    Uuid,
    cast,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


DIMENSIONS = 384
"""Of a sentence embedding (all-MiniLM-L6-v2)."""


class SentenceEmbedding(UserDefinedType[list[float]]):
    """The domain ``sentence_embedding``: pgvector's ``vector(384)``, or ``real[]`` of 384 where the
    server has no pgvector."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        """Its name in SQL."""
        return "sentence_embedding"

    def bind_expression(self, bindvalue: BindParameter[list[float]]) -> ColumnElement[Any]:
        """Written as ``real[]``, of which Postgres makes either form."""
        return cast(bindvalue, ARRAY(REAL))


# Alembic looks at the domain's base type, which SQLAlchemy doesn't know.
ischema_names["vector"] = SentenceEmbedding

event.listen(
    metadata,
    "before_create",
    DDL(  # type: ignore[no-untyped-call]
        f"""
do $$ begin
    begin
        create extension if not exists vector;
        create domain sentence_embedding as vector({DIMENSIONS});
    exception when undefined_file or insufficient_privilege or feature_not_supported then
        create domain sentence_embedding as real[]
            constraint has_all_dimensions check (cardinality(value) = {DIMENSIONS});
    end;
exception when duplicate_object then null;
end $$
"""
    ),
)


def key_of(table: str) -> str:
    """The name of a table's key."""
    (key,) = (column.name for column in metadata.tables[table].primary_key.columns)
    return key


def key(name: str = "id") -> Column[object]:
    return Column(name, Uuid, primary_key=True)


def moment(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    default = text("now()") if now else None
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default)


def created() -> Column[object]:
    """When it happened. The writer gives it; the default serves rows typed in by hand."""
    return moment("created", now=True)


def json(name: str, default: str = "{}") -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text(f"'{default}'::jsonb"))


def flag(name: str) -> Column[object]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def ref(table: str, *, nullable: bool = False, name: str = "", key: str = "id") -> Column[object]:
    """A foreign key, indexed, because lineage is walked in both directions."""
    return Column(
        name or f"{table}_id",
        ForeignKey(f"{table}.{key}"),
        nullable=nullable,
        index=True,
        type_=Uuid,
    )


def user(*, nullable: bool = False) -> Column[object]:
    return Column("user_id", Text, ForeignKey("users.user_id"), nullable=nullable, index=True)


def turn() -> Column[object]:
    return Column("turn_id", Uuid, index=True)


def made_by() -> tuple[Column[object], Column[object]]:
    """Which engine made the row, and how it was set."""
    return Column("system", Text, nullable=False), json("parameters")


def file() -> tuple[Column[object], ...]:
    return Column("uri", Text), Column("sha256", Text), Column("size", BigInteger)


def whole_file() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("num_nulls(uri, sha256, size) in (0, 3)", "file_is_whole"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", "sha256_is_hex"),
        CheckConstraint("size >= 0", "size_is_positive"),
    )


def features_file() -> tuple[Column[object], ...]:
    return (
        Column("features_uri", Text),
        Column("features_hash", Text, comment="sha256:<hex>"),
        Column("features_size", BigInteger),
    )


def whole_features_file() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint(
            "num_nulls(features_uri, features_hash, features_size) in (0, 3)", "file_is_whole"
        ),
        CheckConstraint("features_hash ~ '^sha256:[0-9a-f]{64}$'", "hash_is_sha256"),
    )


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", f"{column}_is_known")
