"""Written text to sayable text.

The voice's own reader already knows plain numbers, money, percents, times, dates, titles, units
and many symbols. This adds what a language model writes and the reader gets wrong: markup, emoji,
links, approximations, and the few number forms that it reads as years or letters.
"""

import re

import inflect
from markdown_it import MarkdownIt
from markdown_it.token import Token

_markdown = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
_words = inflect.engine()

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
_URL = re.compile(r"\b(?:https?://|www\.)([^\s/?#<>\"')]+)[^\s<>\"')]*(?<![.,;:!?])", re.I)
_EMAIL = re.compile(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b")

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_LITERAL = {
    "≤": " at most ",
    "≥": " at least ",
    "≠": " is not ",
    "≈": " about ",
    "√": " the square root of ",
    "∞": " infinity ",
    "№": " number ",
    "\u00a0": " ",
    "\u200b": "",
    "\u2011": "-",
}
_SPELLINGS = {
    "C#": "C sharp",
    "F#": "F sharp",
    "24/7": "twenty-four seven",
    "50/50": "fifty-fifty",
    "CO2": "C O 2",
    "H2O": "H 2 O",
    "e.g.": "for example",
    "i.e.": "that is",
    "w/": "with",
}
_SPELLING = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _SPELLINGS)) + r")(?!\w)")
_ABOUT = re.compile(rf"(?<!\w)~\s?(?=[$£€]?{_NUMBER})")
_THOUSANDS = re.compile(rf"(?<![\w$£€.,])({_NUMBER})\s?[kK]\b(?!/)")
_METRES = re.compile(rf"(?<![\w$£€.,])({_NUMBER})\s?m(?![\w'’/²³^])")
_PER_SECOND = re.compile(rf"(?<![\w.,])({_NUMBER})\s?m/s(?:²|\^2|(?![\w²^]))")
_SQUARE = re.compile(rf"(?<![\w.,])({_NUMBER})\s?(km|m|cm|mm)(²|³)")
_LONG = {"km": "kilometers", "m": "meters", "cm": "centimeters", "mm": "millimeters"}
_QUANTITY = re.compile(
    r"(?<![\w$£€.,/:-])(\d{4})(?=\s?(?:km|kg|cm|mm|ft|mi|mph|meters?|metres?|feet|miles?|kilo\w+|"
    r"people|times|degrees|percent|dollars|pounds|euros|ms|Hz|MB|GB|%)(?!\w))"
)
_FEET = re.compile(r"\b(\d)'\s?(\d{1,2})\"?(?!\w)")
_MINUS = re.compile(r"(?<=\d) [-−–] (?=\d)")
_NEGATIVE = re.compile(r"(?<![\w)])−(?=\d)")
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
    text = _EMAIL.sub(lambda m: f"{m[1]} at {_dots(m[2])}", text)
    text = _URL.sub(lambda m: _dots(m[1].removeprefix("www.")), text)
    text = _symbols(text)
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


def _symbols(text: str) -> str:
    """Numbers and symbols that the voice's reader would misread, as words or in a form it reads."""
    for symbol, words in _LITERAL.items():
        text = text.replace(symbol, words)
    text = _SPELLING.sub(lambda m: _SPELLINGS[m[0]], text)
    text = _ABOUT.sub("about ", text)
    text = _THOUSANDS.sub(r"\1 thousand", text)
    text = _PER_SECOND.sub(
        lambda m: f"{m[1]} meters per second" + (" squared" if m[0][-1] in "²2" else ""), text
    )
    text = _SQUARE.sub(
        lambda m: f"{m[1]} {'square' if m[3] == '²' else 'cubic'} {_LONG[m[2]]}", text
    )
    text = _METRES.sub(lambda m: f"{m[1]} {'meter' if m[1] == '1' else 'meters'}", text)
    text = _QUANTITY.sub(lambda m: _cardinal(m[1]), text)
    text = _FEET.sub(r"\1 foot \2", text)
    text = _MINUS.sub(" minus ", text)
    return _NEGATIVE.sub("-", text)


def _cardinal(digits: str) -> str:
    """Number words: "8848" -> "eight thousand eight hundred forty-eight"."""
    return str(_words.number_to_words(digits, andword="", comma=""))


def _dots(host: str) -> str:
    return host.rstrip(".,;:!?").replace(".", " dot ")
