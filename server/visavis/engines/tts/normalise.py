"""Written text to sayable text.

Markup, emoji and what a screen shows are taken away; numbers, dates, money, units, codes and
abbreviations become words by the tables of `spoken`, so that no voice guesses how they are read.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from visavis.engines.tts.spoken import said

_markdown = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")

_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.M | re.S)
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|>[ \t]?)")
_TABLE_RULE = re.compile(r"^[\s|:-]*-{2,}[\s|:-]*$")
_ENDS = re.compile(r"[.,;:!?…—][\"'”’)\]]*$")
_LEFTOVER = re.compile(r"\*+(?=\S)|(?<=\S)\*+|`+|(?<!\w)_+|_+(?!\w)|~~")

_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U00002600-\U000027bf\U00002b00-\U00002bff\U000023e9-\U000023fa"
    "\U0000fe00-\U0000fe0f\U000e0000-\U000e007f\U0000200d\U000020e3]"
)
_EMOTICON = re.compile(r"(?<!\S)(?:[:;=]['-]?[)(DPpOo/\\|3]+|<3|[xX]D)(?=[\s.,!?]|$)")
_TIMES = re.compile(r"(?<=\d)\s?\*\s?(?=\d)")
_DOUBLE_DASH = re.compile(r"\s*(?<!-)--(?!-)\s*|\s+[-–]\s+")
_REPEATED = re.compile(r"([!?,;:])\1+|\.{3,}")
_SPACES = re.compile(r"\s+")
_LONE_MARK = re.compile(r"\s+(?=[,.;:!?…])")


def speakable(text: str) -> str:
    """``text`` as it should be read aloud, on one line; empty when nothing in it can be said.

    Code blocks and images are left out, a link keeps its words, a bare URL becomes the name of its
    site, list items and headings become sentences. Never raises.
    """
    text = _FENCE.sub(" ", text)
    lines = (_line(line) for line in text.splitlines())
    text = " ".join(line for line in lines if line)
    text = _EMOTICON.sub(" ", _EMOJI.sub(" ", text))
    text = said(text)
    text = _DOUBLE_DASH.sub(" — ", text)
    text = _REPEATED.sub(lambda m: m[1] or "…", text)
    text = _LONE_MARK.sub("", _SPACES.sub(" ", text)).strip()
    return text if any(c.isalnum() for c in text) else ""


def _line(line: str) -> str:
    """One line without its markup; a heading or list item is given the full stop it lacks."""
    if _TABLE_RULE.match(line):
        return ""
    line = _TIMES.sub(" × ", line)
    mark = _LINE_MARK.match(line)
    bare = line[mark.end() :] if mark else line
    spoken = _plain(bare.strip().strip("|"))
    spoken = _LEFTOVER.sub("", spoken).strip()
    if mark and spoken and not _ENDS.search(spoken):
        spoken += "."
    return spoken


def _plain(line: str) -> str:
    """The words of inline markdown: emphasis, code spans, links, entities, HTML tags undone."""
    if not line:
        return ""
    tokens: list[Token] = _markdown.parseInline(line)[0].children or []
    kept = ("text", "code_inline", "text_special")
    return "".join(
        token.content if token.type in kept else " " if token.type.endswith("break") else ""
        for token in tokens
    )
