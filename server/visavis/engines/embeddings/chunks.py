"""A document cut into what can be found by itself: paragraphs, list items, rows of tables, each
with the headings above it, so that a chunk says by itself what it is about."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from visavis.engines.embeddings import schedule
from visavis.engines.embeddings.schedule import ScheduleEvent

LONGEST = 700
"""Characters of a chunk; the embedding sees 256 tokens, about 1,000 characters."""
_LARGEST = 1 << 20
"""Bytes of a document."""


class DocumentError(ValueError):
    """A document can't be read; the message names it."""


@dataclass(frozen=True)
class Document:
    """A document in chunks. ``hash`` is the sha256 of its whole text, in hex."""

    source: str
    hash: str
    chunks: tuple[str, ...]
    events: tuple[ScheduleEvent, ...] = ()


def read(path: Path, source: str) -> Document:
    """A markdown file (.md), or a schedule (.toml). Raises DocumentError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise DocumentError(f"{path} is larger than 1 MB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: {error}") from error
    if path.suffix == ".md":
        return markdown(text, source)
    if path.suffix != ".toml":
        raise DocumentError(f"{path}: knowledge is markdown (.md) or a schedule (.toml)")
    try:
        events = tuple(schedule.read(text))
    except schedule.ScheduleError as error:
        raise DocumentError(f"{path}: {error}") from None
    return Document(source, _hash(text), tuple(event.text for event in events), events)


def markdown(text: str, source: str) -> Document:
    """A markdown text."""
    chunks: list[str] = []
    events: list[ScheduleEvent] = []
    headings: list[str] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "heading_open":
            headings = [*headings[: int(token.tag[1:]) - 1], _plain(tokens[index + 1])]
            index += 2
        elif token.type == "table_open":
            end = next(n for n in range(index, len(tokens)) if tokens[n].type == "table_close")
            for row in _rows(tokens[index:end]):
                event = schedule.event_of(". ".join(headings), row)
                events += [event] if event else []
                told = " ".join(f"{name}: {cell}." for name, cell in row.items() if cell)
                chunks += _pieces(headings, event.text if event else told, titled=event is not None)
            index = end
        elif token.type in ("inline", "fence", "code_block"):
            chunks += _pieces(headings, _plain(token))
        index += 1
    return Document(source, _hash(text), tuple(chunks), tuple(events))


def _rows(tokens: Sequence[Token]) -> Iterator[dict[str, str]]:
    header: list[str] = []
    cells: list[str] = []
    for token in tokens:
        if token.type == "inline":
            cells.append(_plain(token))
        elif token.type == "tr_close":
            if header:
                yield dict(zip(header, cells, strict=False))
            header, cells = header or cells, []


def _plain(token: Token) -> str:
    """What a reader sees, on one line."""
    if token.children is None:
        return " ".join(token.content.split())
    shown = (" " if "break" in child.type else child.content for child in token.children)
    return " ".join("".join(shown).split())


def _pieces(headings: Sequence[str], text: str, *, titled: bool = False) -> Iterator[str]:
    """``text`` under its headings, cut between words where it is too long."""
    above = "" if titled or not headings else ". ".join(headings) + ": "
    piece = ""
    for word in text.split():
        if piece and len(above) + len(piece) + len(word) + 1 > LONGEST:
            yield above + piece
            piece = ""
        piece = f"{piece} {word}" if piece else word
    if piece:
        yield above + piece


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
