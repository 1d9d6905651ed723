"""The URLs under which online services have our files: ``cached_uploads``."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from visavis.records.files import StoredFile
from visavis.records.postgres.connection import AWAY, ask
from visavis.records.writing.faults import FaultsRows
from visavis.records.writing.media import file_columns
from visavis.records.writing.rows import TableRows

LEEWAY = timedelta(seconds=60)
"""A URL that expires sooner isn't used any more: the provider fetches it some time later."""

_KNOWN = """
select id, sha256, url, expires from cached_uploads
where provider = $1 and vanished is null and (expires is null or expires > now())
order by created
"""


class CachedUploads:
    """Methods put a row or more columns of one, return at once and never raise."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(
        self,
        provider: str,
        file: StoredFile,
        *,
        mime_type: str,
        url: str,
        expires: datetime | None,
    ) -> UUID:
        """``file`` is at ``url`` with ``provider``, until ``expires`` or, with None, for good."""
        return self._rows.add(
            "cached_uploads",
            provider=provider,
            mime_type=mime_type,
            url=url,
            expires=expires,
            **file_columns("cached_uploads", file),
        )

    def vanished(self, upload: UUID) -> None:
        """The provider says that it no longer has it."""
        self._rows.put("cached_uploads", id=upload, vanished=self._rows.now())


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
    """What one provider has, each file uploaded once an expiry. Without :meth:`recall`, or without
    a database, it begins empty."""

    def __init__(self, provider: str, rows: CachedUploads, faults: FaultsRows) -> None:
        self._provider = provider
        self._rows = rows
        self._faults = faults
        self._known: dict[str, Upload] = {}

    async def recall(self, url: str) -> None:
        """Read from the database what earlier runs have uploaded; a fault when it is away."""
        try:
            rows = await ask(url, _KNOWN, self._provider)
        except AWAY as error:
            told = f"what was uploaded earlier isn't known: {error}"
            self._faults.tell("database_uploads", told)
            return
        for row in rows:
            self._known[row["sha256"]] = Upload(row["id"], row["url"], row["expires"])

    def find(self, sha256: str) -> str | None:
        """Where the provider has the file of that hash; None when it must be uploaded."""
        upload = self._known.get(sha256)
        return upload.url if upload is not None and upload.usable else None

    def keep(self, file: StoredFile, *, mime_type: str, url: str, expires: datetime | None) -> None:
        """``file`` has been uploaded."""
        row = self._rows.add(self._provider, file, mime_type=mime_type, url=url, expires=expires)
        self._known[file.sha256] = Upload(row, url, expires)

    def vanished(self, url: str) -> None:
        """The provider can't find ``url`` any more; it will be uploaded anew."""
        for sha256, upload in list(self._known.items()):
            if upload.url == url:
                del self._known[sha256]
                self._rows.vanished(upload.row)
