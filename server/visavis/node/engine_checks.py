"""The engines in force, as far as they can be looked at without loading them: where each comes
from, what it lacks, the models that it needs, and whether what it asks elsewhere answers.

Plug-ins are anybody's, so each is looked at by itself.
"""

import asyncio
from collections.abc import Iterator
from functools import partial

from visavis.engines import loading, registry
from visavis.engines.remote import RemoteError
from visavis.node.findings import LIMIT_S, Finding, checked
from visavis.settings import Settings
from visavis.weights.store import UnknownWeight, WeightStore

REACH_S = 10.0
"""So long an engine may ask whatever it needs elsewhere."""
DEEP_S = 1_800.0
"""To hash every weight."""
_BROKEN = "Mend it, choose another in the settings, or uninstall what declares it."


def findings(settings: Settings, deep: bool) -> list[Finding]:
    """All of them; `deep` hashes the weights too."""
    engines: list[Finding] = []
    addresses: list[Finding] = []
    models: dict[str, None] = {}
    for kind in registry.KINDS:
        ready = []
        for name in loading.in_force(settings, kind):
            needs: list[str] = []
            look = partial(_engine, settings, kind, name, needs)
            told = checked(f"engine {kind}", look, remedy=_BROKEN)
            engines += told
            models.update(dict.fromkeys(needs))
            if told:
                continue
            ready.append((name, registry.origin(kind, name) or "the settings"))
            if kind in registry.ENGINES:
                look = partial(_address, settings, kind, name)
                addresses += checked(f"address {kind}", look, limit_s=REACH_S + 5, remedy=_BROKEN)
        for origin in dict.fromkeys(origin for _, origin in ready):
            listed = ", ".join(name for name, where in ready if where == origin)
            engines.append(Finding(f"engine {kind}", True, f"{listed}, of {origin}"))
    look = partial(_models, settings, [*models], deep)
    return [*engines, *addresses, *checked("models", look, limit_s=DEEP_S if deep else LIMIT_S)]


def needed(settings: Settings) -> list[str]:
    """Names of the weights that a server with these settings loads, each once."""
    wanted: dict[str, None] = {}
    for kind in registry.ENGINES:
        for name in loading.in_force(settings, kind):
            try:
                wanted.update(dict.fromkeys(registry.weights(kind, name, settings)))
            except (registry.UnknownEngine, registry.BrokenEngine):
                continue  # a finding of its own
    return [*wanted]


def _engine(settings: Settings, kind: str, name: str, needs: list[str]) -> Iterator[Finding]:
    """What keeps it from being used; ``needs`` gets the names of its models."""
    try:
        missing = registry.missing(kind, name)
        if kind in registry.ENGINES:
            loading.own(settings, kind, name, registry.find(kind, name))
            needs += registry.weights(kind, name, settings)
    except (registry.UnknownEngine, registry.BrokenEngine, loading.WrongOptions) as reason:
        yield Finding(f"engine {kind}", False, str(reason), _BROKEN)
        return
    if missing:
        # Chosen by who installed it without that extra, so nothing is wrong.
        yield Finding(f"engine {kind}", True, f"off, since {name} needs {missing}")


def _address(settings: Settings, kind: str, name: str) -> Iterator[Finding]:
    """What it asks on another machine, if it does."""
    engine = registry.find(kind, name)
    options = loading.own(settings, kind, name, engine)

    async def ask() -> str:
        async with asyncio.timeout(REACH_S):
            return str(await engine.reach(options))

    table = loading.table_name(settings, kind, name)
    remedy = f"Start it, or mend [{table}]; calls go on without it meanwhile."
    try:
        told = asyncio.run(ask())
    except RemoteError as error:
        yield Finding(f"address {kind}", False, str(error), remedy)
    except TimeoutError:
        told = f"what {name} asks does not answer within {REACH_S:g} s"
        yield Finding(f"address {kind}", False, told, remedy)
    else:
        if told:
            yield Finding(f"address {kind}", True, told)


def _models(settings: Settings, names: list[str], deep: bool) -> Iterator[Finding]:
    store = WeightStore(settings.weights)
    here = {status.weight.name: status for status in store.status()}
    for name in names:
        try:
            store.weight(name)
        except UnknownWeight as error:
            yield Finding(f"model {name}", False, "not in the manifest", str(error))
            continue
        status = store.verify(name)[0] if deep and here[name].ok else here[name]
        if status.missing:
            files = ", ".join(status.missing)
            remedy = f"visavis models fetch {name}"
            yield Finding(f"model {name}", False, f"not in {store.folder}: {files}", remedy)
        elif status.wrong:
            paths = " ".join(str(store.folder / name / file) for file in status.wrong)
            remedy = f"rm {paths} && visavis models fetch {name}"
            yield Finding(f"model {name}", False, "its bytes aren't the right ones", remedy)
        else:
            how = "verified by sha256" if deep else "here, with the right size"
            yield Finding(f"model {name}", True, f"{how} ({status.weight.size / 1e6:.0f} MB)")
