"""What speaks: the interface of the voices."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol, runtime_checkable

from visavis.engines.calling import awaited, called
from visavis.engines.tts.checked import checked
from visavis.engines.tts.speech import Speech


class Voice(Protocol):
    """A voice that is ready. ``system`` and ``parameters`` name it in the records."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    def say(self, text: str) -> Speech:
        """The clause as sound: float32 mono within +-1, with the times of its words in ms.

        Called in threads, from several at once. It may block (some 10 ms a clause; the caller
        waits), and whatever computes releases the interpreter's lock.
        """
        ...


@runtime_checkable
class AwaitedVoice(Voice, Protocol):
    """A voice that is waited for and not computed here, as one on another machine."""

    async def speak(self, text: str) -> Speech:
        """As `say`, on the event loop that the voice was made on. Cancelled, it asks no more."""
        ...


def languages_of(voice: object) -> Sequence[str] | None:
    """The languages (ISO 639-1) that a voice says it speaks, in its ``languages``; None there: any.
    One that says nothing speaks English alone."""
    return getattr(voice, "languages", ("en",))


class VoiceAround:
    """What stands round a voice, and is named as that voice is."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    @property
    def system(self) -> str:
        """The engine's."""
        return self._voice.system

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The engine's."""
        return self._voice.parameters

    @property
    def languages(self) -> Sequence[str] | None:
        """The engine's; see `languages_of`."""
        return languages_of(self._voice)


async def spoken(voice: Voice, text: str, threads: Executor | None = None) -> Speech:
    """The clause by any voice, in the way that holds up neither the event loop nor its threads.

    ``threads``: where it is computed if it isn't waited for; None: in the loop's own. Raises
    `BadSpeech`, and what the voice raises.
    """
    if isinstance(voice, AwaitedVoice):
        return checked(await awaited(voice.system, voice.speak, text), voice.system)
    return await asyncio.get_running_loop().run_in_executor(threads, said, voice, text)


def said(voice: Voice, text: str) -> Speech:
    """The clause, in a thread. Raises `BadSpeech`, and what the voice raises (see `called`)."""
    return checked(called(voice.system, voice.say, text), voice.system)
