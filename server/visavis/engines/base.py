"""What every engine has in common, and what it is given to get ready."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from visavis.compute.asker import Asker
from visavis.compute.host import Host
from visavis.engines.calling import called
from visavis.engines.stt.base import Recogniser
from visavis.personas.persona import Persona
from visavis.settings import Settings
from visavis.weights.store import WeightStore

T = TypeVar("T")


class NoOptions(BaseModel):
    """An engine without settings of its own."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Context:
    """What an engine may use while it is loaded."""

    settings: Settings
    """The keys of its kind are here: ``settings.tts.voice``, ``settings.chat.url``."""
    persona: Persona
    host: Host
    """Makes worker processes, for what would hold the interpreter's lock: see `Host.start`."""
    system_prompt: str = ""
    """What the language model will read at the head of every request."""
    options: Any = field(default_factory=NoOptions)
    """The engine's `Options`, from the table that bears its name: ``[tts.hibari]``."""
    recogniser: Recogniser | None = None
    """What transcribes the caller; for engines of the kind ``turns`` only."""

    def weights(self, name: str) -> Path:
        """The file, or the folder, of a model in the manifest.

        Raises `weights.store.MissingWeight` when it isn't on this machine, and `UnknownWeight`
        when no manifest knows the name.
        """
        return WeightStore(self.settings.weights).path(name)


class Engine:
    """A class that the registry finds by its name; `load` makes what calls use.

    What `load` gives has the interface of the kind (``engines/<kind>/base.py``) and is shared by
    all calls of a node.
    """

    Options: ClassVar[type[BaseModel]] = NoOptions
    """Settings of its own, the table ``[<kind>.<name>]``; an unknown key in it is refused."""

    @classmethod
    def weights(cls, settings: Settings) -> tuple[str, ...]:
        """Names in the manifest of the models that it needs under these settings."""
        return ()

    @classmethod
    def missing(cls) -> str:
        """What isn't installed that it needs, and how to install it; "" when all is there.

        With something missing, the engine counts as off, and `visavis doctor` says so.
        """
        return ""

    @classmethod
    async def reach(cls, options: Any) -> str:
        """Ask whatever it needs beyond this machine, with its `Options`: what answers there, in
        words for `visavis doctor`; "" for an engine that needs nothing.

        Raises `engines.remote.RemoteError`, which says what is wrong.
        """
        return ""

    @classmethod
    async def load(cls, context: Context) -> Any:
        """Get ready, and warm: what takes a while is done here and not in the first call.

        Runs on the event loop, so whatever computes goes to a thread (``asyncio.to_thread``) or
        to a worker process (``context.host``). May raise anything: the node then goes on without
        this engine, and a fault tells why.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of what is held (connections), within some seconds: the node or the command ends.
        Workers of ``context.host`` end by themselves."""


@runtime_checkable
class Hosted(Protocol):
    """What an engine is that has its work done by a worker and wants it to know who asks."""

    def of(self, asker: Asker) -> Self:
        """The same engine as one call uses it: it passes ``asker`` on with every request. Called on
        a language model and a voice for each reply, so it takes no time."""
        ...


def system_of(engine: object) -> str:
    """What names a loaded engine in the records: its ``system``, or its class where it has none."""
    return str(getattr(engine, "system", "") or type(engine).__name__)


def parameters_of(engine: object) -> dict[str, Any]:
    """How a loaded engine is set, for the records: its ``parameters``; {} where it has none."""
    return dict(getattr(engine, "parameters", {}))


def asked_by(engine: T, asker: Asker, fault: Callable[[str, str], object] | None = None) -> T:
    """A loaded engine as one call uses it. One that isn't `Hosted` is used as it is, as is one
    whose `of` breaks where ``fault`` hears of that by kind and description.

    Raises what `of` raises, where nobody does.
    """
    if not isinstance(engine, Hosted):
        return engine
    who = type(engine).__name__
    try:
        own: T = called(who, engine.of, asker)
    except Exception as error:
        if fault is None:
            raise
        fault("engine_asker", f"{who}: {type(error).__name__}: {error}")
        return engine
    return own
