"""What a call's parts may not do to each other: callbacks, asking upstream."""

import ast
from collections.abc import Iterator

from house_rules.tree import PACKAGE, Module, Place, Tree, dotted, is_dataclass, names_in

CALL = f"{PACKAGE}.call"
KEEPING = f"{CALL}.keeping"
RECORDS = f"{PACKAGE}.records"
RANKS = {
    "channel": 0,
    **dict.fromkeys(("rtc", "hearing", "camera"), 1),
    **dict.fromkeys(("turns", "signs", "calibration"), 2),
    "dialogue": 3,
    "modes": 4,
    "voice": 5,
    "face": 6,
    "keeping": 7,
    **dict.fromkeys(("channel.outbox", "channel.stats"), 8),
}
"""Downstream is more. The channel is at both ends: what comes from the caller, and what goes. What
isn't here (what lies beside the rooms, `commands`) puts the others together, and may hear of
everything."""
UPSTREAM = {
    ("calibration", "Recalled", "keeping"): "what an earlier call of the client has found is in "
    "the records, which only keeping may ask; asking and answer are news",
    ("dialogue", "LineDue", "modes"): "that the persona speaks unasked is for modes to say, which "
    "hears when it does; dialogue says it as it says everything",
}
"""(room that hears, event, room that publishes) that go upstream all the same: why."""


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
    published: dict[str, list[Module]] = {}
    for module in tree.under(CALL):
        for node in module.nodes:
            made = dotted(node.func) if isinstance(node, ast.Call) else None
            if made and (event := tree.named(module, made)) in events:
                published.setdefault(event, []).append(module)
    found = []
    for module, node, event in heard:
        here, what = _rank(module, 99), event.rpartition(".")[2]
        for source in published.get(event, ()):
            arrow = (_room(module), what, _room(source))
            if here < _rank(source, -1) and arrow not in UPSTREAM:
                found.append(module.place(node, "{} hears of {} from {}".format(*arrow)))
    return sorted(set(found))


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


def _rank(module: Module, otherwise: int) -> int:
    own = ".".join(module.name.split(".")[2:])
    return RANKS.get(own, RANKS.get(_room(module), otherwise))


def _room(module: Module) -> str:
    return module.name.split(".")[2] if module.name.count(".") > 1 else ""
