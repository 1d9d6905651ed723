"""One name for one thing, one thing for one name."""

import ast
import re
from collections import defaultdict

from house_rules.tree import Module, Place, Tree

TOOLS = ".portrait.making"
"""What made a persona's pictures is no part of the server."""
SAYS_NOTHING = re.compile(
    r"(Of (a|an|one|the) [\w' -]+|(Its|The) \w+|Used from the event loop)\.\s*"
)


def doubled(tree: Tree) -> list[Place]:
    """Public classes and type aliases of modules whose name another module's have too. An alias
    that stands for the same in both is one thing, and isn't counted."""
    found: dict[str, list[tuple[Module, ast.AST]]] = defaultdict(list)
    for module in tree.modules.values():
        for name, node in module.definitions.items():
            named = isinstance(node, ast.ClassDef) or _is_alias(name, node)
            if named and not name.startswith("_") and TOOLS not in module.name:
                found[name].append((module, node))
    return [
        module.place(node, f"{name} is a name in {others} too")
        for name, places in found.items()
        if len({_meant(node) for _, node in places}) > 1
        for module, node in places
        if (others := ", ".join(other.name for other, _ in places if other is not module))
    ]


def _is_alias(name: str, node: ast.AST) -> bool:
    """`Words = list[str]`, and no constant."""
    written = isinstance(node, ast.Subscript | ast.BinOp | ast.Name | ast.Attribute)
    return written and name[0].isupper() and not name.isupper()


def _meant(node: ast.AST) -> object:
    return id(node) if isinstance(node, ast.ClassDef) else ast.unparse(node)


def say_nothing(tree: Tree) -> list[Place]:
    """Docstrings like "Of one call.", and those that say nothing more than "Its name."."""
    return [
        module.place(node, "says nothing: " + told.partition("\n")[0])
        for module in tree.modules.values()
        for node in module.nodes
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module)
        and (told := ast.get_docstring(node))
        and _says_nothing(told)
    ]


def _says_nothing(told: str) -> bool:
    """Whether it is empty but for such sentences, or begins with a line that is one."""
    line = told.partition("\n")[0]
    return not SAYS_NOTHING.sub("", told) or bool(
        re.fullmatch(r"Of (a|an|one|the) [\w' -]+\.", line)
    )
