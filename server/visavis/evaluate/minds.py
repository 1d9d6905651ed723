"""Who answers without a call: a persona's rules, knowledge and model, as a node's calls have them.

The records are opened nowhere: what would be kept goes to a folder that is gone afterwards.
"""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from visavis.call.dialogue.mind import Mind
from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.engines.chat.base import LanguageModel
from visavis.node import call_options
from visavis.node import prompt_editor as prompting
from visavis.personas.persona import load
from visavis.records.files import Files
from visavis.records.journal.journal import Journal
from visavis.records.recorder import Recorder
from visavis.settings import Settings

FaultTold = Callable[[str, str], None]


@asynccontextmanager
async def mind(
    settings: Settings, on_fault: FaultTold, chat: LanguageModel | None = None
) -> AsyncIterator[Mind]:
    """The mind of the persona in force; ``chat``: in place of the engine that the settings name.

    Raises PersonaError, PromptError, and what the engines raise.
    """
    with tempfile.TemporaryDirectory(prefix="visavis-evaluate-") as folder:
        recorder = _unkept(Path(folder))
        host = Host(on_fault)
        try:
            yield await _made(settings, host, recorder, chat)
        finally:
            await host.stop()


async def _made(
    settings: Settings, host: Host, recorder: Recorder, chat: LanguageModel | None
) -> Mind:
    persona = load(settings.persona)
    briefing = await prompting.briefing(settings, persona, recorder)
    documents = await prompting.documents(settings, persona, recorder)
    context = Context(settings, persona, host, briefing.at_warmup())
    knowledge, answers = await prompting.know(context, recorder, documents)
    briefing = replace(
        briefing,
        schedule=prompting.schedule_of(documents),
        knowledge=knowledge,
        answers=answers,
    )
    model = chat or await loading.load("chat", context)
    return call_options.mind(settings, persona, briefing, model)


def _unkept(folder: Path) -> Recorder:
    """One whose journal is never begun: rows are noted and dropped."""
    return Recorder(Journal(folder, ""), Files(folder), "")
