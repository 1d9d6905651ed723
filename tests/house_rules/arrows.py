"""Which room may import which, and modules that import each other in a circle."""

from graphlib import TopologicalSorter

from house_rules.tree import PACKAGE, Module, Place, Tree

BASE = {
    "engines.calling",
    *("settings", "engine_settings", "need_settings", "inputs", "logs", "stored", "discourse"),
    *("distributions", "libraries", "engines.registry"),
}
SPOKEN = set(
    EXEMPT := {
        "call.events": "the news, and the bus that they are on",
        "call.commands.commands": "what is commanded from outside is news too: frozen values",
        "call.rtc.caller": "who calls: two frozen values without an import, known to who keeps, "
        "greets and teaches",
        "call.turns.segment": "what was heard of an utterance, which the news carry",
        "call.voice.clock": "all times of a call are the media clock's; it imports nothing",
        "compute.tasks": "tasks whose failures are told; it imports nothing",
        "engines": "interfaces, what crosses them, and what works on it; none knows of calls",
    }
)
"""What any room of a call may know, whichever room it is in: why. Each stands for itself in the
table below, so that what it imports itself is bound there."""
ROOMS = {
    *("call.hearing", "call.turns", "call.voice", "call.face", "call.rtc"),
    *("call.camera", "call.dialogue", "call.modes", "call.signs", "call.calibration"),
    "call.need",
}

# A room, or a module that stands for itself: what it may import. The longest name counts, so
# `call` is what lies beside the rooms of a call and puts them together.
ALLOWED: dict[str, set[str]] = {
    "inputs": set(),
    "discourse": set(),
    "stored": set(),
    "distributions": set(),
    "libraries": set(),
    "logs": {"inputs"},
    "weights": set(),
    "prompts": {"engines.calling", "engines.registry"},
    "personas": {"inputs", "distributions"},
    "compute": set(),
    "engines.calling": set(),
    "engines.registry": {"distributions"},
    "deployments": {"engine_settings", "engines.registry", "distributions"},
    "engine_settings": {"engines.registry", "inputs"},
    "need_settings": {"engine_settings", "inputs"},
    "settings": {"deployments", "engine_settings", "need_settings", "engines.registry"},
    "engines": BASE | {"engines.registry", "compute", "weights", "personas", "prompts"},
    "records": BASE | {"compute", "compute.tasks"},
    "learning": BASE | {"engines", "records", "compute"},
    "precalculated": BASE | {"engines", "records", "personas", "compute"},
    "compute.tasks": set(),
    "call.rtc.caller": set(),
    "call.voice.clock": set(),
    "call.turns.segment": {"engines"},
    "call.events": {"call.turns.segment", "engines"},
    "call.commands.commands": {"inputs", "compute"},
    "call.commands": SPOKEN,
    "call.channel": BASE | SPOKEN | ROOMS | {"call.keeping", "compute"},
    "call.hearing": BASE | SPOKEN,
    "call.turns": BASE | SPOKEN | {"call.hearing"},
    "call.voice": BASE | SPOKEN | {"call.hearing", "compute"},
    "call.face": BASE | SPOKEN | {"call.voice"},
    "call.rtc": BASE | SPOKEN | {"call.hearing", "call.voice", "call.face"},
    "call.camera": BASE | SPOKEN | {"call.rtc", "compute"},
    "call.need": BASE | SPOKEN,
    "call.dialogue": BASE
    | SPOKEN
    | {"call.turns", "call.voice", "call.need", "learning", "prompts", "compute"},
    "call.modes": BASE | SPOKEN | {"call.turns"},
    "call.calibration": BASE | SPOKEN | {"call.hearing"},
    "call.signs": BASE
    | SPOKEN
    | {"call.hearing", "call.camera", "call.turns", "call.dialogue", "learning"},
    "call.keeping": BASE | SPOKEN | ROOMS | {"learning", "records", "compute"},
    "call": BASE
    | SPOKEN
    | ROOMS
    | {"call.channel", "call.commands", "call.keeping", "learning", "compute", "prompts"},
    "web": BASE
    | {"call", "call.commands.commands", "call.rtc.caller", "call.rtc", "call.need"}
    | {"learning", "records"},
    "client": {"inputs", "discourse"},
    "replay": BASE
    | SPOKEN
    | {"call", "call.hearing", "call.turns", "call.dialogue", "call.voice", "prompts", "records"},
}
ABOVE = ("node", "evaluate", "commands", "cli", "__main__")
"""Each may import all that stands before it."""


def table() -> dict[str, set[str]]:
    """All of it. Raises `graphlib.CycleError` if the table itself has a circle."""
    whole = dict(ALLOWED)
    for unit in ABOVE:
        whole[unit] = set(whole)
    list(TopologicalSorter(whole).static_order())
    return whole


def unit_of(module: str, units: dict[str, set[str]]) -> str:
    """The room that a module belongs to; "" for the package itself; its own where none is known."""
    parts = module.split(".")[1:]
    for end in range(len(parts), 0, -1):
        if (name := ".".join(parts[:end])) in units:
            return name
    return ".".join(parts[:1])


def edges(tree: Tree) -> list[tuple[Module, int, str]]:
    """(module, line, module that it imports), function-level imports too."""
    found = set()
    for module in tree.modules.values():
        for node, target, _ in module.imports():
            other = tree.module_of(target)
            if other is not None and other != module.name:
                found.add((module.name, node.lineno, other))
    return [(tree.modules[one], line, other) for one, line, other in sorted(found)]


def arrows_up(tree: Tree) -> list[Place]:
    """Imports that the table doesn't have."""
    units = table()
    found = []
    for module, line, other in edges(tree):
        here, there = unit_of(module.name, units), unit_of(other, units)
        if here == there or not here or not there or there in units.get(here, set()):
            continue
        found.append(
            Place(module.path, line, f"{here} imports {other.removeprefix(PACKAGE + '.')}")
        )
    return found


def circles(tree: Tree) -> list[Place]:
    """Groups of modules that import each other, one place a group."""
    after: dict[str, set[str]] = {name: set() for name in tree.modules}
    for module, _, other in edges(tree):
        after[module.name].add(other)
    found = []
    for group in components(after):
        if len(group) > 1:
            first = tree.modules[min(group)]
            found.append(Place(first.path, 1, "circle of " + ", ".join(sorted(group))))
    return found


def components(after: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of a graph (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(after[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            cut = stack.index(node)
            found.append(stack[cut:])
            del stack[cut:]

    for node in after:
        if node not in index:
            visit(node)
    return found
