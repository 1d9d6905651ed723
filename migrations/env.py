"""Run by alembic: compares or migrates the database it is given.

``visavis.records.postgres.migrate`` hands over its connection. The ``alembic`` command has none,
and gets one to ``DATABASE_URL``.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from visavis.records.postgres.migrate import engine
from visavis.records.tables import metadata


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate() -> None:
    database = engine(os.environ["DATABASE_URL"])
    async with database.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await database.dispose()


if connection := context.config.attributes.get("connection"):
    migrate(connection)
else:
    asyncio.run(connect_and_migrate())
