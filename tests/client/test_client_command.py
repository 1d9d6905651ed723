"""The command line: what is wrong with it is said, and the exit code tells how a call ended."""

import json
from pathlib import Path

import pytest
import sounds
import typer
from aiohttp.test_utils import unused_port
from typer.testing import CliRunner

from visavis.client.command import call, summary
from visavis.client.problems import EXIT
from visavis.client.report import CallReport, SpokenOver, TurnReport

app = typer.Typer()
app.command()(call)


@pytest.fixture
def speech(tmp_path: Path) -> str:
    return str(sounds.save(tmp_path / "say.wav", sounds.tone(200)))


def test_nobody_there_is_a_sentence_and_an_exit_code(speech: str) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    result = CliRunner().invoke(app, [url, "--say", speech, "--json"])
    assert result.exit_code == EXIT["unreachable"]
    assert "can't be reached" in result.stderr and "Traceback" not in result.output
    assert json.loads(result.stdout)["problem"]["kind"] == "unreachable"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--say", "nowhere.wav"], "does not exist"),
        (["--turns", "3"], "needs something to say"),
        (["--interrupt-after", "100", "--text", "x"], "--interrupt-with"),
        (["--text", "x", "--save", "/no/such/folder/a.mp4"], "does not exist"),
        (["--text", "x", "--video", "nowhere.mp4"], "does not exist"),
    ],
)
def test_a_wrong_command_line_is_told(words: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["http://127.0.0.1:1", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_no_terminal_obeys_what_a_server_says() -> None:
    turn = TurnReport(0, "hello.wav", "speech", 0.0, 1.0, None, persona_text="Hi\x1b[2J\x9b31m")
    text = summary(CallReport("http://127.0.0.1:1", persona="\x1b]0;title\x07", turns=[turn]))
    assert not {"\x1b", "\x9b", "\x07"} & set(text) and "Hi\ufffd[2J" in text


def test_summary_names_every_measure() -> None:
    over = SpokenOver("cough.wav", 5000.0, 5300.0, -20.0, 93.0, None, 505.0)
    turn = TurnReport(0, "hello.wav", "speech", 100.0, 900.0, 412.4, spoken_over=over)
    report = CallReport("https://localhost:8443", persona="Iris", turns=[turn])
    text = summary(report)
    assert "reply after 412 ms" in text
    assert "yields after 93 ms, silent after –, back after 505 ms" in text
