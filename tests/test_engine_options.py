"""What may be said of engines in the settings: bounds, addresses and keys, each at the door."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer
from pydantic import ValidationError
from rich.console import Console
from typer.testing import CliRunner

from visavis import cli
from visavis.commands import common, engines
from visavis.commands.common import loaded
from visavis.compute.host import Host
from visavis.engines import loading, registry
from visavis.engines.base import Context, Engine, parameters_of, system_of
from visavis.engines.remote import RemoteOptions
from visavis.personas.persona import load as persona
from visavis.settings import Settings

RIGHT = {"url": "http://127.0.0.1:9/v1", "model": "m"}


def refused(**wrong: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        RemoteOptions.model_validate({**RIGHT, **wrong})
    (error,) = caught.value.errors()
    return str(error["msg"])


@pytest.mark.parametrize("field", ["connect_timeout_s", "read_timeout_s"])
@pytest.mark.parametrize("value", [0, -1, 3_601, float("inf"), float("nan"), "1e999"])
def test_times_are_bounded(field: str, value: object) -> None:
    told = refused(**{field: value})
    assert "number" in told or "less than" in told or "greater than" in told


def test_addresses_and_keys_are_checked_and_not_repeated() -> None:
    for url in ("http://h:70000/v1", "http://" + "a" * 64 + "/v1", "http://me:hidden@h/v1"):
        told = refused(url=url)
        assert "address" in told and "hidden" not in told
    for key in ("hidden\n", "hiddén"):
        told = refused(key=key)
        assert "one line of ASCII" in told and "hidd" not in told


def said(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What the command line says of a wrong setting."""
    for name, value in environment.items():
        monkeypatch.setenv(f"VISAVIS_{name}", value)
    done = CliRunner().invoke(cli.app, ["engines", "list"])
    assert done.exit_code == 2 and "Traceback" not in done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize("name", ["CHAT__URL", "VISION__URL", "REMOTE_LIPSYNC__URL"])
def test_no_setting_takes_an_address_with_a_password(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    told = said(monkeypatch, **{name: "http://me:hidden@h/v1"})
    assert name.lower().replace("__", ".") in told and "a key is `key`" in told
    assert "hidden" not in told and "Value error" not in told


@pytest.mark.parametrize("name", ["CHAT__KEY", "VISION__KEY", "REMOTE_LIPSYNC__KEY"])
def test_no_setting_takes_a_key_that_cannot_be_sent(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    told = said(monkeypatch, **{name: "hidden\n"})
    assert "one line of ASCII" in told and "hidden" not in told


@pytest.mark.parametrize(
    "name", ["CHAT__FIRST_TOKEN_TIMEOUT_S", "VISION__TIMEOUT_S", "REMOTE_LIPSYNC__POLL_S"]
)
@pytest.mark.parametrize("value", ["inf", "nan", "0", "99999"])
def test_no_setting_waits_for_ever(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert name.lower().replace("__", ".") in said(monkeypatch, **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "TTS__OPTIONS",
            "x",
            "tts: options is a table of an engine's own settings, and 'x'",
        ),
        ("TTS__HIBARI", "x", "tts: hibari is a table of an engine's own settings"),
        ("TTS__VIOCE", "heart", "tts: there is no vioce here; there are: engine, voice, hibari"),
        ("CHAT__NOBODY__X", "1", "chat: there is no nobody here"),
        ("AUDIO__OPTIONS", "x", "audio: options is a table"),
    ],
)
def test_what_no_engine_has_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    assert told in said(monkeypatch, **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TTS__HIBARI__PITSCH", "2", "no field tts.hibari.pitsch; tts.hibari has no settings of"),
        ("TTS__OPENAI__ULR", "x", "no field tts.openai.ulr; tts.openai has connect_timeout_s, key"),
        ("TTS__OPENAI__RATE", "7", "tts.openai.rate: Input should be greater than or equal"),
        ("TTS__ENGINE", "openai", ""),
        ("AUDIO__DENOISE__HOW", "x", "no field audio.denoise.how; audio.denoise has no settings"),
    ],
)
def test_an_engines_own_table_in_the_environment_is_checked_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    if told:
        assert told in said(monkeypatch, **{name: value})
        assert told in said(monkeypatch, TTS__ENGINE="off")
    else:
        monkeypatch.setenv("VISAVIS_TTS__OPENAI__MODEL", "kokoro")
        assert "tts.openai.url: Field required." in said(monkeypatch, **{name: value})


URL = "http://127.0.0.1:9/v1"
PARTS = {
    "file and environment": (
        None,
        '[tts]\nengine = "openai"\n[tts.openai]\nmodel = "kokoro"\n',
        URL,
    ),
    "profile and file": (
        '[tts]\nengine = "openai"\n[tts.openai]\nmodel = "kokoro"\n',
        f'deployment_type = "./lobby.toml"\n[tts.openai]\nurl = "{URL}"\n',
        None,
    ),
    "an engine that isn't in force": (None, '[tts.openai]\nmodel = "kokoro"\n', None),
}


