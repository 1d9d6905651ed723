"""Settings that nothing reads."""

import ast
from collections.abc import Iterator

from house_rules.tree import PACKAGE, Module, Place, Tree, dotted, names_in

SETTINGS = (f"{PACKAGE}.settings", f"{PACKAGE}.engine_settings", f"{PACKAGE}.need_settings")
ROOT = "Settings"
ENGINES = f"{PACKAGE}.engines"
OPTIONS = ("Options", "RemoteOptions")
"""An engine's own settings: classes of these names, and those that extend one of them."""


def unread(tree: Tree) -> list[Place]:
    """Fields of `Settings` and of its tables, and of every engine's `Options`, that no module reads
    by attribute.

    A field of a table counts as read where it is asked of something that is known for the table:
    `….web.port`, or a name that is annotated `Web` or was assigned from `….web`. One of options,
    where it is asked of `options`, or of `self` in their class.
    """
    homes = {
        one.name: (one, module)
        for module in map(tree.modules.get, SETTINGS)
        if module is not None
        for one in module.classes
    }
    classes = {name: one for name, (one, _) in homes.items()}
    tables = _tables(classes)
    read = set()
    for module in tree.modules.values():
        read |= _read(module, classes, tables)
    found = []
    for name in tables:
        one, module = homes[name]
        for line in _fields(one):
            field = line.target.id  # type: ignore[union-attr]
            if not any((kind, field) in read for kind in _line(name, classes)):
                found.append(module.place(line, f"{name}.{field} is read by nothing"))
    return found + _unread_options(tree)


def _unread_options(tree: Tree) -> list[Place]:
    """Fields of engines' options that neither their module nor one that imports it reads, nor that
    of a class that they extend."""
    found = []
    for module in tree.under(ENGINES):
        for node in module.classes:
            line = list(_extended(tree, module, node))
            if not any(one.name in OPTIONS for _, one in line):
                continue
            read = {name for home, one in line for name in _asked(tree, home, one)}
            found += [
                module.place(field, f"{node.name}.{field.target.id} is read by nothing")  # type: ignore[union-attr]
                for field in _fields(node)
                if field.target.id not in read  # type: ignore[union-attr]
            ]
    return found


def _extended(
    tree: Tree, module: Module, node: ast.ClassDef
) -> Iterator[tuple[Module, ast.ClassDef]]:
    """A class and those that it inherits from, each with its module."""
    yield module, node
    for base in node.bases:
        home = tree.defined(tree.named(module, dotted(base) or ""))
        if home is not None and isinstance(home[1], ast.ClassDef):
            yield from _extended(tree, home[0], home[1])


def _asked(tree: Tree, home: Module, node: ast.ClassDef) -> set[str]:
    """The names that are asked of options, by the class itself and around it."""
    near = [
        one
        for one in tree.modules.values()
        if one is home or any(tree.module_of(name) == home.name for name in one.imported.values())
    ]
    asked = [
        part
        for one in near
        for part in one.nodes
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, ast.Load)
        and _last(part.value) in ("options", "_options")
    ]
    own = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and dotted(part.value) == "self"
    ]
    return {part.attr for part in [*asked, *own]}


def _tables(classes: dict[str, ast.ClassDef]) -> dict[str, set[str]]:
    """Every class that holds settings, and the attributes by which it is reached."""
    found: dict[str, set[str]] = {ROOT: {"settings", "_settings"}} if ROOT in classes else {}
    waiting = list(found)
    while waiting:
        for line in _fields(classes[waiting.pop()]):
            for name in names_in(line.annotation):
                if name in classes:
                    if name not in found:
                        waiting.append(name)
                    found.setdefault(name, set()).add(line.target.id)  # type: ignore[union-attr]
    return found


def _fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    return [
        line
        for line in node.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and "ClassVar" not in set(names_in(line.annotation))
    ]


def _line(name: str, classes: dict[str, ast.ClassDef]) -> Iterator[str]:
    """A class and those that it inherits from."""
    yield name
    for base in classes[name].bases:
        if (one := dotted(base)) in classes and one is not None:
            yield from _line(one, classes)


def _read(
    module: Module, classes: dict[str, ast.ClassDef], tables: dict[str, set[str]]
) -> set[tuple[str, str]]:
    """(class, field) pairs that a module reads."""
    by_attribute = {name: kind for kind, names in tables.items() for name in names}
    known: dict[str, set[str]] = {}
    for node in module.nodes:
        for name, kind in _known(node, by_attribute):
            known.setdefault(name, set()).add(kind)
    found = set()
    for node in module.nodes:
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if (last := _last(node.value)) in by_attribute:
            found.add((by_attribute[last], node.attr))
        for kind in known.get(dotted(node.value) or "", ()):
            found.add((kind, node.attr))
    if module.name in SETTINGS:
        found |= {
            (one.name, node.attr)
            for one in classes.values()
            for node in ast.walk(one)
            if isinstance(node, ast.Attribute) and dotted(node.value) == "self"
        }
    return found


def _known(node: ast.AST, by_attribute: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(name, class) for a name that is annotated with a table's class or is given a table."""
    if isinstance(node, ast.arg) and node.annotation is not None:
        yield from ((node.arg, one.split(".")[-1]) for one in names_in(node.annotation))
    elif isinstance(node, ast.AnnAssign) and (name := dotted(node.target)):
        yield from ((name, one.split(".")[-1]) for one in names_in(node.annotation))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value, by_attribute)
    elif isinstance(node, ast.NamedExpr):
        yield from _pairs(node.target, node.value, by_attribute)
    elif isinstance(node, ast.For | ast.comprehension):
        yield from _pairs(node.target, node.iter, by_attribute)


def _pairs(
    target: ast.expr, value: ast.expr, by_attribute: dict[str, str]
) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other, by_attribute)
    elif (name := dotted(target)) and (kind := by_attribute.get(_last(value))):
        yield name, kind


def _last(node: ast.AST) -> str:
    return (
        node.attr
        if isinstance(node, ast.Attribute)
        else node.id
        if isinstance(node, ast.Name)
        else ""
    )
