"""One name for one thing, one thing for one name."""

import ast
import re
from collections import defaultdict

from house_rules.tree import Module, Place, Tree

TOOLS = ".portrait.making"
"""What made a persona's pictures is no part of the server."""
SAYS_NOTHING = re.compile(r"Of (a|an|one|the) [\w' -]+\.")


def doubled(tree: Tree) -> list[Place]:
    """Public classes of modules whose name another module's class has too."""
    found: dict[str, list[tuple[Module, ast.AST]]] = defaultdict(list)
    for module in tree.modules.values():
        for name, node in module.definitions.items():
            public = isinstance(node, ast.ClassDef) and not name.startswith("_")
            if public and TOOLS not in module.name:
                found[name].append((module, node))
    return [
        module.place(node, f"{name} is a class of {others} too")
        for name, places in found.items()
        if len(places) > 1
        for module, node in places
        if (others := ", ".join(other.name for other, _ in places if other is not module))
    ]


def say_nothing(tree: Tree) -> list[Place]:
    """Docstrings like "Of one call."."""
    return [
        module.place(node, f"says nothing: {told}")
        for module in tree.modules.values()
        for node in module.nodes
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module)
        and (told := (ast.get_docstring(node) or "").partition("\n")[0])
        and SAYS_NOTHING.fullmatch(told)
    ]
