"""A document cut into what can be found by itself: sentences, and rows of tables, each with the
headings above it, so that a chunk says by itself what it is about."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from visavis.engines.embeddings import programme, schedule
from visavis.engines.embeddings.schedule import ScheduleEvent
from visavis.engines.embeddings.sentences import sentences

LONGEST = 700
"""Characters of a chunk; the embedding sees 256 tokens, about 1,000 characters."""
_LARGEST = 1 << 20
"""Bytes of a document."""


class DocumentError(ValueError):
    """A document can't be read; the message names it."""


@dataclass(frozen=True)
class Passage:
    """A chunk as it would be said: ``text`` by itself, the ``heading`` over it, and the paragraph
    ``around`` it, which says what "it" and "he" are."""

    text: str
    heading: str = ""
    around: str = ""

    @property
    def chunk(self) -> str:
        """With its heading, as it is embedded and told to a model."""
        return f"{self.heading}: {self.text}" if self.heading else self.text


@dataclass(frozen=True)
class Document:
    """A document in chunks, and each of them as a passage. ``hash`` is the sha256 of its chunks, in
    hex: it changes with the text, and with the way that it is cut."""

    source: str
    chunks: tuple[str, ...]
    passages: tuple[Passage, ...]
    events: tuple[ScheduleEvent, ...] = ()

    @property
    def hash(self) -> str:
        return hashlib.sha256("\n".join(self.chunks).encode()).hexdigest()


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
    return Document(
        source, tuple(event.text for event in events), tuple(map(_said, events)), events
    )


def markdown(text: str, source: str) -> Document:
    """A markdown text."""
    chunks: list[str] = []
    passages: list[Passage] = []
    events: list[ScheduleEvent] = []
    headings: list[str] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        heading = ". ".join(headings)
        if token.type == "heading_open":
            headings = [*headings[: int(token.tag[1:]) - 1], _plain(tokens[index + 1])]
            index += 2
        elif token.type == "table_open":
            end = next(n for n in range(index, len(tokens)) if tokens[n].type == "table_close")
            for row in _rows(tokens[index:end]):
                event = schedule.event_of(heading, row)
                told = " ".join(f"{name}: {cell}." for name, cell in row.items() if cell)
                pieces = [_said(event)] if event else list(_pieces(heading, told, told))
                events += [event] if event else []
                chunks += [event.text] if event else [piece.chunk for piece in pieces]
                passages += pieces
            index = end
        elif token.type in ("inline", "fence", "code_block"):
            around = _plain(token)
            pieces = [piece for one in sentences(around) for piece in _pieces(heading, one, around)]
            chunks += [piece.chunk for piece in pieces]
            passages += pieces
        index += 1
    return Document(source, tuple(chunks), tuple(passages), tuple(events))


def _said(event: ScheduleEvent) -> Passage:
    told = (event.fields.get(name, "") for name in ("time", "event", "place", "day"))
    return Passage(programme.sentence(*told), event.title)


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


def _pieces(heading: str, text: str, around: str) -> Iterator[Passage]:
    """``text`` under its heading, cut between words where it is too long."""
    piece = ""
    for word in text.split():
        if piece and len(heading) + len(piece) + len(word) + 3 > LONGEST:
            yield Passage(piece, heading, around)
            piece = ""
        piece = f"{piece} {word}" if piece else word
    if piece:
        yield Passage(piece, heading, around)
