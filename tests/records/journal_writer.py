"""Run as a program, to be killed: puts rows without end and prints how many are safe on disk.

``python journal_writer.py FOLDER URL RUN FIRST``: row n is a fault whose type is ``n``, put beside
a mode of the node that ends the one before. Committed twice, the modes would overlap.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.journal.journal import Journal


async def main(folder: str, url: str, run: str, first: str) -> None:
    journal = Journal(Path(folder), url, segment_bytes=20_000)
    await journal.start()
    number = int(first)
    mode: tuple[UUID, datetime] | None = None
    while True:
        for _ in range(20):
            now = datetime.now(UTC)
            if mode:
                journal.put("mode_state", {"id": mode[0], "during": (mode[1], now)})
            mode = (uuid7(), now)
            row = {
                "id": mode[0],
                "run_id": UUID(run),
                "mode": "idle",
                "cause": "",
                "during": (now, None),
            }
            journal.put("mode_state", row)
            journal.put("faults", {"id": uuid7(), "type": str(number), "description": ""})
            number += 1
            await asyncio.sleep(0.001)
        if await journal.synced(10) and mode:
            print(number, mode[0], mode[1].isoformat(), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
