"""The prompts and the knowledge that a node wakes up with, put together from the package, the
database and the settings."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.dialogue.prompt import Briefing
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.engines.calling import called
from visavis.engines.embeddings import chunks
from visavis.engines.embeddings.answers import Answers
from visavis.engines.embeddings.base import Embedder
from visavis.engines.embeddings.chunks import Document, DocumentError
from visavis.engines.embeddings.facts import Facts
from visavis.engines.embeddings.knowledge import Chunk, Knowledge
from visavis.node.answering import OPERATORS, PERSONAS
from visavis.personas.persona import Persona
from visavis.prompts.functions import FUNCTIONS, Scheduled, imported
from visavis.prompts.graph import HOLE, Graph, Parameter, PromptError, Template
from visavis.records.ids import named_id
from visavis.records.postgres.connection import AWAY
from visavis.records.postgres.embedded import running_url
from visavis.records.reading.embeddings import Vectors
from visavis.records.recorder import Recorder
from visavis.records.writing.embeddings import chunk_id
from visavis.records.writing.prompt_template import packaged_id
from visavis.records.writing.prompts import PromptRows, PromptsRows
from visavis.settings import Settings

WAIT_S = 3.0
"""The warm-up waits no longer for vectors from the database: it can make them again."""
Documents = list[tuple[Document, dict[str, Any]]]
"""Each with whose it is, as columns of its rows."""


def saved(url: str) -> PromptsRows:
    """The prompts that people save in the database at ``url``. What doesn't fit together is refused
    with `PromptError`."""
    return PromptsRows(url, lambda templates, parameters: _check(templates, parameters))


async def briefing(settings: Settings, persona: Persona, recorder: Recorder) -> Briefing:
    """What calls are told, without the knowledge. A database that is away leaves out what people
    have saved there. Raises PromptError for a prompt in the settings that can't be used."""
    system, note = f"{persona.name}.system", f"{persona.name}.note"
    packaged = {system: persona.system_prompt, note: persona.note}
    configured = settings.prompts.templates
    for name, text in (*packaged.items(), *configured.items()):
        recorder.prompt_template.add(name, text)
    graph = _graph(settings, packaged, [], [])
    functions = imported(_functions(settings), recorder.faults.tell)
    url = database(settings)
    if url is not None:
        try:
            prompts = saved(url)
            await prompts.register(packaged.items(), _of_own_name())
            kept = await prompts.list()
            graph = _graph(settings, packaged, kept["templates"], kept["parameters"])
        except AWAY as error:
            recorder.faults.tell("prompts_unread", f"{type(error).__name__}: {error}")
        except PromptError as error:
            recorder.faults.tell("prompts_refused", str(error))
    return Briefing(
        graph,
        system,
        note,
        persona.display_name,
        settings.knowledge.place,
        functions=functions,
        quotes=settings.knowledge.quote == "always"
        or (settings.knowledge.quote == "auto" and not settings.chat.url),
        unknown=settings.knowledge.unknown,
    )


async def reload(briefing: Briefing, settings: Settings, persona: Persona) -> None:
    """Let calls be told what people have saved by now. Raises one of ``AWAY``, and
    PromptError."""
    url = database(settings)
    if url is not None:
        packaged = {briefing.system: persona.system_prompt, briefing.note: persona.note}
        kept = await saved(url).list()
        briefing.serve(_graph(settings, packaged, kept["templates"], kept["parameters"]))


class PromptEditor:
    """Where people change prompts; what they save is in force, once there are calls."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._settings = settings
        self._prompts = saved(url)
        self._serving: tuple[Briefing, Persona] | None = None

    def serve(self, briefing: Briefing, persona: Persona) -> None:
        """The node is warm: from now on what is saved is in force at once."""
        self._serving = briefing, persona

    async def save_template(self, name: str, text: str) -> UUID:
        """The id of its row. Raises PromptError and one of ``AWAY``."""
        return await self._in_force(await self._prompts.save_template(name, text))

    async def save_parameter(
        self, name: str, *, value: str | None, function: str | None, template: str | None
    ) -> UUID:
        """The id of its row. Raises PromptError and one of ``AWAY``."""
        saving = self._prompts.save_parameter(
            name, value=value, function=function, template=template
        )
        return await self._in_force(await saving)

    async def _in_force(self, row: UUID) -> UUID:
        if self._serving is not None:
            briefing, persona = self._serving
            await reload(briefing, self._settings, persona)
        return row


async def documents(settings: Settings, persona: Persona, recorder: Recorder) -> Documents:
    """What the persona and the deployment know, as texts; nothing when that is off. A document that
    can't be read is a fault."""
    wanted = settings.knowledge
    if wanted.engine == "off":
        return []
    try:
        found, unread = await asyncio.to_thread(
            _documents, wanted.files, persona, settings.deployment
        )
    except Exception as error:
        recorder.faults.tell("embeddings_unavailable", f"{type(error).__name__}: {error}")
        return []
    for reason in unread:
        recorder.faults.tell("knowledge_unread", reason)
    return found


def schedule_of(documents: Documents) -> list[Scheduled]:
    """The events that are in them."""
    return [
        Scheduled(*(event.fields.get(field, "") for field in ("time", "event", "place", "day")))
        for document, _ in documents
        for event in document.events
    ]


