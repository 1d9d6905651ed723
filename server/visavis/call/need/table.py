"""Reads a table of patterns: plain text, so that who knows how people speak can add to it.

A line is one alternative, a regular expression over `normal` sentences; what is indented by four
spaces continues it. ``[name]`` begins a section; lines of the section ``words`` are
``name = pattern``, for which ``<name>`` stands further down. ``#`` begins a comment.
"""

import re
from collections.abc import Iterator
from importlib.resources import files

_WORD = re.compile(r"<([a-z][a-z-]*)>")
_CONTINUED = "    "


def read(name: str) -> dict[str, re.Pattern[str]]:
    """The sections of the packaged table ``name``, each as one pattern that matches whole words."""
    words: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    section = ""
    for line in _lines(files(__package__).joinpath(name).read_text(encoding="utf-8")):
        if line.startswith("["):
            section = line.strip("[]")
        elif section == "words":
            word, _, pattern = line.partition(" = ")
            words[word] = _filled(pattern, words)
        else:
            sections.setdefault(section, []).append(_filled(line, words))
    return {
        section: re.compile(rf"\b(?:{'|'.join(patterns)})\b")
        for section, patterns in sections.items()
    }


def _lines(text: str) -> Iterator[str]:
    """Whole lines, without comments."""
    whole = ""
    for line in text.splitlines():
        if line.startswith(_CONTINUED):
            whole += line.removeprefix(_CONTINUED)
            continue
        if whole:
            yield whole
        whole = "" if line.startswith("#") else line
    if whole:
        yield whole


def _filled(pattern: str, words: dict[str, str]) -> str:
    return _WORD.sub(lambda hole: words[hole[1]], pattern)
