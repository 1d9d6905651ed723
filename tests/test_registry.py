"""Engines by name: found, refused in words, and told of in the settings."""

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from visavis.compute.host import Host
from visavis.deployments import profile
from visavis.engines import loading, registry
from visavis.engines.base import Context, Engine
from visavis.personas.persona import load as persona
from visavis.settings import AudioSettings, ChatSettings, Settings, TtsSettings, TurnSettings


class Humming(Engine):
    """An engine for these tests."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        pitch: float = 1.0

    def __init__(self, pitch: float) -> None:
        self.pitch = pitch

    @classmethod
    async def load(cls, context: Context) -> "Humming":
        return cls(context.options.pitch)

    def say(self, text: str) -> None:
        """Never asked here."""


class Listening(Engine):
    """One of another kind than it is declared as."""

    @classmethod
    async def load(cls, context: Context) -> "Listening":
        return cls()

    async def transcribe(self) -> None:
        """What voices don't do."""


class Lacking(Engine):
    """One whose library isn't installed."""

    @classmethod
    def missing(cls) -> str:
        return "a library"


@pytest.fixture
def hum(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an engine that is declared."""
    monkeypatch.setitem(sys.modules, "humming_for_tests", sys.modules[__name__])
    declared = registry._declared
    found = declared("tts") | {
        "hum": EntryPoint("hum", "humming_for_tests:Humming", "visavis.tts"),
        "lost": EntryPoint("lost", "no_such_module:Voice", "visavis.tts"),
    }
    monkeypatch.setattr(
        registry, "_declared", lambda kind: found if kind == "tts" else declared(kind)
    )
    return "hum"


def context(settings: Settings) -> Context:
    return Context(settings, persona("iris"), Host(lambda kind, told: None))


@pytest.mark.parametrize("kind", registry.KINDS)
def test_ours_are_found_by_entry_points(kind: str) -> None:
    assert registry.names(kind)
    for name in registry.names(kind):
        found = registry.find(kind, name)
        assert issubclass(found, Engine) if kind in registry.ENGINES else callable(found)
        assert registry.origin(kind, name).startswith("visavis ")


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match=r"no engine 'ollama'; installed are local, openai"):
        ChatSettings(engine="ollama")


def test_a_class_that_nobody_declares_is_found_by_its_module() -> None:
    assert registry.find("tts", f"{__name__}:Humming").__name__ == "Humming"
    for wrong in ("no_such_module:Voice", f"{__name__}:Nobody", f"{__name__}:persona"):
        with pytest.raises(registry.BrokenEngine, match=wrong):
            registry.find("tts", wrong)


async def test_an_engine_has_a_table_of_its_own(hum: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[tts]\nengine = "hum"\n[tts.hum]\npitch = 2.5\n')
    settings = Settings(deployment_type=str(file))
    assert (await loading.load("tts", context(settings))).pitch == 2.5


async def test_one_that_nobody_declares_has_a_table_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "visavis.toml"
    file.write_text(f'[tts]\nengine = "{__name__}:Humming"\n[tts.options]\npitch = 2.5\n')
    assert (await loading.load("tts", context(Settings()))).pitch == 2.5
    monkeypatch.setenv("VISAVIS_TTS__OPTIONS__PITCH", "3.5")
    assert (await loading.load("tts", context(Settings()))).pitch == 3.5
    file.unlink()
    monkeypatch.setenv("VISAVIS_TTS__ENGINE", f"{__name__}:Humming")
    assert (await loading.load("tts", context(Settings()))).pitch == 3.5, "environment alone"
    monkeypatch.setenv("VISAVIS_TTS__OPTIONS__PITCH", "high")
    with pytest.raises(loading.WrongOptions, match=r"tts\.options\.pitch: .*number"):
        await loading.load("tts", context(Settings()))


def test_the_options_of_the_environment_are_those_of_a_declared_one_too(
    hum: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISAVIS_TTS__HUM__PITCH", "4")
    assert loading.own(Settings(), "tts", "hum", Humming) == Humming.Options(pitch=4)


def test_a_section_says_which_plug_ins_are_in_force() -> None:
    audio = AudioSettings(
        caller_filter="high-pass+mine", persona_filter="loudness", filters={"mine": "x"}
    )
    settings = Settings(audio=audio, turn=TurnSettings(engine="smart-turn"))
    assert loading.in_force(settings, "filters") == ["high-pass", "loudness"]
    assert loading.in_force(settings, "turns") == ["smart-turn"]
    assert loading.in_force(settings, "trainers") == registry.names("trainers")
    by_silence = Settings(turn=TurnSettings(engine="smart-turn", semantic=False))
    assert loading.in_force(by_silence, "turns") == []
    assert [kind for kind, _, _ in loading.chosen(settings)][-3:] == ["turns", "filters", "filters"]


def test_what_is_of_another_kind_is_refused() -> None:
    for kind, name, lack in (
        ("functions", "Humming", "no function"),
        ("trainers", "Humming", "no class with a `train`"),
        ("filters", "context", "no class with a `load`"),
    ):
        with pytest.raises(registry.BrokenEngine, match=lack):
            registry.find(kind, f"{__name__}:{name}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tts.hum]\npitsch = 2\n", "no field tts.hum.pitsch; tts.hum has pitch"),
        ('[tts.hum]\npitch = "high"\n', r"tts.hum.pitch: .*number"),
        ("[tts]\nhum = 3\n", r"tts.hum is a section: write \[tts.hum\]"),
        ("[tts.nobody]\npitch = 2\n", r"no field tts.nobody; tts has .*voice, .*\[hum\], \[lost\]"),
        ("[tts]\noptions = 3\n", "tts.options: .*dictionary"),
        ("[turn.recogniser]\nx = 2\n", "no field turn.recogniser.x"),
        ("[audio.denoise]\nx = 2\n", "no field audio.denoise.x"),
        ("[turn]\nengine = 'nobody'\n", "turn.engine: .*installed are recogniser, smart-turn, off"),
    ],
)
def test_a_wrong_table_is_told(hum: str, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(profile.ProfileError, match=told):
        Settings(deployment_type=str(file))


async def test_what_cannot_be_imported_is_told_and_what_is_not_installed_is_off(
    hum: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(registry.BrokenEngine, match="no_such_module"):
        await loading.load("tts", context(Settings(tts=TtsSettings(engine="lost"))))
    lacking = Settings(tts=TtsSettings(engine=f"{__name__}:Lacking"))
    assert await loading.load("tts", context(lacking)) is None
    assert await loading.load("tts", context(Settings(tts=TtsSettings(engine="off")))) is None


async def test_an_engine_of_another_kind_is_told_by_what_it_cannot_do() -> None:
    voice = Settings(tts=TtsSettings(engine=f"{__name__}:Listening"))
    with pytest.raises(registry.BrokenEngine, match=r"made a Listening, which has no `say`$"):
        await loading.load("tts", context(voice))


def test_one_that_cant_be_imported_is_told_with_the_place_where_it_is_set() -> None:
    settings = Settings(turn=TurnSettings(engine="no_such_module:Judge"))
    with pytest.raises(registry.BrokenEngine, match=r"See \[turn\] in the settings\.$"):
        loading.chosen(settings)


def test_of_two_that_declare_one_name_ours_is_used_and_the_other_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aardvark", "zebra"):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[visavis.tts]\nhibari = x:Y\nroar = x:Y\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry._declared.cache_clear()
    try:
        ours = registry.origin("tts", "hibari")
        theirs = registry.origin("tts", "roar")
    finally:
        registry._declared.cache_clear()
    assert re.fullmatch(
        r"visavis \S+ \(and not that of (aardvark 1.0, zebra|zebra 1.0, aardvark) 1.0\)", ours
    )
    assert theirs in (
        "aardvark 1.0 (and not that of zebra 1.0)",
        "zebra 1.0 (and not that of aardvark 1.0)",
    )


def test_one_that_ends_the_program_when_it_is_imported_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leaves_at_once.py").write_text("import sys\nsys.exit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(registry.BrokenEngine, match="SystemExit"):
        registry.find("tts", "leaves_at_once:X")


class Bare:
    """No engine, though it has a `load`."""

    @classmethod
    async def load(cls, context: object) -> None: ...


class Unsure(Engine):
    """Can't say what it lacks."""

    @classmethod
    def missing(cls) -> str:
        raise ValueError("who knows")


def test_what_only_looks_like_an_engine_is_told() -> None:
    with pytest.raises(registry.BrokenEngine, match=r"extends visavis\.engines\.base\.Engine"):
        registry.find("tts", f"{__name__}:Bare")
    with pytest.raises(registry.BrokenEngine, match="broke in `missing`: ValueError: who knows"):
        registry.missing("tts", f"{__name__}:Unsure")


class Loud(type):
    """Of a class that breaks where it is looked at."""

    def __getattribute__(cls, name: str) -> Any:
        if name == "Options":
            raise RuntimeError("not today")
        return super().__getattribute__(name)


class Fussy(BaseModel):
    """Breaks over what it is given."""

    x: int = 0

    @field_validator("x")
    @classmethod
    def _x(cls, value: int) -> int:
        raise RuntimeError("no x")


class Later(BaseModel):
    """Breaks where it would help itself."""

    x: float = Field(default_factory=lambda: 1 / 0)


def engine_with(options: Any, of: type = type) -> Any:
    return of("Odd", (Engine,), {"Options": options, "__module__": __name__})


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        (engine_with(3), "`Options` are a pydantic model"),
        (engine_with(None), "`Options` are a pydantic model"),
        (engine_with(dict), "`Options` are a pydantic model"),
        (engine_with(BaseModel, Loud), "RuntimeError: not today"),
    ],
)
def test_an_engine_whose_options_are_none_is_told(
    odd: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "Odd", odd, raising=False)
    with pytest.raises(registry.BrokenEngine, match=told):
        registry.find("tts", f"{__name__}:Odd")


@pytest.mark.parametrize(
    ("options", "told"), [(Fussy, "RuntimeError: no x"), (Later, "ZeroDivisionError")]
)
def test_an_engine_whose_options_break_is_told(
    options: Any, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "Odd", engine_with(options), raising=False)
    name = f"{__name__}:Odd"
    set_so = Settings(tts=TtsSettings(engine=name))
    if options is Fussy:
        file = tmp_path / "own.toml"
        file.write_text(f'[tts]\nengine = "{name}"\noptions = {{x = 1}}\n')
        with pytest.raises(profile.ProfileError, match=told):
            profile.check_engines(Settings(deployment_type=str(file)))
        return
    with pytest.raises(registry.BrokenEngine, match=told):
        loading.own(set_so, "tts", name, registry.find("tts", name))


def test_a_table_of_a_broken_engine_stops_nothing_but_that_engine(hum: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[tts.lost]\nx = 1\n")
    profile.check_engines(Settings(deployment_type=str(file)))
