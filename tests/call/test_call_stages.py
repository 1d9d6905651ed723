import pytest

from visavis.call.dialogue.stages import STAGES, Stopwatch


def test_stages_add_up_to_voice_to_voice() -> None:
    watch = Stopwatch(10.0)
    for (_, mark), at in zip(STAGES, (10.25, 10.40, 10.45, 10.47, 10.47), strict=True):
        watch.mark(mark, at)
    stages = watch.stages()
    assert stages == pytest.approx({"endpoint": 250, "think": 150, "speak": 50, "playout": 20})
    assert sum(stages.values()) == pytest.approx(watch.total_ms)


def test_work_done_ahead_costs_its_stage_nothing() -> None:
    watch = Stopwatch(10.0)
    watch.mark("clause", 10.20)
    watch.mark("speech", 10.23)
    watch.mark("decided", 10.25)
    watch.mark("left", 10.27)
    watch.mark("answered", 10.27)
    stages = watch.stages()
    assert stages["think"] == stages["speak"] == 0
    assert stages["playout"] == pytest.approx(20)
    assert sum(stages.values()) == pytest.approx(270)


def test_a_missing_mark_leaves_time_for_the_next_stage() -> None:
    watch = Stopwatch(10.0)
    assert watch.stages() == {} and watch.total_ms is None
    watch.mark("decided", 10.25)
    watch.mark("left", 11.0)
    watch.mark("left", 12.0)
    assert watch.total_ms is None
    watch.mark("answered", 11.0)
    assert watch.total_ms == pytest.approx(1000)
    assert watch.stages() == pytest.approx({"endpoint": 250, "playout": 750})


def test_what_leads_up_to_an_answer_is_a_stage_of_its_own() -> None:
    watch = Stopwatch(10.0)
    for (_, mark), at in zip(STAGES, (10.25, 10.40, 10.45, 10.47, 10.90), strict=True):
        watch.mark(mark, at)
    assert watch.stages()["marker"] == pytest.approx(430)
    assert sum(watch.stages().values()) == pytest.approx(watch.total_ms)