async def know(
    context: Context, recorder: Recorder, documents: Documents
) -> tuple[Knowledge | None, Answers | None]:
    """What is found by meaning: in the documents, and among ready answers. Raises MissingWeight."""
    wanted = context.settings.knowledge
    if wanted.engine == "off" or not (documents or wanted.answers):
        return None, None
    embedder: Embedder | None = await loading.load("embeddings", context)
    if embedder is None:
        return None, None
    knowledge = await learn(context, recorder, documents, embedder)
    if not wanted.answers:
        return knowledge, None
    answers = Answers(embedder, persona=context.persona.display_name)
    await asyncio.to_thread(answers.serve, OPERATORS, ())  # theirs will come first
    await asyncio.to_thread(answers.serve, PERSONAS, context.persona.answers)
    return knowledge, answers


async def learn(
    context: Context, recorder: Recorder, documents: Documents, embedder: Embedder
) -> Knowledge | None:
    """The documents, in memory and in rows, to be found by what callers say; None when there are
    none."""
    settings = context.settings
    wanted = settings.knowledge
    if not documents:
        return None
    url = database(settings)
    known: list[Chunk] = []
    vectors: list[NDArray[np.float32]] = []
    # What may be said as it stands comes first: see `Knowledge`.
    documents = sorted(documents, key=lambda one: not _of_place(one))
    for document, owner in documents:
        kept = None
        try:
            if url is not None:
                kept = await _kept(url, document, embedder.system)
        except AWAY as error:
            recorder.faults.tell("vectors_unread", f"{type(error).__name__}: {error}")
            url = None  # one wait is enough
        if kept is None:
            kept = await asyncio.to_thread(_embed, embedder, document)
            _keep(recorder, document, kept, owner, embedder.system)
        vectors.append(kept)
        known += [
            Chunk(
                chunk_id(document.source, document.hash, n, embedder.system), text, document.source
            )
            for n, text in enumerate(document.chunks)
        ]
    return Knowledge(
        embedder,
        known,
        np.concatenate(vectors),
        threshold=wanted.threshold,
        most=wanted.most,
        facts=await asyncio.to_thread(_facts, embedder, documents),
    )


def _of_place(one: tuple[Document, dict[str, Any]]) -> bool:
    """Whether it is the deployment's, written for callers; a persona's lore is written of her."""
    return "deployment" in one[1]


def _facts(embedder: Embedder, documents: Documents) -> Facts | None:
    passages = [passage for one in documents if _of_place(one) for passage in one[0].passages]
    if not passages:
        return None
    return Facts(passages, lambda text: called(embedder.system, embedder.embed, text))


def database(settings: Settings) -> str | None:
    """Where the records are; None while the embedded Postgres isn't running."""
    return settings.database_url or running_url(settings.records.data / "postgres")


def _check(templates: PromptRows, parameters: PromptRows) -> None:
    Graph(map(_template, templates), _parameters(parameters), FUNCTIONS)


def _graph(
    settings: Settings, packaged: Mapping[str, str], templates: PromptRows, parameters: PromptRows
) -> Graph:
    """The settings win over what was saved, and that over the package."""
    inside = [Template(packaged_id(*item), *item) for item in packaged.items()]
    configured = settings.prompts
    above = [Template(packaged_id(*item), *item) for item in configured.templates.items()]
    filled = [
        Parameter(name, fill.value, fill.function, fill.template)
        for name, fill in configured.parameters.items()
    ]
    return Graph(
        [*inside, *map(_template, templates), *above],
        [*_parameters(parameters), *filled],
        _functions(settings),
    )


def _functions(settings: Settings) -> list[str]:
    """Names of those that can fill a hole. Only the settings may name one that nobody declares:
    what is saved in the database imports nothing."""
    named = (fill.function or "" for fill in settings.prompts.parameters.values())
    return [*FUNCTIONS, *(name for name in named if ":" in name)]


def _of_own_name() -> list[str]:
    """Installed functions whose name a hole can have; the others need a parameter."""
    return [name for name in FUNCTIONS if HOLE.fullmatch(name)]


def _template(row: Mapping[str, Any]) -> Template:
    return Template(UUID(str(row["id"])), row["name"], row["text"])


def _parameters(rows: PromptRows) -> Iterable[Parameter]:
    """Those of the package, and over them those that are saved."""
    yield from (Parameter(name, function=name) for name in _of_own_name())
    for row in rows:
        yield Parameter(
            row["unique_name"], row["value"], row["function_reference"], row["template"]
        )


def _documents(
    files: Iterable[Path], persona: Persona, deployment: str
) -> tuple[Documents, list[str]]:
    """The documents; and why others can't be read."""
    unread = []
    found: Documents = []
    if persona.lore:
        lore = chunks.markdown(persona.lore, f"{persona.name}/lore.md")
        found.append((lore, {"persona": persona.key}))
    place = {"deployment": named_id("deployment", deployment)}
    for path in files:
        try:
            found.append((chunks.read(path, f"{deployment}/{path}"), place))
        except DocumentError as error:
            unread.append(str(error))
    return [(document, owner) for document, owner in found if document.chunks], unread


async def _kept(url: str, document: Document, system: str) -> NDArray[np.float32] | None:
    """The vectors that an earlier start has made of this very document; None without."""
    kept = await Vectors(url, WAIT_S).of(document.source, document.hash, system)
    return kept if len(kept) == len(document.chunks) else None


def _embed(embedder: Embedder, document: Document) -> NDArray[np.float32]:
    return np.stack([called(embedder.system, embedder.embed, text) for text in document.chunks])


def _keep(
    recorder: Recorder,
    document: Document,
    vectors: NDArray[np.float32],
    owner: Mapping[str, Any],
    system: str,
) -> None:
    for position, (text, vector) in enumerate(zip(document.chunks, vectors, strict=True)):
        recorder.embeddings.add(
            vector,
            text,
            source=document.source,
            document_hash=document.hash,
            position=position,
            system=system,
            **owner,
        )
