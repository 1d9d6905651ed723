"""A server starts, or says why not; and ends whole, however it is ended."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from nodes import RULES_ONLY, Node, launch, left_running, new_folder, serving

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.personas.persona import load as persona

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STOP_S = 3.0
"""What Ctrl-C may take."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with new_folder() as empty:
        yield empty


async def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait; how long it took, s."""
    began = time.monotonic()
    while not condition():
        await asyncio.sleep(0.02)
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:g} s"
    return time.monotonic() - began


def command(process: psutil.Process) -> list[str]:
    """Its words; none of one that is ending, as git is that was asked for the version."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def said(line: Line, kind: str) -> list[dict[str, object]]:
    return [event for event in line.events if event["type"] == kind]


async def ended(node: Node, folder: Path, how: signal.Signals, *, group: bool) -> float:
    """End the server by a signal; the s until nothing of it was left."""
    tree = node.tree()
    began = time.monotonic()
    (os.killpg if group else os.kill)(node.process.pid, how)
    await until(lambda: node.process.poll() is not None, 20, "the server's end")
    await until(lambda: not any(map(psutil.Process.is_running, tree)), 5, "its children's end")
    took = time.monotonic() - began
    assert not left_running(folder)
    return took


SESSIONS = "select ending, finished is not null finished from session where ending is not null"
RUNS = "select ended is not null ended from run order by started"
OPEN_MODES = "select 1 from mode_state where upper_inf(during) and session_id is not null"


async def test_ctrl_c_during_a_call_ends_everything(folder: Path) -> None:
    camera = next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))
    with serving(folder, VISAVIS_MAX_CALLS="1") as node:
        async with Line(CallPlan(node.url, camera=camera, consent=True)) as line:
            await until(lambda: said(line, "caption"), 60, "the greeting")
            # stt, chat, and pose for a caller who lets herself be watched
            workers = "visavis.compute.child"
            await until(
                lambda: sum(workers in command(p) for p in node.tree()) == 3, 60, "the pose worker"
            )
            took = await ended(node, folder, signal.SIGINT, group=True)
            assert took < STOP_S, f"Ctrl-C took {took:.2f} s"
            await until(lambda: line.closing, 5, "the caller being told")
            assert said(line, "mode")[-1]["cause"] == "server ends"
        assert node.process.returncode == 0
        assert not any("Traceback" in printed for printed in node.lines), node.lines
    # What the database did not have yet, the next start finds in the journal.
    with serving(folder, **RULES_ONLY) as node:
        sessions = await node.settled(SESSIONS)
        assert [(row["ending"], row["finished"]) for row in sessions] == [("server ends", True)]
        await node.settled("select 1 from run where ended is not null")
        assert (await node.rows(RUNS))[0]["ended"]
        assert not await node.rows(OPEN_MODES)


async def test_sigterm_ends_it_alike(folder: Path) -> None:
    with serving(folder, **RULES_ONLY) as node:
        async with Line(CallPlan(node.url, video=False)) as line:
            await until(lambda: said(line, "caption"), 60, "the greeting")
            took = await ended(node, folder, signal.SIGTERM, group=False)
            assert took < STOP_S, f"SIGTERM took {took:.2f} s"
            assert line.closing and said(line, "mode")[-1]["cause"] == "server ends"
        assert node.process.returncode == 0


async def test_ctrl_c_while_it_wakes_up_ends_everything(folder: Path) -> None:
    process = launch(folder)
    try:
        root = psutil.Process(process.pid)
        await until(
            lambda: any("visavis.compute.child" in command(p) for p in root.children()),
            60,
            "the first engine's process",
        )
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        await until(lambda: not left_running(folder), 20, "the end")
        took = time.monotonic() - began
        assert took < STOP_S, f"Ctrl-C took {took:.2f} s"
        printed = process.communicate()[0]
        assert process.returncode == 0 and "Traceback" not in printed, printed
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def refused(folder: Path, port: int | str = 0, **environment: str) -> str:
    """What a server that can't start says; it ends with 1 and leaves nothing running."""
    before = left_running(folder)
    process = launch(folder, port=port, **environment)
    try:
        printed, _ = await asyncio.to_thread(process.communicate, timeout=90)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 1 and "Traceback" not in printed, printed
    assert left_running(folder) == before
    return " ".join(printed.split())


async def test_a_taken_port_is_said(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        printed = await refused(folder, port, **RULES_ONLY)
    assert f"Port {port} on 127.0.0.1 can't be used" in printed and "--port" in printed


async def test_missing_weights_are_said_with_the_command_that_fetches_them(folder: Path) -> None:
    printed = await refused(folder, VISAVIS_WEIGHTS=str(folder / "none"))
    assert "visavis models fetch" in printed


async def test_a_second_server_on_the_same_data_is_refused(folder: Path) -> None:
    with serving(folder, **RULES_ONLY) as node:
        assert "is in use by another server" in await refused(folder, **RULES_ONLY)
        assert await node.rows("select 1 from run")
        assert node.process.poll() is None


async def test_killed_it_leaves_nothing_running_and_starts_again(folder: Path) -> None:
    with serving(folder, VISAVIS_LIPSYNC__ENGINE="off", VISAVIS_CHAT__ENGINE="off") as node:
        async with Line(CallPlan(node.url, video=False)) as line:
            await until(lambda: said(line, "caption"), 60, "the greeting")
            await node.settled("select 1 from session")
            node.process.kill()
            await until(lambda: not left_running(folder), 5, "the end of its children")
    with serving(folder, **RULES_ONLY) as node:
        async with Line(CallPlan(node.url, video=False)) as line:
            await until(lambda: said(line, "caption"), 60, "the greeting")
        await node.settled("select 1 from session where ending = 'hung up'")
        assert len(await node.rows("select 1 from session")) == 2
        await node.settled("select 1 from session where ending = 'server was killed'")
        assert (await node.settled(RUNS))[0]["ended"]
