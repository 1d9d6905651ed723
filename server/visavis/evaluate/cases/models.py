"""Rows like ``models.jsonl``: what a chat server does, and what the caller must hear of it."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

from pydantic import SecretStr

from visavis.engines.chat.openai import OpenAIEngine
from visavis.engines.remote import RemoteOptions
from visavis.engines.tts.normalise import speakable
from visavis.evaluate import direct, minds
from visavis.evaluate.cases import rows
from visavis.evaluate.cases.rows import CaseRow
from visavis.evaluate.chat_server import chat_server
from visavis.evaluate.results import ScenarioResult, TurnResult
from visavis.evaluate.scenario import CallerTurn, Expected, Needs, Scenario
from visavis.settings import Settings

KIND = "models"
ASKED = "Could you tell me about the thing with the green door over there?"
"""What is asked in every row: no rule answers it, and no document knows of it."""


def fits(row: CaseRow) -> bool:
    """Whether a row is one of these."""
    return "replies" in row and "expect" in row


def scenarios(found: Sequence[CaseRow], path: Path) -> list[Scenario]:
    """The question typed to a persona whose model is such a server."""
    return [
        Scenario(
            str(row["id"]),
            (CallerTurn(typed=ASKED, expected=Expected(answered=True)),),
            frozenset({KIND}),
            about=str(row.get("what", "")),
            needs=Needs(chat_server=True),
            replies=row,
            source=path.name,
        )
        for row in found
    ]


def failures(row: CaseRow, came: TurnResult, requests: int) -> Iterator[str]:
    """What isn't as the row's ``expect`` says, after so many requests; nothing for a scenario of
    one's own without it."""
    expect, answer = row.get("expect", {}), speakable(came.answer)
    first = [ms for ms in (came.first_ms, came.filler_ms) if ms is not None]
    began = (min(first, default=None) if expect.get("any_sound") else came.first_ms) or 0.0
    if "heard" in expect and answer.split() != expect["heard"].split():
        yield f"{expect['heard']!r} should be heard, all of it and nothing else"
    yield from (
        f"{one!r} should be heard" for one in expect.get("heard_has", ()) if one not in answer
    )
    lacks = expect.get("heard_lacks", ())
    yield from (f"{one!r} should not be heard" for one in lacks if one in answer)
    unkept = expect.get("recorded_lacks", ())
    yield from (f"{one!r} should not be kept" for one in unkept if one in came.answer)
    if expect.get("fallback") and any(text in answer for text in _texts(row)):
        yield "an honest line of hers should be heard, and no words of the server's"
    if "within_ms" in expect and began > expect["within_ms"]:
        yield f"the first words came after {began:.0f} ms"
    if "over_ms" in expect and (came.whole_ms or 0.0) > expect["over_ms"]:
        yield f"the turn was over after {came.whole_ms or 0.0:.0f} ms"
    if len(answer.split()) > expect.get("words_at_most", 1 << 30):
        yield f"{len(answer.split())} words are heard"
    if requests > expect.get("requests_at_most", 1 << 30):
        yield f"the server was asked {requests} times"


def _texts(row: CaseRow) -> Iterator[str]:
    """All that the server says as its answer."""
    for reply in row["replies"]:
        said = "".join(step for step in reply.get("sse", ()) if isinstance(step, str)).strip()
        if said:
            yield said


async def run(
    found: Sequence[CaseRow], path: Path, settings: Settings
) -> AsyncGenerator[CaseRow, None]:
    """What is heard for each, typed to the persona in force without a call."""
    faults: list[str] = []

    def fault(kind: str, text: str) -> None:
        faults.append(f"{kind}: {text}")

    async with chat_server() as server:
        options = RemoteOptions(
            url=server.url,
            model="scripted",
            key=SecretStr(""),
            read_timeout_s=settings.chat.first_token_timeout_s,
        )
        engine = OpenAIEngine(options)
        try:
            async with minds.mind(settings, fault, engine) as mind:
                for row, one in zip(found, scenarios(found, path), strict=True):
                    server.act(row)
                    result = await direct.talk(one, mind)
                    came = result.steps[-1]
                    came.failures += failures(row, came, server.requests)
                    yield _told(row, result, server.requests, faults)
                    faults.clear()
        finally:
            await engine.close()


def _told(row: CaseRow, result: ScenarioResult, requests: int, faults: Sequence[str]) -> CaseRow:
    came = result.steps[-1]
    return rows.told(
        row,
        result.wrong,
        what=row.get("what", ""),
        answered=came.answer,
        first_ms=came.first_ms,
        whole_ms=came.whole_ms,
        requests=requests,
        faults=[*faults, *result.faults],
    )
