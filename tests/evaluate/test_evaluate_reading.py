"""Scenario files: what is packaged can be read, and what is wrong is told by line and key."""

import textwrap
from pathlib import Path

import pytest

from visavis.evaluate import reading
from visavis.evaluate.scenario import ScenarioError

HEAD = "scenarios:\n  - name: one\n    turns:\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(textwrap.dedent(text))
    return path


@pytest.mark.parametrize("name", sorted(reading.packaged()))
def test_what_is_packaged_can_be_read(name: str) -> None:
    found = reading.chosen([name])
    assert found and all(one.steps and one.source for one in found)


def test_sixty_questions_say_what_a_good_answer_holds() -> None:
    found = reading.chosen([], ["sixty"])
    assert len(found) == 60 and all(one.good for one in found)
    assert sum(len(one.steps) > 1 for one in found) >= 8, "follow-ups"


def test_cases_that_are_conversations_are_scenarios() -> None:
    tags = {tag for one in reading.chosen([]) for tag in one.tags}
    assert {"knowledge", "intents", "turns", "models"} <= tags
    knowing = reading.chosen(["knowledge"])[0]
    assert {path.name for path in knowing.needs.knowledge} == {"garden.md", "programme.toml"}
    assert all(one.replies for one in reading.chosen(["models"]))


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "garden.md").write_text("# Garden\n\nIt opens at 8.\n")
    path = written(
        tmp_path,
        """
        tags: [mine]
        knowledge: [garden.md]
        settings: {chat.max_tokens: 40}
        scenarios:
          - name: opening
            tags: [hours]
            ends: false
            good: says eight
            turns:
              - type: "When do you open?"
                expect: {has: ["eight|8", [a, b]], lacks: [nine], within_ms: 900}
              - pieces: [{say: "And on"}, {pause: 300}, {say: "Monday?"}]
                background: {kind: hiss, db: -20}
                interrupt: {after_ms: 500, say: "Wait."}
                expect: {turns: [1, 2], heard: "And on Monday?", wer: 0.3, voice: stops}
        """,
    )
    (one,) = reading.scenarios(path)
    assert one.tags == {"mine", "hours"} and one.ends is False
    assert one.needs.settings == (("chat.max_tokens", 40),)
    assert [path.name for path in one.needs.knowledge] == ["garden.md"]
    typed, spoken = one.steps
    assert [len(group) for group in typed.expected.has] == [1, 2]
    assert spoken.words == "And on Monday?" and spoken.cut is not None
    assert spoken.expected.turns == (1, 2) and spoken.expected.voice == "stops"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("tags: [a]\n", "line 1: the key 'scenarios' is missing"),
        ("scenarios:\n  - name: one\n    turn: []\n", "line 3: there is no key 'turn'"),
        ("scenarios:\n  - name: one\n", "line 2: the key 'turns' is missing"),
        (HEAD + "      - {say: a, type: b}\n", "line 4: one of type, say, pieces and wav"),
        (HEAD + "      - {type: 7}\n", "here stands 7, and a text is wanted"),
        (HEAD + "      - {type: a, expect: {has: 'x'}}\n", "a list (- …) is wanted"),
        (HEAD + "      - {type: a, expect: {has: ['(']}}\n", "is no regular expression"),
        (HEAD + "      - {type: a, expect: {voice: up}}\n", "stops or goes on"),
        (HEAD + "      - {wav: none.wav}\n", "there is no file"),
        (HEAD + "      - pieces: [{noise: bang, ms: 1, db: 0}]\n", "there is no noise 'bang'"),
        (HEAD + "      - pieces: [{pause: long}]\n", "a number is wanted"),
        (HEAD + "      - {type: a}\n  - name: one\n    turns: [{type: b}]\n", "is taken by"),
        (HEAD + "      - {type: a}\n      - {type: a, type: b}\n", "stands here twice"),
        (HEAD + "      - {type: [a}\n", "line 4: this is no YAML"),
        ("scenarios: []\nsettings: {a: [1]}\nscenarios: 1\n", "twice"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as error:
        reading.scenarios(path)
    assert told in str(error.value) and "mine.yaml" in str(error.value)


def test_an_unknown_file_and_an_unknown_tag_are_told_with_those_that_there_are() -> None:
    with pytest.raises(ScenarioError, match="basics"):
        reading.chosen(["nowhere"])
    with pytest.raises(ScenarioError, match="small-talk"):
        reading.chosen(["sixty"], ["nothing"])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.jsonl", "", "no rows"),
        ("a.jsonl", '{"id": 1}\nno\n', "line 2"),
        ("a.jsonl", '{"ask": []}\n', "has no id"),
        ("a.jsonl", '{"id": 1, "what": 2}\n', "of no kind"),
        ("a.tsv", "said\tclass\nBye\tgoodbye\n", "has no id"),
    ],
)
def test_cases_that_cannot_be_read(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ScenarioError, match=told):
        reading.scenarios(path)
