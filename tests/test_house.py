"""The house's rules: each is broken in a small tree, and kept in another like it."""

import subprocess
import sys
from pathlib import Path

import house
import pytest
from house_rules import arrows
from house_rules.tree import Tree

SCRIPT = Path(house.__file__)
KEPT = {
    "settings.py": """
class Kind(BaseModel):
    engine: str
class Tts(Kind):
    engine: str = "hibari"
class Web(BaseModel):
    port: int = 1
class Token(BaseModel):
    user: str
class Settings(BaseSettings):
    web: Web = Web()
    tts: Tts = Tts()
    access: list[Token] = []
""",
    "node/app.py": """
from visavis.settings import Kind, Settings
def serve(settings: Settings) -> None:
    web, rest = settings.web, 1
    print(web.port, [one.user for one in settings.access], chosen(settings.tts))
def chosen(kind: Kind) -> str:
    return kind.engine
""",
    "records/recorder.py": "class Recorder: ...\n",
    "call/events.py": "class SpeechBegan: ...\nclass ReplyBegan: ...\n",
    "call/session.py": """
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.turns.turns import Turns
from visavis.call.events import ReplyBegan
def assemble(bus):
    bus.subscribe(ReplyBegan, print)
""",
    "call/turns/turns.py": """
from av import AudioFrame
from visavis.call.events import SpeechBegan
class Turns:
    def __init__(self, size: int):
        self.patient = False
        self.pts = 0
    def begun(self, bus, frame: AudioFrame) -> None:
        frame.pts = 5
        bus.publish(SpeechBegan())
class Segment:
    def follow(self, turns: Turns) -> None:
        turns.patient = True
""",
    "call/dialogue/dialogue.py": """
from typing import Protocol
from visavis.call.events import ReplyBegan, SpeechBegan
from visavis.call.turns.turns import Turns
class Two(Protocol):
    def one(self) -> None: ...
    def other(self) -> None: ...
class Dialogue:
    def __init__(self, two: Two, bus):
        bus.subscribe(SpeechBegan, self.heard)
    def heard(self, bus):
        bus.publish(ReplyBegan())
""",
    "call/keeping/minutes.py": "from visavis.records.recorder import Recorder\n",
}


def tree_of(root: Path, changed: dict[str, str]) -> Tree:
    """The tree that keeps all rules, with some files in place of its own."""
    for name, text in {**KEPT, **changed}.items():
        path = root / "server/visavis" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree.read(root)


