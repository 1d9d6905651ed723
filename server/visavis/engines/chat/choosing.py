"""Which local model, in which form, under which kernels: from the settings and what is here."""

from dataclasses import dataclass, replace
from pathlib import Path

from visavis.engines.chat.kernels import processor
from visavis.engines.chat.kernels.processor import WHEEL
from visavis.engines.chat.kernels.quantising import library_sha256, usable
from visavis.engines.chat.measures import Measure, Measures
from visavis.settings import Settings
from visavis.weights.manifest import KERNELS, SMALL_CHAT, Weight
from visavis.weights.store import MissingWeight, UnknownWeight, WeightStore

AUTO = "auto"
_ELSEWHERE = "there are kernels for Linux on 64-bit Intel and AMD only"


@dataclass(frozen=True)
class KernelChoice:
    """A build of llama.cpp: the family of processors and the library's folder, or the wheel."""

    family: str = WHEEL
    library: str = ""
    lacking: str = ""
    """Why it isn't the one that the settings ask for; empty when it is."""


@dataclass(frozen=True)
class ModelChoice:
    """A model that can be loaded, and how."""

    model: str
    path: Path
    kernels: KernelChoice
    cores: int

    @property
    def key(self) -> str:
        """What a measure of it belongs to: the processor, the library, the model and its form."""
        library = library_sha256()[:12] if self.kernels.library else ""
        parts = (processor.name(processor.here()), self.kernels.family, library, self.model)
        return "|".join((*parts, self.path.name, f"{self.cores} threads"))

    def with_wheel(self) -> "ModelChoice":
        """The same under the wheel."""
        return replace(self, kernels=KernelChoice())


def kernels(settings: Settings) -> KernelChoice:
    """The build that is used. Raises nothing: what can't be used is told in `lacking`."""
    if settings.chat.kernels == WHEEL:
        return KernelChoice()
    if not processor.supported():
        forced = settings.chat.kernels != AUTO
        return KernelChoice(lacking=_ELSEWHERE if forced else "")
    try:
        family = processor.chosen(settings.chat.kernels, processor.here())
        library = WeightStore(settings.weights).path(KERNELS.name)
    except (ValueError, MissingWeight) as error:
        return KernelChoice(lacking=str(error))
    return KernelChoice(family, str(library))


def choice(settings: Settings, model: str = "") -> ModelChoice:
    """How a model is loaded; none named: the one in force.

    Raises MissingWeight and UnknownWeight.
    """
    model = model or in_force(settings)
    build = kernels(settings)
    path = usable(WeightStore(settings.weights), model, build.family)
    return ModelChoice(model, path, build, processor.threads(settings.chat.threads))


def in_force(settings: Settings) -> str:
    """The name of the model that is set; for "auto", the best that was measured to be fast enough,
    else the one for every machine."""
    if settings.chat.model != AUTO:
        return settings.chat.model
    return next((name for name in here(settings) if _fits(settings, name)), SMALL_CHAT)


def here(settings: Settings) -> list[str]:
    """The language models on this machine, best first."""
    store = WeightStore(settings.weights)
    found = {status.weight.name for status in store.status() if status.ok}
    return [weight.name for weight in tiers(store) if weight.name in found]


def tiers(store: WeightStore) -> list[Weight]:
    """The language models of the manifest, best first."""
    return sorted((weight for weight in store.manifest if weight.tier), key=lambda one: -one.tier)


def measured(settings: Settings, model: str) -> Measure | None:
    """How fast a model was here, as it would be loaded now; None before it was measured."""
    try:
        found = choice(settings, model)
    except (MissingWeight, UnknownWeight):
        return None
    return Measures(settings.weights).get(found.key)


def _fits(settings: Settings, model: str) -> bool:
    measure = measured(settings, model)
    return measure is not None and measure.fits
