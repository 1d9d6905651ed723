"""The doctor: it names what is wrong with this machine, and changes nothing."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import broken_engines
import pytest
from persona_folders import write

from visavis.engines import registry
from visavis.engines.base import Engine
from visavis.engines.chat import choosing
from visavis.engines.chat.kernels import processor
from visavis.engines.chat.measures import Measure, Measures
from visavis.engines.remote import RemoteError
from visavis.node import doctor, engine_checks
from visavis.node.doctor import Finding
from visavis.node.findings import checked
from visavis.settings import (
    AudioSettings,
    ChatSettings,
    KnowledgeSettings,
    RecordsSettings,
    Settings,
    SttSettings,
    TtsSettings,
    TurnSettings,
    WebSettings,
)
from visavis.web import tls
from visavis.weights.manifest import KERNELS, SMALL_CHAT
from visavis.weights.store import WeightStore


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return Settings(
        weights=tmp_path / "weights",
        certs=tmp_path / "certs",
        records=RecordsSettings(data=tmp_path / "data"),
        web=WebSettings(port=0),
    )


def found(settings: Settings, name: str, deep: bool = False) -> Finding:
    """The finding whose name ends so."""
    (finding,) = [f for f in doctor.check(settings, deep) if f.name.endswith(name)]
    return finding


def test_a_bare_machine_lacks_its_models_only(settings: Settings, tmp_path: Path) -> None:
    wrong = {f.name for f in doctor.check(settings) if not f.ok}
    assert wrong - {"memory", "processors", "disk"} == {
        f"model {name}" for name in doctor.needed(settings)
    }
    assert list(tmp_path.iterdir()) == [], "looking changes nothing"


def test_a_missing_model_comes_with_its_command(settings: Settings) -> None:
    assert found(settings, settings.stt.model).remedy == (
        "visavis models fetch faster-whisper-base"
    )


def test_wrong_bytes_are_found_when_looking_deep(settings: Settings) -> None:
    store = WeightStore(settings.weights)
    weight = store.weight("smart-turn-v3.2")
    path = store.file(weight, weight.files[0])
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(weight.size)
    assert found(settings, "smart-turn-v3.2").ok
    deep = found(settings, "smart-turn-v3.2", deep=True)
    assert not deep.ok
    assert f"rm {path} &&" in deep.remedy


def test_only_the_models_in_use_are_needed(settings: Settings) -> None:
    remote = settings.model_copy(
        update={
            "chat": ChatSettings(url="http://127.0.0.1:9/v1"),
            "turn": TurnSettings(semantic=False),
        }
    )
    assert doctor.needed(remote) == ["faster-whisper-base", "all-minilm-l6-v2-int8"]
    apart = remote.model_copy(update={"turn": TurnSettings(engine="smart-turn")})
    assert doctor.needed(apart) == [*doctor.needed(remote), "smart-turn-v3.2"]
    off = {"stt": SttSettings(engine="off"), "knowledge": KnowledgeSettings(engine="off")}
    assert doctor.needed(remote.model_copy(update=off)) == []


def test_every_kind_of_plug_in_is_told_with_whose_it_is(settings: Settings) -> None:
    told = {f.name: f.detail for f in doctor.check(settings) if f.name.startswith("engine ")}
    assert [*told] == [f"engine {kind}" for kind in registry.KINDS]
    assert told["engine turns"].startswith("recogniser, of visavis ")
    assert told["engine filters"].startswith("high-pass, of visavis ")
    assert told["engine trainers"].startswith("baseline_knn, lstm_v1, of visavis ")
    assert told["engine functions"].startswith("caller_name, date, history, ")


def test_an_engine_that_cannot_be_used_is_named(settings: Settings) -> None:
    wrong = {
        "tts": TtsSettings.model_validate({"engine": "tts_of_nobody:Voice"}),
        "audio": AudioSettings(caller_filter="hi-pass"),
        "stt": SttSettings.model_validate({"whisper": {"x": 1}}),
    }
    told = {f.name: f.detail for f in doctor.check(settings.model_copy(update=wrong)) if not f.ok}
    assert "no engine 'hi-pass'; installed are denoise" in told["engine filters"]
    assert "'tts_of_nobody:Voice' can't be imported" in told["engine tts"]
    assert "stt.whisper.x: Extra inputs are not permitted" in told["engine stt"]


def test_a_taken_port_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = found(settings.model_copy(update={"web": WebSettings(port=port)}), "port")
    assert not finding.ok
    assert f"127.0.0.1:{port}" in finding.detail
    assert "VISAVIS_WEB__PORT" in finding.remedy


def test_a_host_of_another_machine_is_named(settings: Settings) -> None:
    finding = found(
        settings.model_copy(update={"web": WebSettings(host="192.0.2.1", port=0)}), "port"
    )
    assert not finding.ok
    assert "VISAVIS_WEB__HOST" in finding.remedy


def test_no_tls_is_well_on_this_machine_only(settings: Settings) -> None:
    def web(host: str) -> Settings:
        return settings.model_copy(update={"web": WebSettings(host=host, port=0, tls=False)})

    assert found(web("127.0.0.1"), "certificate").ok
    assert "no microphone" in found(web("0.0.0.0"), "certificate").remedy


def test_anothers_certificate_that_has_ended_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "VALID", timedelta(minutes=-1))
    monkeypatch.setattr(tls, "_MAKER", "Somebody else")
    tls._write(settings.certs / tls.FILE, tls._make(["example.org"], datetime.now(UTC)))
    monkeypatch.undo()
    finding = found(settings, "certificate")
    assert not finding.ok
    assert "your own, ended on" in finding.detail


def test_a_database_that_is_away_is_named(settings: Settings) -> None:
    url = "postgresql://nobody@127.0.0.1:9/none"
    finding = found(settings.model_copy(update={"database_url": url}), "database")
    assert not finding.ok
    assert "journal" in finding.remedy


def test_refused_rows_are_counted(settings: Settings) -> None:
    folder = settings.records.data / "journal"
    folder.mkdir(parents=True)
    (folder / "dead_letters.jsonl").write_text('{"reason": "x"}\n{"reason": "y"}\n')
    finding = found(settings, "rows kept back")
    assert not finding.ok
    assert finding.detail.startswith("2 rows")


def test_rows_that_wait_for_the_database_are_measured(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.records.data / "journal"
    folder.mkdir(parents=True)
    (folder / "000000000000001.journal").write_bytes(bytes(300_000))
    assert found(settings, "journal").ok
    monkeypatch.setattr(doctor, "BACKLOG_MB", 0.2)
    finding = found(settings, "journal")
    assert not finding.ok and finding.detail.startswith("0.3 MB")


async def test_pgvector_is_named(settings: Settings, database_url: str) -> None:
    def look() -> Finding:
        return found(settings.model_copy(update={"database_url": database_url}), "pgvector")

    finding = await asyncio.to_thread(look)
    assert finding.ok and finding.detail.startswith(("here", "missing"))


def test_a_check_that_fails_is_a_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: Settings) -> None:
        raise RuntimeError("no such disk")

    monkeypatch.setattr(doctor, "_disk", broken)
    assert "no such disk" in found(settings, "disk").detail


@pytest.mark.parametrize(
    ("engine", "name", "told"),
    [
        ("Weights", "engine tts", "broke in `weights`: RuntimeError: no \ufffd[31mlist at"),
        ("OneName", "engine tts", "broke in `weights`: TypeError"),
        ("Exits", "engine tts", "broke in `missing`: SystemExit: away"),
        ("Reach", "address tts", "couldn't be checked: KeyError: 'answer'"),
        ("Waits", "address tts", "does not answer within 0.1 s"),
        ("Blocks", "address tts", "couldn't be checked within 0.2 s"),
        ("Hangs", "engine tts", "couldn't be checked within 0.2 s"),
    ],
)
def test_a_plug_in_that_breaks_or_hangs_keeps_no_other_check_from_being_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, engine: str, name: str, told: str
) -> None:
    monkeypatch.setattr(engine_checks, "REACH_S", 0.1)
    if engine in ("Blocks", "Hangs"):
        # Only for those: a busy machine takes longer to import what the others need.
        monkeypatch.setattr(engine_checks, "checked", partial(_hasty, f"{name}"))
    usual = doctor.check(settings)
    chosen = TtsSettings.model_validate({"engine": f"broken_engines:{engine}"})
    broken = settings.model_copy(update={"tts": chosen})
    try:
        found = doctor.check(broken)
    finally:
        broken_engines.GO.set()
        broken_engines.GO.clear()
    (wrong,) = [one for one in found if one.name == name]
    assert not wrong.ok and told in wrong.detail and wrong.remedy
    assert "hidden" not in str(found) and "\n" not in wrong.detail
    others = [one.name for one in usual if one.name not in ("engine tts", "address tts")]
    assert [one.name for one in found if one.name not in ("engine tts", "address tts")] == others
    assert doctor.needed(broken) == doctor.needed(settings)


def _hasty(hung: str, name: str, look: Any, **more: Any) -> list[Finding]:
    return checked(name, look, **{**more, **({"limit_s": 0.2} if name == hung else {})})


def test_what_a_check_found_before_it_hung_stands() -> None:
    go = threading.Event()

    def look() -> Iterator[Finding]:
        yield Finding("one", True, "here")
        go.wait()

    found = checked("all", look, limit_s=0.1)
    go.set()
    assert [one.detail for one in found] == ["here", "couldn't be checked within 0.1 s"]


def test_an_address_of_a_database_that_cannot_be_read_is_not_repeated(settings: Settings) -> None:
    for url in ("postgresql://me:hid#den@h:1/db", "mysql://me:hidden@h/db", "postgresql://[hidden"):
        finding = found(settings.model_copy(update={"database_url": url}), "database")
        assert not finding.ok and "hid" not in finding.detail


def test_a_persona_of_ones_own_is_looked_over(settings: Settings, tmp_path: Path) -> None:
    assert found(settings, "persona").ok
    missing = found(settings.model_copy(update={"persona": "nobody"}), "persona")
    assert not missing.ok and "There is no persona 'nobody'" in missing.detail
    write(tmp_path / "ada", "display_nam = 'Ada'")
    own = found(settings.model_copy(update={"persona": "./ada"}), "persona")
    assert "display_nam is no field; the nearest is display_name" in own.detail
    assert own.remedy == "See all with: visavis persona check ./ada"


class _Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        keyed = self.headers.get("Authorization") == "Bearer right"
        self.send_response(200 if keyed and self.path == "/v1/models" else 401)
        self.end_headers()

    def log_message(self, *said: object) -> None:
        pass


def test_the_address_of_a_remote_engine_is_asked(settings: Settings) -> None:
    def told(**options: str) -> Finding:
        chosen = TtsSettings.model_validate({"engine": "openai", "openai": options})
        return found(settings.model_copy(update={"tts": chosen}), "address tts")

    with ThreadingHTTPServer(("127.0.0.1", 0), _Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        right, wrong = told(url=url, key="right"), told(url=url, key="mistaken")
        server.shutdown()
    gone = told(url=url, key="right")
    assert right.ok and right.detail == f"{url} answers"
    assert not wrong.ok and "tts.openai.key is missing or wrong" in wrong.detail
    assert "mistaken" not in wrong.detail
    assert not gone.ok and "can't be reached; is tts.openai.url right?" in gone.detail
    assert "[tts.openai]" in gone.remedy
    unset = settings.model_copy(update={"tts": TtsSettings.model_validate({"engine": "openai"})})
    assert "tts.openai.url: Field required" in found(unset, "engine tts").detail
    assert not [f for f in doctor.check(settings) if f.name.startswith("address")]


class Unreachable(Engine):
    """What it asks is not there; as `test_doctor:Unreachable`."""

    @classmethod
    async def reach(cls, options: Any) -> str:
        raise RemoteError("connection", "nothing answers")


@pytest.mark.parametrize(
    ("key", "chosen", "kind", "table"),
    [
        ("tts", TtsSettings(engine=f"{__name__}:Unreachable"), "tts", "tts.options"),
        ("turn", TurnSettings(engine=f"{__name__}:Unreachable"), "turns", "turn.options"),
        (
            "knowledge",
            KnowledgeSettings(engine=f"{__name__}:Unreachable"),
            "embeddings",
            "knowledge.options",
        ),
    ],
)
def test_the_table_to_mend_is_named_as_the_settings_have_it(
    settings: Settings, key: str, chosen: Any, kind: str, table: str
) -> None:
    gone = found(settings.model_copy(update={key: chosen}), f"address {kind}")
    assert gone.detail == "nothing answers" and f"mend [{table}];" in gone.remedy


def test_the_kernels_in_use_are_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = found(settings, "kernels")
    assert told.ok and "those of the wheel" in told.detail and KERNELS.name in told.detail
    assert "not measured yet" in found(settings, "language model").detail
    monkeypatch.setattr(processor, "here", lambda: "flags: sse4_2 avx f16c fma avx2 bmi2")
    store = WeightStore(settings.weights)
    for weight in (KERNELS, store.weight(SMALL_CHAT)):
        for one in weight.files:
            store.file(weight, one).parent.mkdir(parents=True, exist_ok=True)
            with store.file(weight, one).open("wb") as file:
                file.truncate(one.size)
    assert found(settings, "kernels").detail == "haswell, as chat.kernels = auto"
    Measures(settings.weights).keep(choosing.choice(settings).key, Measure(57, 140, 60))
    assert found(settings, "language model").detail == (
        f"{SMALL_CHAT}, as chat.model = auto: first token after 57 ms, six within 140 ms, "
        "60 tokens a second"
    )


def test_kernels_that_are_set_in_vain_are_wrong(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "here", lambda: "flags: sse4_2")
    forced = settings.model_copy(update={"chat": ChatSettings(kernels="haswell")})
    told = found(forced, "kernels")
    assert not told.ok and "can't run the kernels 'haswell'" in told.detail
    remote = settings.model_copy(update={"chat": ChatSettings(url="http://127.0.0.1:9/v1")})
    assert not [f for f in doctor.check(remote) if f.name == "kernels"]
