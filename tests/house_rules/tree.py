"""The server's modules as syntax trees, and what the names in them stand for.

Nothing is imported or run, so that a tree that doesn't work can still be counted.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PACKAGE = "visavis"


@dataclass(frozen=True, order=True)
class Place:
    """A line that breaks a rule; ``path`` is relative to the root."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass
class Module:
    """One file of the package. ``name`` is dotted and begins with the package's."""

    name: str
    path: str
    text: str
    body: ast.Module

    def place(self, node: ast.AST, what: str) -> Place:
        """Where ``node`` stands."""
        return Place(self.path, getattr(node, "lineno", 1), what)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node, in the order of `ast.walk`."""
        return list(ast.walk(self.body))

    @cached_property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")

    @cached_property
    def definitions(self) -> dict[str, ast.AST]:
        """What the module itself defines at its top level: classes, aliases, constants."""
        found: dict[str, ast.AST] = {}
        for node in self.body.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = node.value or node.annotation
        return found

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @cached_property
    def imported(self) -> dict[str, str]:
        """Each imported name and what it stands for, dotted; function-level imports too."""
        found: dict[str, str] = {}
        for node, target, name in self.imports():
            if isinstance(node, ast.Import) and name == target.split(".")[0]:
                found[name] = name
            else:
                found[name] = target
        return found

    def imports(self) -> Iterator[tuple[ast.Import | ast.ImportFrom, str, str]]:
        """(statement, what is imported, the name that it gets), wherever it stands."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    yield node, one.name, one.asname or one.name.split(".")[0]
            elif isinstance(node, ast.ImportFrom):
                source = self._source(node)
                for one in node.names:
                    yield node, f"{source}.{one.name}", one.asname or one.name

    def _source(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        above = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*above, *filter(None, [node.module])])


@dataclass
class Tree:
    """All modules under ``root/server/visavis``."""

    root: Path
    modules: dict[str, Module] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> "Tree":
        """Parse them. Raises SyntaxError where one isn't Python."""
        tree = cls(root)
        base = root / "server"
        for path in sorted((base / PACKAGE).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text()
            shown = path.relative_to(root).as_posix()
            tree.modules[name] = Module(name, shown, text, ast.parse(text, shown))
        return tree

    def under(self, name: str) -> list[Module]:
        """The module or package ``name`` and what is in it."""
        return [one for key, one in self.modules.items() if f"{key}.".startswith(f"{name}.")]

    def module_of(self, target: str) -> str | None:
        """The module that holds what is imported as ``target``; None outside the package."""
        while target:
            if target in self.modules:
                return target
            target = target.rpartition(".")[0]
        return None

    def named(self, module: Module, dotted: str) -> str:
        """What a name in a module stands for, dotted, through its imports."""
        first, _, rest = dotted.partition(".")
        if first in module.definitions:
            whole = f"{module.name}.{first}"
        else:
            whole = module.imported.get(first, first)
        return f"{whole}.{rest}" if rest else whole

    def defined(self, whole: str) -> tuple[Module, ast.AST] | None:
        """The definition that a dotted name stands for, through re-exports; None elsewhere."""
        for _ in range(8):
            home, _, name = whole.rpartition(".")
            module = self.modules.get(home)
            if module is None:
                return None
            if name in module.definitions:
                return module, module.definitions[name]
            if name not in module.imported:
                return None
            whole = module.imported[name]
        return None


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` as a string; None for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else None
    return None


def names_in(annotation: ast.AST) -> Iterator[str]:
    """The dotted names in an annotation, those in quotes too."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return
    name = dotted(annotation)
    if name is not None:
        yield name
        return
    for child in ast.iter_child_nodes(annotation):
        yield from names_in(child)


def is_dataclass(node: ast.ClassDef) -> bool:
    return any(
        (dotted(one.func if isinstance(one, ast.Call) else one) or "").split(".")[-1] == "dataclass"
        for one in node.decorator_list
    )
