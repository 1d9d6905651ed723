"""The URLs under which online services have our files: each uploaded once a provider and expiry."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from visavis.records.files import StoredFile
from visavis.records.recorder import Recorder
from visavis.records.repository import AWAY

LEEWAY = timedelta(seconds=60)
"""A URL that expires sooner isn't used any more: the provider fetches it some time later."""

_KNOWN = """
select id, sha256, url, expires from cached_uploads
where provider = $1 and vanished is null and (expires is null or expires > now())
order by created
"""


@dataclass(frozen=True)
class Upload:
    """A file that a provider has. ``expires``: None for never."""

    row: UUID
    url: str
    expires: datetime | None

    @property
    def usable(self) -> bool:
        """Whether it will be there for a while."""
        return self.expires is None or self.expires > datetime.now(UTC) + LEEWAY


class Uploads:
    """What one provider has. Without :meth:`recall`, or without a database, it begins empty."""

    def __init__(self, provider: str, recorder: Recorder) -> None:
        self._provider = provider
        self._recorder = recorder
        self._known: dict[str, Upload] = {}

    async def recall(self, url: str) -> None:
        """Read from the database what earlier runs have uploaded; a fault when it is away."""
        try:
            connection = await asyncpg.connect(url, timeout=5, command_timeout=15)
            try:
                rows = await connection.fetch(_KNOWN, self._provider)
            finally:
                await connection.close()
        except AWAY as error:
            told = f"what was uploaded earlier isn't known: {error}"
            self._recorder.fault("database_uploads", told)
            return
        for row in rows:
            self._known[row["sha256"]] = Upload(row["id"], row["url"], row["expires"])

    def find(self, sha256: str) -> str | None:
        """Where the provider has the file of that hash; None when it must be uploaded."""
        upload = self._known.get(sha256)
        return upload.url if upload is not None and upload.usable else None

    def keep(self, file: StoredFile, *, mime_type: str, url: str, expires: datetime | None) -> None:
        """``file`` has been uploaded."""
        row = self._recorder.uploaded(
            self._provider, file, mime_type=mime_type, url=url, expires=expires
        )
        self._known[file.sha256] = Upload(row, url, expires)

    def vanished(self, url: str) -> None:
        """The provider can't find ``url`` any more; it will be uploaded anew."""
        for sha256, upload in list(self._known.items()):
            if upload.url == url:
                del self._known[sha256]
                self._recorder.upload_vanished(upload.row)