@pytest.mark.parametrize("case", PARTS)
def test_a_table_may_be_said_in_parts(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, file, url = PARTS[case]
    monkeypatch.chdir(tmp_path)
    Path("lobby.toml").write_text(profile or "")
    Path("visavis.toml").write_text(file)
    if url:
        monkeypatch.setenv("VISAVIS_TTS__OPENAI__URL", url)
    chosen = common.settings()
    assert chosen.tts.own("openai")["model"] == "kokoro"
    if chosen.tts.chosen == "openai":
        options = loading.own(chosen, "tts", "openai", registry.find("tts", "openai"))
        assert options.model_dump()["url"] == URL


@pytest.mark.parametrize("engine", ["openai", "hibari"])
def test_a_table_of_an_engine_in_force_is_whole(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("visavis.toml").write_text(f'[tts]\nengine = "{engine}"\n[tts.openai]\nvoice = "x"\n')
    done = CliRunner().invoke(cli.app, ["engines", "list"])
    assert done.exit_code == (2 if engine == "openai" else 0)
    assert ("tts.openai.url: Field required." in done.output) == (engine == "openai")


def test_a_wrong_option_is_told_in_words_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_TTS__OPENAI__URL", "nowhere")
    with pytest.raises(loading.WrongOptions) as caught:
        loading.own(Settings(), "tts", "openai", registry.find("tts", "openai"))
    assert str(caught.value).startswith("tts.openai.url: 'nowhere' must begin with http://")


@pytest.mark.parametrize("command", [["bake"], ["replay", "00000000-0000-0000-0000-000000000001"]])
@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("nosuch:Voice", "No module named 'nosuch'. Mend it, choose another tts engine"),
        ("openai", "A setting is wrong: tts.openai.url: Field required. Set it, or choose another"),
    ],
)
def test_commands_end_with_a_sentence_for_a_wrong_engine(
    monkeypatch: pytest.MonkeyPatch, command: list[str], engine: str, told: str
) -> None:
    monkeypatch.setenv("VISAVIS_TTS__ENGINE", engine)
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert told in " ".join(done.output.split())


class Breaks(Engine):
    @classmethod
    async def load(cls, context: Context) -> None:
        raise SystemExit("I don't want to")


@pytest.mark.parametrize(
    ("tts", "told"),
    [
        ({"voice": "nightingale"}, "'hibari' failed: ValueError: no voice 'nightingale'"),
        ({"engine": "test_engine_options:Breaks"}, "failed: SystemExit: I don't want to. Mend it"),
    ],
)
async def test_so_they_do_for_one_that_cannot_be_loaded(
    capsys: pytest.CaptureFixture[str], tts: dict[str, str], told: str
) -> None:
    settings = Settings.model_validate({"tts": tts})
    host = Host(lambda kind, told: None)
    with pytest.raises(typer.Exit) as ended:
        await loaded("tts", Context(settings, persona("iris"), host))
    assert ended.value.exit_code == 1 and told in " ".join(capsys.readouterr().err.split())
    await host.stop()


@pytest.mark.parametrize(
    ("engine", "told"),
    [("nosuch:Voice", "broken: the tts engine"), ("openai", "broken: tts.openai.url: Field")],
)
def test_the_list_tells_what_is_wrong_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, engine: str, told: str
) -> None:
    monkeypatch.setenv("VISAVIS_TTS__ENGINE", engine)
    monkeypatch.setattr(engines, "out", Console(width=200))
    done = CliRunner().invoke(cli.app, ["engines", "list"])
    assert done.exit_code == 0 and told in done.output and "hibari" in done.output


class Closes(Engine):
    times: ClassVar[list[str]] = []

    @classmethod
    async def load(cls, context: Context) -> "Closes":
        return cls()

    def say(self, text: str) -> None:
        """Never asked here."""

    async def close(self) -> None:
        Closes.times.append("closed")
        raise OSError("gone already")


def test_an_engine_that_names_itself_nowhere_has_the_name_of_its_class() -> None:
    assert (system_of(Closes()), parameters_of(Closes())) == ("Closes", {})


async def test_an_engine_is_closed_once_with_its_host() -> None:
    faults: list[tuple[str, str]] = []
    host = Host(lambda kind, told: faults.append((kind, told)))
    settings = Settings.model_validate({"tts": {"engine": "test_engine_options:Closes"}})
    assert await loading.load("tts", Context(settings, persona("iris"), host)) is not None
    assert not Closes.times
    for _ in range(2):
        await host.stop()
    assert len(Closes.times) == 1 and faults == [("engine_unclosed", "OSError: gone already")]


@pytest.mark.parametrize("origin", ["friend.example/", "https://friend.example/", "friend.example"])
def test_an_origin_that_no_browser_sends_is_refused(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    told = said(monkeypatch, WEB__ORIGINS=f'["{origin}"]')
    assert f"web.origins.0: '{origin}' is no origin: write https://host" in told
    monkeypatch.setenv("VISAVIS_WEB__ORIGINS", '["https://friend.example:8443", "*"]')
    assert len(Settings().web.origins) == 2
