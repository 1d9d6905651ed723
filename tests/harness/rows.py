"""What a database and a data folder hold, and what of it is new."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from .node import Node

QUIET_S = 1.5
"""The journal commits a moment after the fact: so long nothing may have changed."""
SETTLE_S = 60.0
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEYS = """
    select c.table_name, array_agg(k.column_name::text order by k.ordinal_position) as key
    from information_schema.table_constraints c
    join information_schema.key_column_usage k using (constraint_schema, constraint_name)
    where c.constraint_type = 'PRIMARY KEY' and c.table_schema = 'public'
      and c.table_name <> 'alembic_version' group by 1 order by 1
"""
COLUMNS = """
    select table_name, column_name, coalesce(domain_name, udt_name) as type, is_nullable
    from information_schema.columns
    where table_schema = 'public' and table_name <> 'alembic_version' order by 1, 2
"""

Row = dict[str, Any]


@dataclass
class Left:
    """What is new: rows by table, each in the order of its key, and files of the data folder."""

    rows: dict[str, list[Row]]
    files: list[str]


class Books:
    """The records of one server: `async with Books(node) as books`."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._seen: dict[str, set[str]] = {}
        self._files: set[str] = set()
        self.beside: dict[str, list[Row]] = {}
        """Rows that belong to no script: who calls and what runs is there once, for all; measures
        of the node come by the clock."""

    async def __aenter__(self) -> "Books":
        self._connection: asyncpg.Connection = await self._node.connect()
        self._keys: dict[str, list[str]] = {
            row["table_name"]: row["key"] for row in await self._connection.fetch(KEYS)
        }
        self._seen = {table: set() for table in self._keys}
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._connection.close()

    async def left(self) -> Left:
        """What has come since the last time, once all calls are over and nothing more comes."""
        await self._settled()
        rows: dict[str, list[Row]] = {}
        for table, key in self._keys.items():
            seen = self._seen[table]
            columns = ", ".join(f'"{column}"' for column in key)
            query = f"select to_jsonb(t) as row from {table} t order by {columns}"
            for (row,) in await self._connection.fetch(query):
                name = "/".join(str(row[column]) for column in key)
                if name in seen:
                    continue
                seen.add(name)
                of_node = table == "performance_log" and row["session_id"] is None
                where = self.beside if of_node or table in ("run", "users") else rows
                where.setdefault(table, []).append(row)
        files = set(self._tree())
        new, self._files = sorted(files - self._files), files
        return Left(rows, new)

    async def schema(self) -> dict[str, str]:
        """`table.column`: its type."""
        return {
            f"{row['table_name']}.{row['column_name']}": row["type"]
            + (" or null" if row["is_nullable"] == "YES" else "")
            for row in await self._connection.fetch(COLUMNS)
        }

    async def _settled(self) -> None:
        """Raises TimeoutError."""
        union = " union all ".join(f"select count(*) from {table}" for table in self._keys)
        loop = asyncio.get_running_loop()
        before, since = None, loop.time()
        async with asyncio.timeout(SETTLE_S):
            while True:
                counts = [n for (n,) in await self._connection.fetch(union)]
                open_ = await self._connection.fetchval(
                    "select count(*) from session where finished is null"
                )
                if counts != before or open_:
                    before, since = counts, loop.time()
                elif loop.time() - since >= QUIET_S:
                    return
                await asyncio.sleep(0.2)

    def _tree(self) -> list[str]:
        """Files but those of Postgres, the journal and the certificates, which are not of calls."""
        found = []
        for folder in sorted(self._node.data.iterdir()):
            if folder.name in ("postgres", "journal", "certs"):
                continue
            paths = [folder] if folder.is_file() else folder.rglob("*")
            found += [str(path.relative_to(self._node.data)) for path in paths if path.is_file()]
        return found


def masked(path: str) -> str:
    """A path without what is another each time."""
    folder, name = str(Path(path).parent), Path(path).name
    plain = re.sub(r"/\d{4}-\d\d-\d\dT[\w-]+/", "/*/", UUID.sub("*", path))
    return plain if plain != path else f"{folder}/{re.sub('[0-9a-f]{16,}', '*', name)}"
