"""The API as it is served, over a real database in which two people have called."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from records_opened import Books
from uuid_utils.compat import uuid7
from web.api.house import Called, House, Told

from visavis.call.commands.commands import LoadModels
from visavis.call.need.alerts import Alerts
from visavis.engines.listing import listed
from visavis.learning.training import Trainings
from visavis.node.answering import FILE, AnswerKeeper
from visavis.node.prompt_editor import saved
from visavis.records.forgetting.forgetting import Forgetting
from visavis.records.reading.reader import Reader
from visavis.settings import AlertsSettings, Settings, TtsSettings
from visavis.web import problems, requests
from visavis.web.api.access import Access, Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.routes import routes


def called(books: Books, username: str, words: str, ends: bool = True) -> Called:
    """A call of ``username``'s with one spoken turn; its ids."""
    recorder = books.recorder
    user = recorder.users.add(username)
    session = recorder.session.started(user=user, initiator="caller")
    recorder.consent(session, True).close()
    recorder.mode_state.entered(session, "chat", cause="speech")
    turn = uuid7()
    tone = (3000 * np.sin(np.arange(16_000) / 20)).astype(np.int16)
    heard = recorder.audio.add(
        session, tone, 16_000, kind="input", turn=turn, provenance="microphone"
    )
    stt = recorder.stt.add(
        session, audio=heard, text=words, system="whisper", parameters={}, turn=turn
    )
    chat = recorder.chat.add(
        session, generation=1, system="rules", parameters={}, stt=stt, user_prompt=words, turn=turn
    )
    recorder.chat.finished(session, chat, text="Hello!")
    recorder.chat.heard(session, chat, heard="Hello!", words=1, complete=True)
    voice = recorder.audio.add(session, tone, 16_000, kind="output", turn=turn, provenance="tts")
    tts = recorder.tts.add(
        session, text="Hello!", system="hibari", parameters={}, chat=chat, audio=voice, turn=turn
    )
    recorder.performance_log.turn(
        session, turn, 400.0, {"endpoint": 250.0, "think": 100.0, "speak": 40.0}
    )
    recorder.faults.tell("slow_reply", "400 ms", session=session, turn=turn)
    if ends:
        recorder.session.finished(session, ending="hung up")
    return Called(user, session, turn, heard, stt, chat, voice, tts)


@pytest.fixture
async def house(books: Books, migrated: str) -> AsyncIterator[House]:
    """``ask(method, path, token, …)`` is a request; ``ann`` and ``bob`` are two calls."""
    ann, bob = called(books, "ann", "Good morning."), called(books, "bob", "Good evening.")
    tokens = [
        (f"{name}-token", Person(name, books.recorder.users.add(name), role))
        for name, role in [
            ("ann", Role.CALLER),
            ("tess", Role.TESTER),
            ("tom", Role.TRAINER),
            ("olga", Role.OPERATOR),
        ]
    ]
    assert await books.recorder.flushed(20)
    reader = Reader(migrated)
    forgetting = Forgetting(migrated, books.files, alive=lambda run: True, settle_s=0.05)
    calls = Told()
    trainings = Trainings(
        reader,
        books.files,
        books.recorder.faults.tell,
        lambda user: calls.do(LoadModels(user=user)),
    )
    settings = Settings(tts=TtsSettings(engine="off"))
    alerts = Alerts(AlertsSettings(), "here", books.recorder.faults.tell)
    context = ApiContext(
        reader,
        books.files,
        books.recorder,
        Access(tokens),
        forgetting,
        trainings,
        calls,
        alerts,
        personas=[{"name": "iris"}],
        engines=lambda: [asdict(one) for one in listed(settings)],
        prompts=saved(migrated),
        answers=AnswerKeeper(books.files.root / FILE),
        shared=("guest",),
    )
    faults: list[tuple[object, ...]] = []
    app = web.Application(
        middlewares=[problems.middleware(lambda *told: faults.append(told)), requests.checked]
    )
    app.add_routes(routes(context))
    async with TestClient(TestServer(app)) as client:

        async def ask(
            method: str, path: str, token: str | None = "olga-token", **options: Any
        ) -> ClientResponse:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return await client.request(method, path, headers=headers, **options)

        yield House(ask, ann, bob, client, books, faults, reader, calls, alerts)
    await trainings.close()
    await reader.close()