BROKEN = {
    "arrow to a room above": (
        *("arrows-up", "call/turns/more.py:1"),
        {"call/turns/more.py": "from visavis.call.dialogue.dialogue import Dialogue\n"},
    ),
    "arrow to a room above, in a function": (
        *("arrows-up", "engines/voice.py:2"),
        {"engines/voice.py": "def load():\n    from visavis.node import app\n"},
    ),
    "arrow from a room that the table doesn't have": (
        *("arrows-up", "garage/car.py:1"),
        {"garage/car.py": "import visavis.records.recorder\n"},
    ),
    "circle": (
        *("circles", "records/a.py:1"),
        {
            "records/a.py": "from visavis.records.b import B\nclass A: ...\n",
            "records/b.py": "def b():\n    from . import c\nclass B: ...\n",
            "records/c.py": "from visavis.records.a import A\n",
        },
    ),
    "too many beside the rooms": (
        *("beside-the-rooms", "call/one0.py:1"),
        {f"call/one{number}.py": "" for number in range(5)},
    ),
    "callbacks": (
        *("callbacks", "call/turns/more.py:3"),
        {
            "call/turns/more.py": "from collections.abc import Callable\ndef f(\n"
            + "".join(f"    on_{number}: Callable[[], None] | None,\n" for number in range(26))
            + "): ...\n"
        },
    ),
    "callbacks behind names": (
        *("callbacks", "call/turns/more.py:5"),
        {
            "engines/base.py": "import typing as t\n"
            "from typing import Protocol\n"
            "Heard = t.Callable[[], None]\n"
            "class Says(Protocol):\n    def say(self) -> None: ...\n",
            "call/turns/more.py": "from dataclasses import dataclass\n"
            "from visavis.engines.base import Heard, Says\n"
            "@dataclass(frozen=True)\nclass More:\n"
            + "".join(f"    on_{number}: 'list[Heard]'\n" for number in range(13))
            + "def f(*every: Says, "
            + ", ".join(f"one{number}: Says" for number in range(12))
            + "): ...\n",
        },
    ),
    "set from outside": (
        *("reached-into", "call/dialogue/more.py:5"),
        {
            "call/dialogue/more.py": "from visavis.call.turns.turns import Turns\n"
            "class More:\n    def __init__(self, turns: Turns):\n        self._turns = turns\n"
            "        self._turns.patient = self.on = True\n"
        },
    ),
    "set from outside by name": (
        *("reached-into", "call/dialogue/more.py:2"),
        {"call/dialogue/more.py": "def f(turns):\n    setattr(turns, 'patient', True)\n"},
    ),
    "set from outside where a method gave it": (
        *("reached-into", "call/dialogue/more.py:6"),
        {
            "call/dialogue/more.py": "class More:\n    def __init__(self, house):\n"
            "        self._turns = house.turns()\n    def go(self):\n"
            "        turns = self._turns\n        turns.patient = True\n"
        },
    ),
    "set from outside where a function gave it": (
        *("reached-into", "node/more.py:4"),
        {
            "call/turns/made.py": "from visavis.call.turns.turns import Turns\n"
            "def made() -> list[Turns]: ...\n",
            "node/more.py": "from visavis.call.turns import made\ndef f():\n"
            "    turns = made.made()\n    turns.anything = 1\n",
        },
    ),
    "asked upstream": (
        *("asked-upstream", "call/turns/more.py:3"),
        {
            "call/turns/more.py": "from visavis.call import events\ndef f(bus, on):\n"
            "    bus.subscribe(events.ReplyBegan, on)\n"
        },
    ),
    "asked upstream by another name": (
        *("asked-upstream", "call/rtc/more.py:4"),
        {
            "call/rtc/more.py": "from visavis.call.turns.turns import Turns\ndef f(bus, on):\n"
            "    hear = bus.subscribe\n    hear(Turns, on)\n",
            "call/turns/made.py": "from visavis.call.turns.turns import Turns\nTurns(1)\n",
        },
    ),
    "too long": (
        *("long-modules", "learning/long.py:401"),
        {"learning/long.py": "\n" * 401},
    ),
    "a function that is too long": (
        *("long-functions", "learning/long.py:1"),
        {"learning/long.py": 'def long():\n    """It is."""\n' + "    print()\n" * 61},
    ),
    "records outside keeping": (
        *("recorders", "call/session.py:2"),
        {"call/session.py": "def f():\n    from visavis.records import recorder\n"},
    ),
    "one name for two things": (
        *("double-names", "engines/other.py:1"),
        {"engines/other.py": "class Recorder: ...\n"},
    ),
    "one name for two aliases": (
        *("double-names", "engines/other.py:1"),
        {"engines/other.py": "Words = list[str]\n", "engines/more.py": "Words = set[str]\n"},
    ),
    "a docstring that says no more": (
        *("empty-docstrings", "engines/other.py:1"),
        {"engines/other.py": 'class Other:\n    """Of one call. Used from the event loop."""\n'},
    ),
    "a docstring that says nothing": (
        *("empty-docstrings", "engines/other.py:1"),
        {"engines/other.py": 'class Other:\n    """Of one call."""\n'},
    ),
    "setting that nothing reads": (
        *("unread-settings", "settings.py:7"),
        {"node/app.py": "def f(settings, other):\n    settings.tts.engine, other.port\n"},
    ),
}


def test_a_tree_that_keeps_the_rules(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {})
    assert {check.name: list(map(str, check.find(tree))) for check in house.CHECKS} == {
        check.name: []
        if check.name != "beside-the-rooms"
        else [f"server/visavis/call/{name}.py:1: is in no room" for name in ("events", "session")]
        for check in house.CHECKS
    }
    assert house.main(["--root", str(tmp_path)]) == 0


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_found_where_it_is_broken(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, place, changed = BROKEN[case]
    tree_of(tmp_path, changed)
    assert house.main(["--root", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert f"\n{name}: " in told
    assert f"server/visavis/{place}: " in told
    house.main(["--root", str(tmp_path), "--list", name])
    assert f"server/visavis/{place}: " in capsys.readouterr().out


def test_every_check_is_broken_once() -> None:
    assert {name for name, _, _ in BROKEN.values()} == {check.name for check in house.CHECKS}


@pytest.mark.parametrize(
    ("allowed", "said"),
    [(2, "2 allowed"), (3, ""), (4, "lower it to 3"), (0, "0 allowed")],
)
def test_the_ratchet_only_falls(
    allowed: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree_of(tmp_path, {f"learning/long{number}.py": "\n" * 500 for number in range(3)})
    (tmp_path / "tests").mkdir()
    (tmp_path / house.RATCHET).write_text(f"long-modules = {allowed}\n")
    assert house.main(["--root", str(tmp_path)]) == bool(said)
    assert said in capsys.readouterr().err


def test_a_ratchet_that_is_done_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree_of(tmp_path, {})
    (tmp_path / "tests").mkdir()
    (tmp_path / house.RATCHET).write_text("callbacks = 25\n")
    assert house.main(["--root", str(tmp_path)]) == 1
    assert "take its line out" in capsys.readouterr().err
    (tmp_path / house.RATCHET).write_text("callback = 1\n")
    with pytest.raises(ValueError, match="callback"):
        house.main(["--root", str(tmp_path)])


def test_the_table_of_rooms_has_no_circle() -> None:
    table = arrows.table()
    assert "call" in table["node"] and "node" not in table["call"]


def test_as_a_command() -> None:
    told = subprocess.run(
        [sys.executable, str(SCRIPT), "--list", "beside-the-rooms"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "server/visavis/call/session.py:1: " in told.stdout
