"""Attributes of a part that are set from outside it."""

import ast
from collections.abc import Iterator

from house_rules.names import TOOLS
from house_rules.tree import Module, Place, Tree, dotted, names_in

FILLED_IN = {
    "visavis.client.report": "what a call was like, put together by those who measured it",
    "visavis.evaluate.results": "what came of a run, filled in turn by turn, judged and graded",
    "visavis.records.forgetting.report": "what went, counted by those who take it away",
    "visavis.records.journal.backlog": "`Stats`: counts, of which each is kept where it is counted",
}
"""Modules whose classes are records that others fill in, and no parts: why."""
HOLDERS = ("collections.", "typing.")
FOREIGN = ""
"""The home of a class that is none of ours."""


def reached_into(tree: Tree) -> list[Place]:
    """Assignments to an attribute of a part whose class is another module's.

    Where nothing says of which class the object is, it is taken for one of those that have an
    attribute of this name.
    """
    owners = _owners(tree)
    found = []
    for module in _parts(tree):
        homes_of = _homes(tree, module)
        for node, target, attribute in _assigned(module):
            base = dotted(target)
            if base in ("self", "cls") or base is None:
                continue
            if base in homes_of:
                homes = {homes_of[base]}
            elif homes_of.get(base.split(".")[0]) == FOREIGN:
                continue  # the inside of a library's object, not a part of ours
            else:
                homes = owners.get(attribute, {FOREIGN})
            if module.name not in homes and homes != {FOREIGN} and not homes & FILLED_IN.keys():
                found.append(module.place(node, f"sets {base}.{attribute}"))
    return found


def _parts(tree: Tree) -> list[Module]:
    return [module for name, module in tree.modules.items() if TOOLS not in name]


def _assigned(module: Module) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """(statement, object, attribute), by `setattr` too."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node, node.value, node.attr
        elif isinstance(node, ast.Call) and dotted(node.func) == "setattr" and len(node.args) == 3:
            name = node.args[1]
            yield node, node.args[0], str(name.value) if isinstance(name, ast.Constant) else "?"


def _owners(tree: Tree) -> dict[str, set[str]]:
    """Attribute → the modules whose classes have one of that name."""
    found: dict[str, set[str]] = {}
    for module in _parts(tree):
        for node in module.nodes:
            if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
                continue
            if dotted(node.value) == "self":
                found.setdefault(node.attr, set()).add(module.name)
        for one in module.classes:
            for line in one.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    found.setdefault(line.target.id, set()).add(module.name)
    return found


def _homes(tree: Tree, module: Module) -> dict[str, str]:
    """What is known of names in a module: variable or `self.x` → the module of its class."""
    found: dict[str, str] = {}
    for node in module.nodes:
        if isinstance(node, ast.arg) and node.annotation is not None:
            name, annotation = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign):
            name, annotation = dotted(node.target) or "", node.annotation
        else:
            continue
        if (home := _annotated(tree, module, annotation)) is not None:
            found[name] = home
    for node in module.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            home = _made(tree, module, node.value, found)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in filter(None, map(dotted, targets)):
                if home is not None:
                    found.setdefault(name, home)
    return found


def _annotated(tree: Tree, module: Module, annotation: ast.AST) -> str | None:
    """The home of the first class in an annotation, whatever holds it, such as a list."""
    homes = (
        _home(tree, module, name)
        for name in names_in(annotation)
        if not tree.named(module, name).startswith(HOLDERS)
    )
    return next((home for home in homes if home is not None), None)


def _made(tree: Tree, module: Module, value: ast.AST, known: dict[str, str]) -> str | None:
    """The home of the class of a value, if that can be seen."""
    if isinstance(value, ast.Await):
        value = value.value
    if not isinstance(value, ast.Call):
        return known.get(dotted(value) or "")
    made = dotted(value.func)
    if made is None:
        return None
    if (home := _home(tree, module, made)) is not None:
        return home
    # What a library's object gives is the library's; what one of ours gives may be anybody's.
    return FOREIGN if known.get(made.rpartition(".")[0]) == FOREIGN else None


def _home(tree: Tree, module: Module, name: str) -> str | None:
    """The module of the class that a name stands for, or that the function of this name gives;
    None for what the module neither defines nor imports: a variable and what hangs on it, or what
    is built in, which has no attributes to set."""
    first = name.split(".")[0]
    if first not in module.definitions and first not in module.imported:
        return None
    whole = tree.named(module, name)
    if tree.module_of(whole) is None:
        return FOREIGN
    found = tree.defined(whole)
    if found is None:  # a class's own method: `Persona.read`
        found = tree.defined(whole.rpartition(".")[0])
        if found is None or not isinstance(found[1], ast.ClassDef):
            return None
    home, node = found
    if isinstance(node, ast.ClassDef):
        return home.name
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        return _annotated(tree, home, node.returns)
    return None
