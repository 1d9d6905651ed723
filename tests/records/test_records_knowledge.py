"""Chunks and vectors as rows, in both forms that a database can keep them in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest
from numpy.typing import NDArray
from records_opened import Books, Query
from uuid_utils.compat import uuid7

from visavis.compute.host import Host
from visavis.engines.base import Context
from visavis.engines.embeddings.minilm import MiniLM
from visavis.node import prompt_editor as prompting
from visavis.personas import load
from visavis.records.postgres import migrate
from visavis.records.reading.embeddings import Vectors
from visavis.settings import KnowledgeSettings, Settings
from visavis.weights.store import MissingWeight

IRIS = load("iris")
PROGRAMME = """
title = "Open day"
[[events]]
time = "14:30"
event = "Guided tour of the east wing"
place = "the fountain in the hall"
[[events]]
time = "12:00"
event = "Lunch is served"
place = "the garden café"
"""


@pytest.fixture(params=["pgvector", "real[]"])
async def database(request: pytest.FixtureRequest, postgres: str) -> AsyncIterator[tuple[str, str]]:
    """A database whose vectors are of this form."""
    name = f"test_{uuid7().hex}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database {name}")
    url = postgres.replace("/visavis?", f"/{name}?")
    if request.param == "real[]":
        connection = await asyncpg.connect(url)
        await connection.execute(
            "create domain sentence_embedding as real[] "
            "constraint has_all_dimensions check (cardinality(value) = 384)"
        )
        await connection.close()
    await migrate.upgrade(url)
    if request.param == "pgvector" and not await Vectors(url).pgvector():
        pytest.skip("this Postgres has no pgvector")
    yield url, request.param
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def learn(settings: Settings, books: Books) -> Any:
    context = Context(settings, IRIS, Host(books.recorder.faults.tell))
    documents = await prompting.documents(settings, IRIS, books.recorder)
    knowledge, _ = await prompting.know(context, books.recorder, documents)
    return knowledge


async def test_knowledge_is_embedded_once_and_found_alike_in_memory_and_database(
    database: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from records_opened import open_books

    url, form = database
    assert await Vectors(url).pgvector() == (form == "pgvector")
    programme = tmp_path / "programme.toml"
    programme.write_text(PROGRAMME)
    files = [programme, tmp_path / "missing.md"]
    settings = Settings(
        database_url=url,
        deployment="here",
        # Ready answers and the words of questions are embedded too, and not kept.
        knowledge=KnowledgeSettings(files=files, answers=False, quote="never"),
    )
    embedded: list[str] = []
    embed = MiniLM.embed

    def counted(self: MiniLM, text: str) -> NDArray[np.float32]:
        embedded.append(text)
        return embed(self, text)

    def kept(knowledge: Any) -> list[str]:
        """What was embedded of the documents; what questions are compared with is not kept."""
        texts = {chunk.text for chunk in knowledge._chunks}
        return [text for text in embedded if text in texts]

    monkeypatch.setattr(MiniLM, "embed", counted)
    async with open_books(url, tmp_path) as books:
        try:
            knowledge = await learn(settings, books)
        except MissingWeight as missing:
            pytest.skip(str(missing))
        assert await books.recorder.flushed(10) and books.journal.stats.dead == 0
        assert len(kept(knowledge)) == len(knowledge) > 8
        read = await prompting.documents(settings, IRIS, books.recorder)
        assert [item.event for item in prompting.schedule_of(read)] == [
            "Guided tour of the east wing", "Lunch is served",
        ]  # fmt: skip

        connection = await asyncpg.connect(url)
        rows = await connection.fetch(
            "select source, position, persona, deployment_id, document_hash from embeddings "
            "order by source, position"
        )
        (fault,) = await connection.fetch("select * from faults where type = 'knowledge_unread'")
        await connection.close()
        assert "missing.md" in fault["description"]
        assert {(r["persona"], r["deployment_id"] is None) for r in rows} == {
            ("iris", True), (None, False),
        }  # fmt: skip

        embedded.clear()
        again = await learn(settings, books)
        assert kept(again) == [], "nothing has changed"
        question = "When does the tour begin?"
        (found, *_) = again.find(question)
        assert "14:30" in found.chunk.text and "fountain" in found.chunk.text
        vector = embed(again._embedder, question)
        documents = [row["document_hash"] for row in rows]
        nearest = await Vectors(url).nearest(vector, documents)
        assert nearest[0].id == found.chunk.id and nearest[0].text == found.chunk.text
        assert abs(nearest[0].score - found.score) < 1e-3
        assert [one.id for one in nearest] == [
            one.id for one in await Vectors(url).nearest(vector, documents)
        ]
        assert await Vectors(url).nearest(vector, []) == []

        programme.write_text(PROGRAMME.replace("14:30", "15:30"))
        embedded.clear()
        changed = await learn(settings, books)
        assert len(kept(changed)) == 2, "only the changed document"
        assert "15:30" in changed.find(question)[0].chunk.text


async def test_without_a_database_knowledge_is_made_all_the_same(
    books: Books, migrated: str, query: Query
) -> None:
    settings = Settings(database_url="postgresql://127.0.0.1:9/none")
    try:
        knowledge = await learn(settings, books)
    except MissingWeight as missing:
        pytest.skip(str(missing))
    assert "Privacy" in knowledge.find("How do you keep my privacy?")[0].chunk.text
    assert await books.recorder.flushed(10)
    vectors = await Vectors(migrated).of(
        "iris/lore.md", (await query("select document_hash from embeddings"))[0]["document_hash"],
        MiniLM.system,
    )  # fmt: skip
    assert vectors.shape == (len(knowledge), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    off = settings.model_copy(
        update={"knowledge": settings.knowledge.model_copy(update={"engine": "off"})}
    )
    assert await learn(off, books) is None
