"""Examples, trainings and models as rows and files, on a real Postgres."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from known import known
from learning.body import perform, varied
from records_opened import Books, Query

from visavis.engines import registry as engines
from visavis.engines.pose import features as landmarks
from visavis.learning import examples, registry
from visavis.learning.errors import LearningError, NotThere
from visavis.learning.examples import Take
from visavis.learning.registry import Serving
from visavis.learning.training import Training, Trainings, examples_hash
from visavis.records.reading.reader import Reader

SIGNS = ("wave", "drink")


def npz(kind: str, seed: int) -> bytes:
    """A take as a call would keep it."""
    random = np.random.default_rng(seed)
    took = perform(kind, varied(random, 0.5), random)
    frames = [
        landmarks.Landmarks(
            **{part: getattr(took, part)[n] for part in landmarks.PARTS}, t_ms=float(took.t_ms[n])
        )
        for n in range(len(took.t_ms))
    ]
    return landmarks.dump(took.header, frames)


class School:
    """A person who is taught."""

    def __init__(self, books: Books, url: str, query: Query) -> None:
        self.books, self.files, self.query = books, books.files, query
        self.reader = Reader(url)
        self.user = books.recorder.users.add("ann")
        self.session = books.recorder.session.started(user=self.user, initiator="test")
        self.faults: list[tuple[str, str]] = []
        self.trainings = Trainings(self.reader, self.files, self.fault)

    def fault(self, kind: str, description: str) -> None:
        self.faults.append((kind, description))

    def take(self, kind: str, seed: int, **more: Any) -> Take:
        given: dict[str, Any] = {"status": "confirmed", "consent": True, "performer": "ann"} | more
        return Take(self.user, self.session, "gesture", kind, npz(kind, seed), **given)

    async def keep(self, kind: str, seed: int, **more: Any) -> dict[str, Any]:
        return await examples.keep(self.reader, self.files, self.take(kind, seed, **more))

    async def trained(self, **options: Any) -> Training:
        one = self.trainings.begin(self.user, "gesture", "baseline_knn", **options)
        await self.trainings.finished(one.run)
        return one


@pytest.fixture
async def school(books: Books, migrated: str, query: Query) -> AsyncIterator[School]:
    """A person with three confirmed takes of two signs."""
    made = School(books, migrated, query)
    assert await books.recorder.flushed(10)
    for n in range(3):
        for sign in SIGNS:
            await made.keep(sign, 10 * n + SIGNS.index(sign))
    yield made
    await made.trainings.close()
    await made.reader.close()


async def test_a_take_is_kept_once_at_the_seeds_path_and_corrected(school: School) -> None:
    row = await school.keep("wave", 99, status="unconfirmed")
    place = f"users/{school.user}/sessions/{school.session}/features/{row['record_id']}.npz"
    assert row["features_uri"] == place and row["label_status"] == "unconfirmed"
    data = school.files.path(place).read_bytes()
    assert row["features_hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    with pytest.raises(LearningError, match="there already, as “wave”"):
        await school.keep("wave", 99, performer="carer")
    example = UUID(row["example_id"])
    confirmed = await examples.confirm(school.reader, school.user, example)
    corrected = await examples.correct(school.reader, school.user, example, "  good   bye ")
    assert confirmed["label_status"] == "confirmed"
    assert (corrected["label"], corrected["label_status"]) == ("good bye", "corrected")
    with pytest.raises(NotThere):
        await examples.confirm(school.reader, "somebody", example)
    await examples.discard(school.reader, school.files, school.user, example)
    assert not school.files.path(place).exists()


@pytest.mark.parametrize("label", ["", "   ", "x" * 10_000, "a\x00b", "a\u202eb"])
def test_a_label_that_is_none_is_refused(label: str) -> None:
    with pytest.raises(LearningError):
        examples.label_of(label)


@pytest.mark.parametrize("label", ["もう一つ", "Ärger?!", "' or 1=1 --", "👍"])
def test_a_label_may_be_odd(label: str) -> None:
    assert examples.label_of(label) == label


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"x" * 5000])
async def test_a_file_that_is_none_is_refused_and_leaves_nothing(
    school: School, damage: bytes
) -> None:
    before = await school.query("select count(*) as n from training_examples")
    take = Take(school.user, school.session, "gesture", "wave", damage)
    with pytest.raises(LearningError, match="can't be read"):
        await examples.keep(school.reader, school.files, take)
    assert await school.query("select count(*) as n from training_examples") == before


async def test_a_training_leaves_its_whole_lineage_and_can_be_repeated(school: School) -> None:
    first = await school.trained(seed=7, activate=True)
    assert (first.state, first.progress) == ("done", 1.0), first.message
    again = await school.trained(seed=7)
    runs = await school.query("select * from training_runs order by run_id")
    models = await school.query("select * from models order by model_id")
    ids = [row["example_id"] for row in await examples.of(school.reader, school.user)]
    for run, model in zip(runs, models, strict=True):
        assert run["model_id"] == model["model_id"] and run["finished_at"] >= run["started_at"]
        assert run["examples_hash"] == examples_hash(ids) and run["example_count"] == 6
        assert sorted(run["dataset_query"]["example_ids"]) == sorted(ids)
        assert run["parameters"] == {"trainer": "baseline_knn", "seed": 7}
        assert run["metrics"]["confusion"]["labels"] == ["drink", "wave", "unknown"]
    assert models[0]["artifact_hash"] == models[1]["artifact_hash"]
    assert [model["status"] for model in models] == ["active", "candidate"]
    assert again.model == models[1]["model_id"]
    assert models[0]["artifact_uri"].startswith(f"models/users/{school.user}/gesture/")


async def test_one_model_serves_and_the_one_before_takes_over_when_its_file_is_no_good(
    school: School,
) -> None:
    first = await school.trained(activate=True)
    second = await school.trained(seed=1, activate=True)
    rows = await school.query("select status from models order by model_id")
    assert [row["status"] for row in rows] == ["archived", "active"]

    async def serving() -> Serving:
        return known(
            await registry.serving(
                school.reader, school.files, school.user, "gesture", school.fault
            )
        )

    assert (await serving()).row["model_id"] == str(second.model) and not school.faults
    path = school.files.path((await serving()).row["artifact_uri"])
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert (await serving()).row["model_id"] == str(first.model)
    assert school.faults[0][0] == "model_refused" and "was changed" in school.faults[0][1]
    with pytest.raises(LearningError, match="can't serve"):
        await registry.activate(school.reader, school.files, school.user, known(second.model))
    back = await registry.roll_back(school.reader, school.files, school.user, "gesture")
    assert back["model_id"] == str(first.model) and back["status"] == "active"
    with pytest.raises(NotThere, match="no earlier model"):
        await registry.roll_back(school.reader, school.files, school.user, "gesture")
    path.unlink()
    assert (await serving()).row["model_id"] == str(first.model)


async def test_trainings_that_cannot_be(school: School, query: Query) -> None:
    with pytest.raises(LearningError, match="no trainer 'magic'"):
        school.trainings.begin(school.user, "gesture", "magic")
    going = school.trainings.begin(school.user, "gesture", "baseline_knn")
    with pytest.raises(LearningError, match="going on already"):
        school.trainings.begin(school.user, "gesture", "baseline_knn")
    other = Trainings(school.reader, school.files, school.fault)  # another node's
    while not await query("select from training_runs"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    second = other.begin(school.user, "gesture", "baseline_knn")
    await other.finished(second.run)
    assert (second.state, "going on already" in second.message) == ("refused", True)
    assert school.trainings.cancel(going.run)
    await school.trainings.finished(going.run)
    assert going.state == "cancelled" and not await query("select from models")
    runs = await query("select metrics, finished_at from training_runs")
    assert runs[0]["metrics"] == {"state": "stopped"} and runs[0]["finished_at"]
    nothing = school.trainings.begin(school.user, "audio", "baseline_knn")
    await school.trainings.finished(nothing.run)
    assert "no takes to learn from" in nothing.message and not school.faults


CENTROID = Path(__file__).parents[1] / "plugins" / "centroid" / "centroid_trainer.py"
BROKEN = """
class Broken:
    def train(self, examples, *, seed, progress, cancelled):
        raise ZeroDivisionError("by nothing")
