"""Profiles: what each sets, who has the last word, and what a wrong one is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from visavis import cli
from visavis.deployments import profile
from visavis.deployments.configuration import HIDDEN, in_force, of_profile
from visavis.deployments.profile import ProfileError
from visavis.settings import Settings

SUBSYSTEMS = ("stt", "chat", "tts", "lipsync", "pose")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings but those of the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", profile.names())
def test_every_packaged_profile_says_which_subsystems_run(name: str) -> None:
    found = profile.load(name, Settings)
    assert all("engine" in found[part] for part in SUBSYSTEMS)
    assert Settings(deployment_type=name).deployment_type == name


def test_the_five_places_are_packaged() -> None:
    assert profile.names() == ["audio_call", "devmode", "kiosk", "staging", "video_call"]


def test_an_audio_call_has_no_face_and_no_pose() -> None:
    chosen = Settings(deployment_type="audio_call")
    assert (chosen.lipsync.engine, chosen.pose.engine) == ("off", "off")
    assert (chosen.stt.engine, chosen.tts.engine) == ("whisper", "hibari")


def test_a_kiosk_is_shared_and_people_come_and_go() -> None:
    kiosk, call = Settings(deployment_type="kiosk"), Settings()
    assert kiosk.callers.user == "kiosk" and kiosk.callers.initiator == "presence"
    assert kiosk.visits.presence and not call.visits.presence
    assert kiosk.turn.prompts_ms[0] < call.turn.prompts_ms[0]
    assert not kiosk.records.keep_transcripts and kiosk.max_calls == 1


def test_the_profile_is_below_file_environment_and_command_line(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "visavis.toml").write_text(
        'deployment_type = "kiosk"\n[turn]\ngive_up_ms = 2000\nprompts_ms = [7]\n'
    )
    assert Settings().callers.user == "kiosk"
    assert Settings().turn.give_up_ms == 2000
    assert Settings().turn.min_silence_ms == 300  # the profile's own, under the file's section
    monkeypatch.setenv("VISAVIS_TURN__GIVE_UP_MS", "1000")
    assert Settings().turn.give_up_ms == 1000
    given: dict[str, Any] = {"turn": {"give_up_ms": 500}}  # as the command line gives it
    assert Settings(**given).turn.give_up_ms == 500
    monkeypatch.setenv("VISAVIS_DEPLOYMENT_TYPE", "audio_call")
    assert Settings().lipsync.engine == "off" and Settings().callers.user == "guest"


def test_a_profile_of_ones_own_is_a_path(elsewhere: Path) -> None:
    own = elsewhere / "lobby.toml"
    own.write_text('[callers]\nuser = "lobby"\n[pose]\nengine = "off"\n')
    assert Settings(deployment_type=str(own)).callers.user == "lobby"
    assert profile.descriptor(str(own)) == "lobby"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[chat]\nmodle = 'x'\n", "lobby.toml: there is no field chat.modle; chat has engine"),
        ("colour = 'x'\n", "lobby.toml: there is no field colour; a profile has"),
        ("turn = 3\n", "lobby.toml: turn is a section"),
        ("[turn]\ngive_up_ms = 'soon'\n", "lobby.toml: turn.give_up_ms: "),
        ("[lipsync]\nengine = 'bitmap'\n", "lobby.toml: lipsync.engine: "),
        ("deployment = 'x'\n", "can't set deployment"),
        ("= 3", "lobby.toml: "),
    ],
)
def test_a_wrong_profile_is_named_with_its_field_and_what_exists(
    elsewhere: Path, text: str, told: str
) -> None:
    own = elsewhere / "lobby.toml"
    own.write_text(text)
    with pytest.raises(ProfileError, match=r"lobby\.toml") as wrong:
        Settings(deployment_type=str(own))
    assert told in str(wrong.value)


def test_a_profile_may_extend_another_key_by_key(elsewhere: Path) -> None:
    (elsewhere / "base.toml").write_text(
        'extends = "kiosk"\n[callers]\nuser = "hall"\n[turn]\nprompts_ms = [7]\n'
    )
    (elsewhere / "lobby.toml").write_text('extends = "./base.toml"\n[callers]\nuser = "lobby"\n')
    lobby = Settings(deployment_type="./lobby.toml")
    assert lobby.callers.user == "lobby" and lobby.turn.prompts_ms == (7,)
    assert lobby.callers.initiator == "presence" and lobby.turn.min_silence_ms == 300
    assert "extends" not in profile.load("./lobby.toml", Settings)


@pytest.mark.parametrize(
    ("extends", "told"),
    [
        ('"lobby.toml"', "lobby.toml: extends goes in a circle: lobby → lobby"),
        ('"other.toml"', "other.toml: extends goes in a circle: lobby → other → lobby"),
        ('"spaceship"', "lobby.toml: extends: there is no profile 'spaceship'. Packaged are audio"),
        ("3", "lobby.toml: extends must be the name or the path"),
        ('"wrong.toml"', "wrong.toml: there is no field colour"),
    ],
)
def test_what_cannot_be_extended_is_told(elsewhere: Path, extends: str, told: str) -> None:
    (elsewhere / "lobby.toml").write_text(f"extends = {extends}\n")
    (elsewhere / "other.toml").write_text('extends = "./lobby.toml"\n')
    (elsewhere / "wrong.toml").write_text("colour = 3\n")
    with pytest.raises(ProfileError) as wrong:
        Settings(deployment_type=str(elsewhere / "lobby.toml"))
    assert told in str(wrong.value)


@pytest.fixture
def installed(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution that brings the profile ``parlour``, and two that aren't there."""
    place = elsewhere / "site"
    (place / "parlours").mkdir(parents=True)
    (place / "parlours" / "parlour.toml").write_text('extends = "kiosk"\npersona = "otto"\n')
    told = place / "parlours-2.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: parlours\nVersion: 2\n")
    (told / "entry_points.txt").write_text(
        "[visavis.profiles]\nparlour = parlours\nkiosk = parlours\nbare = parlours\n"
        "lost = nowhere\n"
    )
    monkeypatch.syspath_prepend(str(place))


