"""The pages that a node serves, and what they are told of it."""

from collections.abc import Mapping
from typing import Any

from visavis import __version__
from visavis.call.calls import Calls
from visavis.call.modes.modes import Mode
from visavis.records.journal.backlog import in_words
from visavis.records.recorder import Recorder
from visavis.web import pages


def pages_of(
    calls: Calls, recorder: Recorder, stills: Mapping[str, pages.Image], token: str
) -> pages.Pages:
    """For who calls and who operates; ``stills`` may come later."""
    return pages.Pages(
        pages.static_folder(),
        status=lambda: _status(calls),
        unwell=lambda: _unwell(calls),
        records=lambda: in_words(recorder.stats),
        portrait=lambda: stills.get("portrait"),
        asleep=lambda: stills.get("asleep"),
        token=token,
        on_load=lambda: recorder.run.page_loaded(recorder.run.version),
    )


def _unwell(calls: Calls) -> str:
    """Why no call would succeed; "" while one would."""
    if calls.draining:
        return "The server takes no more calls: it is about to end."
    return "" if calls.engines else "The persona is waking up."


def _status(calls: Calls) -> dict[str, Any]:
    """What the page asks before it calls."""
    warm = calls.engines is not None
    return {
        "version": __version__,
        "mode": Mode.IDLE if warm else Mode.WARMUP,
        "persona": calls.engines.persona if calls.engines else "",
        "calls": len(calls),
        "capacity": calls.capacity,
    }
