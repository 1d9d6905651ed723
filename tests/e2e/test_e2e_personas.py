"""A call with a persona that `visavis persona new` has made, and one with a stranger's, installed
by pip with its deployment profile."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nodes import Node, serving_anew

from visavis.client import CallPlan, CallReport, Turn, call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

GRETA = Path(__file__).parents[1] / "plugins" / "people" / "greta"
WITHOUT = {f"VISAVIS_{part}__ENGINE": "off" for part in ("CHAT", "STT", "POSE")}


@contextmanager
def serving_with(**environment: str) -> Iterator[Node]:
    with serving_anew(**WITHOUT, **environment) as node:
        yield node


async def asked(node: Node, *questions: str, video: bool) -> CallReport:
    report = await call(CallPlan(node.url, tuple(map(Turn, questions)), video=video, mouth=False))
    assert report.problem is None, (report.problem, node.lines)
    return report


@pytest.fixture
def otto(tmp_path: Path) -> str:
    """The folder that the command has made."""
    command = [sys.executable, "-m", "visavis", "persona", "new", "otto"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return str(tmp_path / "otto")


@pytest.fixture
def installed(tmp_path: Path) -> str:
    """Where pip has put Greta."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-build-isolation", "--target", str(tmp_path), str(GRETA)]
    subprocess.run(command, check=True, capture_output=True)
    return str(tmp_path)


async def test_a_new_persona_holds_a_call_in_its_own_words(otto: str) -> None:
    with serving_with(VISAVIS_PERSONA=otto) as node:
        questions = "What is your favourite colour?", "Who are you?", "How do you speak?"
        report = await asked(node, *questions, video=False)
        assert report.persona == "Otto"
        assert report.greeting_text == ("Good day, I'm Otto. What would you like to talk about?")
        own, of_itself, inherited = (turn.persona_text for turn in report.turns)
        assert own == "Green, like an old garden gate."
        assert of_itself.startswith("I'm Otto")
        assert inherited.startswith("My voice is made on the spot")
        assert all(turn.heard and turn.heard[-1]["complete"] for turn in report.turns)
        key = await who(node)
        assert key.startswith("otto@")
        (portrait,) = await node.settled("select provenance from portrait where master_id is null")
        assert portrait["provenance"] == f"persona {key}"
        spoken = await node.settled(
            "select subject from precalculation where kind = 'speech' and details->>'persona' = $1",
            key,
        )
        assert {"Good day,", "I'm Otto."} <= {row["subject"] for row in spoken}
        known = await node.settled("select source, text from embeddings where persona = $1", key)
        assert {row["source"] for row in known} == {"otto/lore.md"}
        assert any("Otto likes long walks" in row["text"] for row in known)
        templates = await node.settled(
            "select text from prompt_template where name = $1", "otto.system"
        )
        assert "You are Otto" in templates[0]["text"]


async def test_a_strangers_persona_and_profile_are_chosen_by_name(installed: str) -> None:
    with serving_with(
        PYTHONPATH=os.pathsep.join([installed, os.environ.get("PYTHONPATH", "")]),
        VISAVIS_DEPLOYMENT_TYPE="parlour",
    ) as node:
        report = await asked(node, "What are you knitting?", "What is your name?", video=True)
        assert report.greeting_text == "Good evening, Greta speaking."
        assert report.turns[0].persona_text == "A scarf, as long as the evening."
        assert "Greta" in report.turns[1].persona_text
        assert report.video is not None and not report.video.frames, "it extends an audio call"
        (place,) = await node.settled(
            "select t.descriptor, t.configuration->>'persona' persona, u.username from session s"
            " join deployment d on d.id = s.deployment_id join users u on u.user_id = s.user_id"
            " join deployment_type t on t.id = d.deployment_type_id where s.id = $1",
            report.session,
        )
        assert tuple(place) == ("parlour", "greta", "parlour")
        assert await who(node) == "greta@visavis-greta"


async def who(node: Node) -> str:
    """The persona that the rows of what was made ahead name."""
    rows = await node.settled(
        "select distinct details->>'persona' who from precalculation where kind = 'speech'"
    )
    (row,) = rows
    return str(row["who"])
