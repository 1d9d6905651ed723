"""A paragraph cut into sentences."""

import re

_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]*[^\Wa-z_])")
_SHORT = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Ss]t|[Nn]o|e\.g|i\.e|etc|vs|approx)\.$"
)


def sentences(text: str) -> list[str]:
    """The sentences of ``text``; "Dr. Hale" and "at 3.30" are within one."""
    found: list[str] = []
    begin = 0
    for end in _END.finditer(text):
        piece = text[begin : end.start()].strip()
        if _SHORT.search(piece):
            continue
        found.append(text[begin : end.end()].strip())
        begin = end.end()
    if rest := text[begin:].strip():
        found.append(rest)
    return found