"""


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two trainers of somebody else's, where processes that are started find them, too."""
    folder = tmp_path / "installed"
    about = folder / "centroid-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "centroid_trainer.py").write_text(CENTROID.read_text())
    (folder / "broken_trainer.py").write_text(BROKEN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: centroid\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[visavis.trainers]\n"
        "centroid = centroid_trainer:Centroid\n"
        "broken = broken_trainer:Broken\n"
        "lost = no_such_module:Lost\n"
    )
    monkeypatch.syspath_prepend(folder)
    engines._declared.cache_clear()
    yield
    engines._declared.cache_clear()


async def test_a_trainer_of_a_strangers_learns_in_a_process_of_its_own(
    school: School, strangers
) -> None:
    one = school.trainings.begin(school.user, "gesture", "centroid", activate=True)
    await school.trainings.finished(one.run)
    assert (one.state, school.faults) == ("done", []) and one.metrics["nearest_accuracy"] > 0.6
    serving = await registry.serving(
        school.reader, school.files, school.user, "gesture", school.fault
    )
    assert serving.row["trainer_name"] == "centroid" and serving.model.labels == SIGNS[::-1]


@pytest.mark.parametrize(
    ("name", "words"),
    [("broken", "broken: ZeroDivisionError: by nothing"), ("lost", "lost: BrokenEngine: ")],
)
async def test_a_trainer_that_breaks_is_a_fault_that_says_why(
    school: School, strangers, name: str, words: str
) -> None:
    one = school.trainings.begin(school.user, "gesture", name)
    await school.trainings.finished(one.run)
    assert (one.state, one.message) == ("failed", "The training failed; nothing was changed.")
    ((kind, told),) = school.faults
    assert kind == "training_failed" and words in told


async def test_one_sign_alone_or_a_lost_file_is_refused_in_plain_words(
    school: School, query: Query
) -> None:
    rows = await examples.of(school.reader, school.user)
    for row in rows:
        if row["label"] == "drink":
            await query(
                "update training_examples set label_status = 'unconfirmed' where features_uri = $1",
                row["features_uri"],
            )
    alone = await school.trained()
    assert alone.state == "refused" and "two different signs" in alone.message
    school.files.path(rows[0]["features_uri"]).unlink()
    lost = await school.trained(statuses=("confirmed", "unconfirmed"))
    assert lost.state == "refused" and "missing" in lost.message
    assert json.dumps(lost.as_json())


async def test_whoever_is_removed_meanwhile_leaves_no_model(school: School, query: Query) -> None:
    going = school.trainings.begin(school.user, "gesture", "baseline_knn")
    while not await query("select from training_runs"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await query("delete from training_examples")
    await school.trainings.finished(going.run)
    assert going.state == "refused" and "removed while" in going.message
    assert not await query("select from models")