def test_a_distribution_brings_a_profile(installed: None) -> None:
    chosen = Settings(deployment_type="parlour")
    assert chosen.persona == "otto" and chosen.visits.presence
    assert profile.descriptor("parlour") == "parlour"
    assert Settings(deployment_type="kiosk").persona == "iris", "a packaged name is taken by none"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bare", "parlours brings no .*/parlours/bare.toml"),
        ("lost", "parlours 2 declares 'lost' to be in the folder of the package 'nowhere'"),
        ("spaceship", "and installed are bare, kiosk, lost, parlour;"),
    ],
)
def test_a_profile_that_is_not_where_it_is_declared_is_told(
    installed: None, name: str, told: str
) -> None:
    with pytest.raises(ProfileError, match=told):
        Settings(deployment_type=name)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 100_000, b"= 3"])
def test_a_file_that_is_no_toml_is_told(elsewhere: Path, content: bytes) -> None:
    (elsewhere / "lobby.toml").write_bytes(content)
    with pytest.raises(ProfileError, match=r"lobby\.toml"):
        Settings(deployment_type="lobby.toml")


def test_an_unknown_profile_is_told_which_there_are() -> None:
    with pytest.raises(ProfileError, match="audio_call, devmode, kiosk, staging, video_call"):
        Settings(deployment_type="spaceship")


def test_the_settings_file_is_checked_in_the_same_way(elsewhere: Path) -> None:
    (elsewhere / "visavis.toml").write_text("[records]\nfolder = 'x'\n")
    with pytest.raises(ProfileError, match=r"visavis\.toml: there is no field records\.folder"):
        Settings()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"= 3"])
def test_a_settings_file_that_is_no_toml_is_told(elsewhere: Path, content: bytes) -> None:
    (elsewhere / "visavis.toml").write_bytes(content)
    done = CliRunner().invoke(cli.app, ["models", "list"])
    assert done.exit_code == 2 and done.output.startswith("visavis.toml: ")


def test_the_command_line_says_it_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_DEPLOYMENT_TYPE", "spaceship")
    done = CliRunner().invoke(cli.app, ["models", "list"])
    assert done.exit_code == 2 and "there is no profile 'spaceship'" in done.output


def test_what_is_kept_of_the_configuration_holds_no_secret(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "VISAVIS_WEB__TOKEN": "marker-token",
        "VISAVIS_CHAT__KEY": "marker-key",
        "VISAVIS_TTS__OPTIONS__URL": "https://me:marker-url@tts.example/v1",
        "VISAVIS_ICE__CREDENTIAL": "marker-credential",
        "VISAVIS_DATABASE_URL": "postgres://me:marker-database@db/x",
        "DATABASE_URL": "postgres://me:marker-database@db/x",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    kept = in_force(Settings())
    assert "marker" not in str(kept)
    assert kept["web"]["token"] == HIDDEN and "tts.example" in str(kept["tts"])
    own = elsewhere / "own.toml"
    own.write_text('[web]\ntoken = "marker"\n[chat]\nkey = "marker"\nmodel = "m"\n')
    shown = of_profile(profile.load(str(own), Settings), Settings)
    assert shown == {"web": {"token": HIDDEN}, "chat": {"key": HIDDEN, "model": "m"}}


def test_every_secret_of_the_settings_is_hidden_by_its_type() -> None:
    """A new setting that is a secret must not slip into the records."""
    from pydantic import BaseModel, SecretStr

    def secrets(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for name, field in model.model_fields.items():
            if field.annotation is SecretStr:
                yield (*path, name)
            elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield from secrets(field.annotation, (*path, name))

    given: dict[str, Any] = {}
    for *sections, name in secrets(Settings):
        inside = given
        for section in sections:
            inside = inside.setdefault(section, {})
        inside[name] = "marker-of-a-secret"
    assert given
    assert "marker-of-a-secret" not in str(in_force(Settings(**given)))
