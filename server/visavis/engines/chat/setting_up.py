"""Get the local model ready: kernels, its fastest form, and for "auto" the best that is fast.

This takes minutes at most, and once: `visavis models fetch` does it, and says what it took and why.
"""

import shutil
from dataclasses import replace

import psutil

from visavis.engines.chat import choosing
from visavis.engines.chat.choosing import AUTO
from visavis.engines.chat.kernels.library import KernelError
from visavis.engines.chat.kernels.processor import REPACKED, WHEEL, supported
from visavis.engines.chat.kernels.quantising import quantise
from visavis.engines.chat.measures import SIX_MS, Measure, Measures
from visavis.engines.chat.measuring import MeasureError, measure, quiet
from visavis.settings import Settings
from visavis.weights.fetch import FetchError, fetch
from visavis.weights.manifest import KERNELS, SMALL_CHAT, Weight
from visavis.weights.progress import Watcher
from visavis.weights.store import WeightStore

GROWTH = 1.25
"""A model of twice the size takes so much more than twice the time (measured: 0.5B to 1.5B)."""
MEMORY_BYTES = 1_500_000_000
"""What the rest of the server takes, beside a model and its caches."""


def prepare(settings: Settings, watcher: Watcher) -> None:
    """Everything that the local model needs here. Raises FetchError, for the model alone: without
    kernels, and without the fast form, it runs."""
    if settings.chat.chosen != "local":
        return
    store = WeightStore(settings.weights)
    if settings.chat.kernels != WHEEL and supported():
        try:
            fetch(store, [KERNELS.name], watcher)
        except FetchError as error:
            watcher.note(f"Kernels for this processor: {error}\nThe wheel's are used meanwhile.")
    if settings.chat.model == AUTO:
        _choose(settings, store, watcher)
    else:
        _ready(settings, store, settings.chat.model, watcher)


def settle(settings: Settings) -> None:
    """Measure what is here and wasn't yet, if there is a choice to make. Raises nothing."""
    if settings.chat.chosen != "local" or settings.chat.model != AUTO:
        return
    if len(names := choosing.here(settings)) > 1:
        for name in names:
            measured = _measured(settings, name)
            if isinstance(measured, Measure) and measured.fits:
                return


def promised(small: Measure, small_size: int, size: int) -> float:
    """ms to the sixth token of a model of ``size`` bytes, after what a small one took."""
    return small.six_ms * size / small_size * (GROWTH if size > small_size else 1.0)


def _choose(settings: Settings, store: WeightStore, watcher: Watcher) -> None:
    """Measure the small one; of the better ones that promise to fit, the best that does."""
    small = _ready(settings, store, SMALL_CHAT, watcher)
    taken, why = SMALL_CHAT, "no better one is fast enough here"
    if isinstance(small, str):
        why = small
    for weight in choosing.tiers(store):
        if isinstance(small, str) or weight.name == SMALL_CHAT:
            break
        if not _promises(small, weight, store, watcher):
            continue
        try:
            found = _ready(settings, store, weight.name, watcher)
        except FetchError as error:
            watcher.note(f"{weight.name} can't be had: {str(error).splitlines()[0]}")
            continue
        if isinstance(found, Measure) and found.fits:
            taken, why = weight.name, "the best that is fast enough here"
            break
    watcher.note(f"chat.model = auto takes {taken}: {why}.")


def _promises(small: Measure, weight: Weight, store: WeightStore, watcher: Watcher) -> bool:
    """Whether a model is worth fetching and trying, by its size."""
    needs = weight.size if store.present(weight, weight.files[0]) else 3 * weight.size
    expected = promised(small, store.weight(SMALL_CHAT).size, weight.size)
    if expected > SIX_MS:
        watcher.note(f"{weight.name} would take about {expected:.0f} ms for six tokens: too slow.")
    elif psutil.virtual_memory().total < MEMORY_BYTES + 1.3 * weight.size:
        watcher.note(f"{weight.name} needs more memory than this machine has.")
    elif shutil.disk_usage(store.folder).free < needs:
        watcher.note(f"{weight.name} needs {needs / 1e9:.1f} GB on the disk.")
    else:
        return True
    return False


def _ready(settings: Settings, store: WeightStore, name: str, watcher: Watcher) -> Measure | str:
    """Fetch a model, make its fast form, measure it. Raises FetchError and UnknownWeight."""
    fetch(store, [name], watcher)
    build = choosing.kernels(settings)
    if build.family in REPACKED:
        try:
            quantise(store, name, build.family, watcher)
        except KernelError as error:
            watcher.note(f"{error}. The model is used as it was fetched.")
    measured = _measured(settings, name)
    watcher.note(f"{name} under the kernels {build.family}: {measured}.")
    return measured


def _measured(settings: Settings, name: str) -> Measure | str:
    """How fast a model is here, or why that isn't known. What was measured while something else
    was running is measured again."""
    chosen = choosing.choice(settings, name)
    measures = Measures(settings.weights)
    if (kept := measures.get(chosen.key)) and kept.quiet:
        return kept
    alone = quiet()
    try:
        found = replace(measure(chosen), quiet=alone)
        measures.keep(chosen.key, found)
    except (MeasureError, OSError) as error:
        return str(error)
    return found
