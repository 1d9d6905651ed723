"""Modules that are too long to be read at once."""

from collections.abc import Iterator
from pathlib import Path

from house_rules.tree import Place, Tree

LINES = 400
FOLDERS = {"server": "*.py", "tests": "*.py", "static": "*.js"}
"""Not `migrations`: a revision that is out isn't written anew."""


def long_modules(tree: Tree) -> list[Place]:
    """Files of more than `LINES` lines."""
    return [
        Place(path.relative_to(tree.root).as_posix(), LINES + 1, f"has {number} lines")
        for path in _files(tree.root)
        if (number := len(path.read_text().splitlines())) > LINES
    ]


def _files(root: Path) -> Iterator[Path]:
    for folder, pattern in FOLDERS.items():
        yield from sorted((root / folder).rglob(pattern))
