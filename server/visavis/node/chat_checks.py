"""Which kernels compute the local language model here, and how fast it was."""

from collections.abc import Iterator

from visavis.engines.chat import choosing
from visavis.node.findings import Finding
from visavis.settings import Settings

_MEASURE = "Measure with: visavis models fetch"


def kernels(settings: Settings) -> Iterator[Finding]:
    """The build in use and the model's measure; wrong is only what somebody asked for in vain."""
    if settings.chat.chosen != "local":
        return
    build = choosing.kernels(settings)
    forced = settings.chat.kernels != choosing.AUTO
    if build.lacking:
        told = f"those of the wheel, for every processor: {build.lacking}"
        remedy = f"Set chat.kernels to auto or wheel. {_MEASURE}" if forced else ""
        yield Finding("kernels", not forced, told, remedy)
    else:
        yield Finding("kernels", True, f"{build.family}, as chat.kernels = {settings.chat.kernels}")
    model = choosing.in_force(settings)
    measure = choosing.measured(settings, model)
    told = f"{model}, as chat.model = {settings.chat.model}: "
    told += f"{measure}" if measure else f"not measured yet. {_MEASURE}"
    yield Finding("language model", True, told)
