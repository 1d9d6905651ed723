"""The schema as SQLAlchemy Core metadata; a module for each part of it.

Tables are named as in the data seeds (``migrations/README.md`` has the decisions). What holds
everywhere:

- Ids are UUIDs made by the writer, version 7 for what happens (ordered by time), version 5 of
  the natural key for what is merely named (a version, a deployment, a portrait), so that two
  nodes give one thing one id without asking the database.
- Times are ``timestamptz`` in UTC; durations are double precision milliseconds.
- What still evolves is ``jsonb`` with the default ``{}``.
- A file is named by ``uri`` (relative to the data folder), ``sha256`` (hex) and ``size``
  (bytes): all three or none. None means that it was not kept.
- A table's columns stand in the order in which migrations added them.
- ``turn_id`` is shared by all rows of one exchange. It names no row of its own.
"""

from visavis.records.tables import body, deployment, media, quality, session, thought
from visavis.records.tables.columns import DIMENSIONS, SentenceEmbedding, key_of, metadata
from visavis.records.tables.quality import JUDGED
from visavis.records.tables.session import MODES

__all__ = [
    "DIMENSIONS",
    "JUDGED",
    "MODES",
    "SentenceEmbedding",
    "body",
    "deployment",
    "key_of",
    "media",
    "metadata",
    "quality",
    "session",
    "thought",
]
