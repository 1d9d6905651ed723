"""What a call's parts may not do to each other: callbacks, reaching in, asking upstream."""

import ast
from collections.abc import Iterator

from house_rules.tree import PACKAGE, Module, Place, Tree, dotted, is_dataclass, names_in

CALL = f"{PACKAGE}.call"
KEEPING = f"{CALL}.keeping"
RECORDS = f"{PACKAGE}.records"
RANKS = {
    **dict.fromkeys(("rtc", "hearing", "camera"), 0),
    **dict.fromkeys(("turns", "signs", "calibration"), 1),
    "dialogue": 2,
    "voice": 3,
    "face": 4,
}
"""Downstream is more. What isn't here (modes, keeping, channel, session) may hear of everything."""


def beside_the_rooms(tree: Tree) -> list[Place]:
    """Files in `call/` that are in none of its rooms."""
    return [
        Place(module.path, 1, "is in no room")
        for module in tree.under(CALL)
        if module.name.count(".") == 2 and not module.is_package
    ]


def recorders(tree: Tree) -> list[Place]:
    """Modules outside keeping that import the records."""
    found = []
    for module in tree.under(CALL):
        lines = [node.lineno for node, target, _ in module.imports() if _in(target, RECORDS)]
        if lines and not _in(module.name, KEEPING):
            found.append(Place(module.path, min(lines), f"imports {RECORDS}"))
    return found


def _in(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


# Callbacks


def callbacks(tree: Tree) -> list[Place]:
    """Parameters and dataclass fields whose annotation holds something that is called."""
    found = []
    for module in tree.under(CALL):
        for node in module.nodes:
            for name, annotation in _annotated(node):
                if _called(tree, module, annotation, set()):
                    found.append(module.place(annotation, f"{_owner(node)} takes {name}"))
    return found


def _annotated(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        of = node.args
        every = [*of.posonlyargs, *of.args, of.vararg, *of.kwonlyargs, of.kwarg]
        yield from ((one.arg, one.annotation) for one in every if one and one.annotation)
    elif isinstance(node, ast.ClassDef) and is_dataclass(node):
        for one in node.body:
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                yield one.target.id, one.annotation


def _owner(node: ast.AST) -> str:
    return getattr(node, "name", "?")


def _called(tree: Tree, module: Module, annotation: ast.AST, seen: set[str]) -> bool:
    for name in names_in(annotation):
        whole = tree.named(module, name)
        if whole in ("collections.abc.Callable", "typing.Callable"):
            return True
        if whole in seen:
            continue
        seen.add(whole)
        found = tree.defined(whole)
        if found is None:
            continue
        home, node = found
        if isinstance(node, ast.ClassDef):
            if len(_methods(tree, home, node) or ()) == 1:
                return True
        elif _called(tree, home, node, seen):
            return True
    return False


def _methods(tree: Tree, module: Module, node: ast.ClassDef) -> set[str] | None:
    """A protocol's methods, inherited ones too; None for any other class."""
    bases = [tree.named(module, name) for base in node.bases for name in names_in(base)]
    if not {"typing.Protocol", "typing_extensions.Protocol"} & set(bases):
        return None
    methods = {
        one.name
        for one in node.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        and "property" not in [dotted(decorator) for decorator in one.decorator_list]
    }
    for base in bases:
        found = tree.defined(base)
        if found and isinstance(found[1], ast.ClassDef):
            methods |= _methods(tree, found[0], found[1]) or set()
    return methods


# Attributes set from outside


def reached_into(tree: Tree) -> list[Place]:
    """Assignments to an attribute of a part whose class is another module's."""
    owners = _owners(tree)
    found = []
    for module in tree.under(CALL):
        types = _types(module)
        for node, target, attribute in _assigned(module):
            base = dotted(target)
            if base in ("self", "cls") or base is None:
                continue
            kind = types.get(base)
            if kind is not None:
                homes = {tree.module_of(tree.named(module, kind))}
            elif attribute.startswith("_") and _foreign(
                tree, module, types.get(base.split(".")[0])
            ):
                continue  # aiortc's own inside, not a part of ours
            else:
                homes = owners.get(attribute, {None})
            if module.name not in homes and homes != {None}:
                found.append(module.place(node, f"sets {base}.{attribute}"))
    return found


def _foreign(tree: Tree, module: Module, kind: str | None) -> bool:
    return kind is not None and tree.module_of(tree.named(module, kind)) is None


def _assigned(module: Module) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """(statement, object, attribute), by `setattr` too."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node, node.value, node.attr
        elif isinstance(node, ast.Call) and dotted(node.func) == "setattr" and len(node.args) == 3:
            name = node.args[1]
            yield node, node.args[0], str(name.value) if isinstance(name, ast.Constant) else "?"


def _owners(tree: Tree) -> dict[str, set[str | None]]:
    """Attribute → the modules in `call/` whose classes have one of that name."""
    found: dict[str, set[str | None]] = {}
    for module in tree.under(CALL):
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


def _types(module: Module) -> dict[str, str]:
    """What is known of names in a module: variable or `self.x` → the name of its class."""
    found: dict[str, str] = {}
    for node in module.nodes:
        if isinstance(node, ast.arg) and node.annotation is not None:
            name, annotation = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign):
            name, annotation = dotted(node.target) or "", node.annotation
        else:
            continue
        if names := [one for one in names_in(annotation) if one != "None"]:
            found[name] = names[0]
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            value = node.value.value if isinstance(node.value, ast.Await) else node.value
            kind = (
                dotted(value.func)
                if isinstance(value, ast.Call)
                else found.get(dotted(value) or "")
            )
            for name in filter(None, map(dotted, node.targets)):
                if kind and not kind.startswith("self."):
                    found.setdefault(name, kind)
    return found


# News that goes upstream


def asked_upstream(tree: Tree) -> list[Place]:
    """Events that a room is told of which a room further downstream publishes.

    An event is what somebody subscribes to; whoever makes one publishes it.
    """
    heard = [
        (module, node, tree.named(module, name))
        for module in tree.under(CALL)
        for node in _subscriptions(module)
        for name in names_in(node.args[0])
    ]
    events = {event for _, _, event in heard}
    published: dict[str, set[str]] = {}
    for module in tree.under(CALL):
        for node in module.nodes:
            made = dotted(node.func) if isinstance(node, ast.Call) else None
            if made and (event := tree.named(module, made)) in events:
                published.setdefault(event, set()).add(_room(module))
    found = []
    for module, node, event in heard:
        here = RANKS.get(_room(module), len(RANKS))
        for room in sorted(published.get(event, ())):
            if here < RANKS.get(room, -1):
                what = event.rpartition(".")[2]
                found.append(module.place(node, f"{_room(module)} hears of {what} from {room}"))
    return found


def _subscriptions(module: Module) -> Iterator[ast.Call]:
    """Calls of `subscribe`, or of a name that stands for it: `hear = bus.subscribe`."""
    names = {
        dotted(node.targets[0])
        for node in module.nodes
        if isinstance(node, ast.Assign) and _is_subscribe(dotted(node.value))
    }
    for node in module.nodes:
        if isinstance(node, ast.Call) and node.args:
            name = dotted(node.func)
            if _is_subscribe(name) or (name and name in names):
                yield node


def _is_subscribe(name: str | None) -> bool:
    return name is not None and name.endswith(".subscribe")


def _room(module: Module) -> str:
    return module.name.split(".")[2] if module.name.count(".") > 1 else ""
