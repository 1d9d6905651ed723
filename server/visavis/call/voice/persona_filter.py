"""The persona's voice through a filter: other samples, the same length, the same moments."""

import asyncio
from dataclasses import replace
from time import perf_counter

from visavis.call.events import Bus
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.hearing.filters import whole
from visavis.compute.asker import Asker
from visavis.engines.base import asked_by
from visavis.engines.calling import called
from visavis.engines.tts.base import Voice, VoiceAround, spoken
from visavis.engines.tts.speech import Speech


class VoiceFilter:
    """The filter of one call's voice, until it breaks. Made on the event loop."""

    def __init__(self, chosen: ChosenFilter, bus: Bus) -> None:
        self._chosen: ChosenFilter | None = chosen
        self._bus = bus
        self._loop = asyncio.get_running_loop()

    def filtered(self, speech: Speech) -> Speech:
        """The same speech, filtered if it can be. Runs in a thread."""
        chosen = self._chosen
        if chosen is None or not speech.samples.size:
            return speech
        began = perf_counter()
        try:
            filtering = chosen.filter
            samples = called(filtering.name, whole, filtering, speech.samples, speech.rate)
        except Exception as error:  # it may be anybody's
            self._chosen = None
            told = f"{chosen.filter.name} broke ({error}); the voice is unfiltered from now on"
            self._loop.call_soon_threadsafe(self._bus.fault, "audio_filter", told)
            return speech
        took = (perf_counter() - began) * 1000
        parameters = {**speech.parameters, "filter_ms": round(took, 1)}
        return replace(
            speech,
            samples=samples,
            audio_filter=chosen.id,
            ms=speech.ms + took,
            parameters=parameters,
        )


class FilteredVoice(VoiceAround):
    """A voice of one call whose clauses are filtered whole, in the thread that makes them.

    Words, phonemes and mouth stay as they were, because a filter keeps every sample's place; one
    that doesn't, or that breaks, is a fault, and this call's voice is unfiltered from then on.
    """

    def __init__(self, voice: Voice, filtering: VoiceFilter) -> None:
        super().__init__(voice)
        self._filtering = filtering

    def of(self, asker: Asker) -> "FilteredVoice":
        """See `engines.base.Hosted`."""
        return FilteredVoice(asked_by(self._voice, asker), self._filtering)

    def say(self, text: str) -> Speech:
        """The clause as sound; `Speech.ms` holds the filter's time too."""
        return self._filtering.filtered(self._voice.say(text))

    async def speak(self, text: str) -> Speech:
        """The same, on the event loop; the filter works in a thread."""
        return await asyncio.to_thread(self._filtering.filtered, await spoken(self._voice, text))
