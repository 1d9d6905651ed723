"""Modules and functions that are too long to be read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

from house_rules.tree import Place, Tree

LINES = 400
FUNCTION_LINES = 60
"""Without the signature and the docstring."""
FOLDERS = {"server": "*.py", "tests": "*.py", "static": "*.js"}
"""Not `migrations`: a revision that is out isn't written anew."""


def long_modules(tree: Tree) -> list[Place]:
    """Files of more than `LINES` lines."""
    return [
        Place(path.relative_to(tree.root).as_posix(), LINES + 1, f"has {number} lines")
        for path in _files(tree.root)
        if (number := len(path.read_text().splitlines())) > LINES
    ]


def long_functions(tree: Tree) -> list[Place]:
    """Functions of the package of more than `FUNCTION_LINES` lines."""
    return [
        module.place(node, f"{node.name} has {number} lines")
        for module in tree.modules.values()
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (number := _code_lines(node)) > FUNCTION_LINES
    ]


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _files(root: Path) -> Iterator[Path]:
    for folder, pattern in FOLDERS.items():
        yield from sorted((root / folder).rglob(pattern))
