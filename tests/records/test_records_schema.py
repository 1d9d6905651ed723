"""The migrations and the metadata are one schema, and the schema refuses what can't be."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from records_opened import Books, Query
from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from visavis.records.postgres import migrate
from visavis.records.tables import metadata

CATALOGUE = """
select conrelid::regclass::text as place, conname::text as name, pg_get_constraintdef(oid) as text
from pg_constraint where connamespace = 'public'::regnamespace
union all
select indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
from pg_index join pg_class on pg_class.oid = indexrelid
where relnamespace = 'public'::regnamespace
union all
select attrelid::regclass::text, attname, concat_ws(' ', attnum, format_type(atttypid, atttypmod),
  attnotnull, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
from pg_attribute join pg_class on pg_class.oid = attrelid
left join pg_attrdef on adrelid = attrelid and adnum = attnum
where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0
  and not attisdropped
"""


async def catalogue(url: str) -> set[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    rows = {tuple(row) for row in await connection.fetch(CATALOGUE)}
    await connection.close()
    return {row for row in rows if "alembic_version" not in row[0]}


async def test_migrated_and_created_databases_have_the_same_catalogue(
    migrated: str, database_url: str
) -> None:
    engine = migrate.engine(database_url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("create extension btree_gist")
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    expected = await catalogue(database_url)
    assert len(expected) > 250
    assert sorted(await catalogue(migrated) ^ expected) == []


async def test_alembic_sees_nothing_to_do(migrated: str) -> None:
    engine = migrate.engine(migrated)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync, opts={"compare_server_default": True}), metadata
            )
        )
    await engine.dispose()
    assert differences == []


async def test_several_nodes_migrate_at_once(database_url: str) -> None:
    assert await migrate.revision(database_url) == (None, "0002")
    assert await asyncio.gather(*(migrate.upgrade(database_url) for _ in range(3))) == ["0002"] * 3
    assert await migrate.revision(database_url) == ("0002", "0002")


async def test_a_database_of_newer_code_is_refused_in_plain_words(migrated: str) -> None:
    connection = await asyncpg.connect(migrated)
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()
    with pytest.raises(migrate.MigrationError, match=r"revision 9999.*run the newer version"):
        await migrate.upgrade(migrated)


async def test_the_migration_can_be_undone(migrated: str) -> None:
    def undo(connection: Connection) -> None:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()

    engine = migrate.engine(migrated)
    async with engine.connect() as connection:
        await connection.run_sync(undo)
    await engine.dispose()
    assert await catalogue(migrated) == set()


MODE = "insert into mode_state (id, run_id, session_id, mode, cause, during) values "
REFUSED = {
    "overlapping modes of a session": (
        MODE + "('{a}', '{run}', '{session}', 'chat', '', '[2026-01-01,)'), "
        "('{b}', '{run}', '{session}', 'idle', '', '[2026-01-02,2026-01-03)')",
        asyncpg.ExclusionViolationError,
    ),
    "overlapping modes of the node": (
        MODE + "('{a}', '{run}', null, 'warmup', '', '[2026-01-01,)'), "
        "('{b}', '{run}', null, 'idle', '', '[2026-01-02,)')",
        asyncpg.ExclusionViolationError,
    ),
    "an empty range": (
        MODE + "('{a}', '{run}', '{session}', 'chat', '', '[2026-01-01,2026-01-01)')",
        asyncpg.CheckViolationError,
    ),
    "an unknown mode": (
        MODE + "('{a}', '{run}', '{session}', 'sleep', '', '[2026-01-01,)')",
        asyncpg.CheckViolationError,
    ),
    "a file without a hash": (
        "insert into audio (id, kind, length_ms, sample_rate, provenance, uri) "
        "values ('{a}', 'input', 1, 16000, '', 'users/x')",
        asyncpg.CheckViolationError,
    ),
    "a user who can't name a folder": (
        "insert into users (user_id, username) values ('../x', 'x')",
        asyncpg.CheckViolationError,
    ),
    "two users of a name": (
        "insert into users (user_id, username) values ('a', 'guest')",
        asyncpg.UniqueViolationError,
    ),
    "a measure that is not a number": (
        "insert into performance_log (id, measure, value) values ('{a}', 'stt', 'nan')",
        asyncpg.CheckViolationError,
    ),
    "a transcript of nothing": (
        "insert into stt (id, session_id, audio_id, system) values ('{a}', '{session}', '{b}', '')",
        asyncpg.ForeignKeyViolationError,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_the_schema_refuses(what: str, books: Books, query: Query) -> None:
    session = books.recorder.session.started(
        user=books.recorder.users.add("guest"), initiator="test"
    )
    assert await books.recorder.flushed(10)
    (run,) = await query("select id from run")
    sql, error = REFUSED[what]
    with pytest.raises(error):
        await query(sql.format(a=uuid7(), b=uuid7(), run=run["id"], session=session))
