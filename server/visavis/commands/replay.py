"""The command ``visavis replay``: a kept call through today's engines, and what has changed."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from visavis.commands.common import err, fail, loaded, out, require_engines, settings, with_database
from visavis.settings import Settings

if TYPE_CHECKING:
    from visavis.replay.kept import Exchange, Kept
    from visavis.replay.outcome import Played
    from visavis.replay.player import ReplayEngines

Faults = list[tuple[str, str]]


def replay(
    session: Annotated[UUID, typer.Argument(help="The call's session id.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document, for --against.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Compare with this earlier --json, not with what the call had.",
        ),
    ] = None,
    wer: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Word error rate that still agrees.")
    ] = 0.0,
) -> None:
    """Play a kept call to today's engines, and say what they do otherwise.

    Exit code 0: every transcript agrees; 1: one does not, or the call can't be replayed.
    """
    from visavis.records.files import Files
    from visavis.replay import comparison, kept
    from visavis.replay.kept import CannotReplay

    chosen = settings()
    require_engines(chosen, ("stt", "chat", "tts", "turns"))
    earlier = _earlier(against)
    found: list[Kept] = []

    async def read(url: str) -> None:
        try:
            found.append(await kept.read(url, Files(chosen.records.data), session))
        except CannotReplay as reason:
            fail(str(reason))

    with_database(read)
    call = found[0]
    faults: Faults = []
    try:
        played = asyncio.run(_play(chosen, call, faults))
        compared = comparison.document(call, played, wer=wer, faults=faults, against=earlier)
    except CannotReplay as reason:
        fail(str(reason))
    if as_json:
        typer.echo(json.dumps(compared, indent=2, ensure_ascii=False))
    else:
        for line in comparison.lines(compared):
            out.print(line, markup=False, highlight=False, soft_wrap=True)
    if not compared["agrees"]:
        raise typer.Exit(1)


def _earlier(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as reason:
        fail(f"{path} can't be read as an earlier replay: {reason}", 2)
    return read if isinstance(read, dict) else {}


async def _play(
    chosen: Settings, call: "Kept", faults: Faults
) -> list[tuple["Exchange", "Played | None"]]:
    from visavis.replay.kept import CannotReplay
    from visavis.replay.player import Player

    async with AsyncExitStack() as stack:
        engines = await _engines(stack, chosen, call, faults)
        if engines.recogniser is None and any(one.pcm is not None for one in call.exchanges):
            raise CannotReplay("Speech can't be replayed: stt.engine is off.")
        player = Player(engines, call, lambda kind, message: faults.append((kind, message)))
        stack.callback(player.close)
        played = []
        with err.status("") as status:
            for number, exchange in enumerate(call.exchanges, start=1):
                status.update(f"Playing {number} of {len(call.exchanges)}")
                played.append((exchange, await player.play(exchange)))
        return played


async def _engines(
    stack: AsyncExitStack, chosen: Settings, call: "Kept", faults: Faults
) -> "ReplayEngines":
    """Those of a call under these settings, without the face."""
    from visavis.compute.host import Host
    from visavis.engines.base import Context
    from visavis.node import call_options
    from visavis.personas.persona import PersonaError, load
    from visavis.replay.player import ReplayEngines, as_it_was

    try:
        persona = load(chosen.persona)
    except PersonaError as reason:
        fail(str(reason))
    host = Host(lambda kind, description: faults.append((kind, description)))
    stack.push_async_callback(host.stop)
    context = Context(chosen, persona, host, call.system_prompt)
    recogniser, chat, voice = await asyncio.gather(
        *(loaded(kind, context) for kind in ("stt", "chat", "tts"))
    )
    end_of_turn = await loaded("turns", replace(context, recogniser=recogniser))
    mind = call_options.mind(chosen, persona, as_it_was(call.system_prompt), chat)
    pace = call_options.pace(chosen.turn, judged=end_of_turn is not None)
    return ReplayEngines(recogniser, mind, voice, pace, end_of_turn)
