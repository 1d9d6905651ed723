"""Documents in chunks: markdown by heading and paragraph, schedules by event."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.engines.embeddings import chunks, schedule

HOUSE = """
# The house

Open *daily*,
from ten.

## Ground floor

- The **toilets** are behind the cloakroom.
- `Lockers` take a coin.

| Time | Event | Place |
|---|---|---|
| 14:30 | Guided tour | the fountain |

| Room | Shows |
|---|---|
| 12 | Glaciers |

## First floor

Maps.
"""
PROGRAMME = """
title = "Open day"
[[events]]
time = "14:30"
event = "Guided tour"
place = "the fountain"
"""


def test_a_chunk_says_by_itself_what_it_is_about() -> None:
    document = chunks.markdown(HOUSE, "house.md")
    assert document.chunks == (
        "The house: Open daily, from ten.",
        "The house. Ground floor: The toilets are behind the cloakroom.",
        "The house. Ground floor: Lockers take a coin.",
        "The house. Ground floor. Time: 14:30. Event: Guided tour. Place: the fountain.",
        "The house. Ground floor: Room: 12. Shows: Glaciers.",
        "The house. First floor: Maps.",
    )
    assert [event.fields["time"] for event in document.events] == ["14:30"]


def test_a_schedule_of_toml_and_a_table_give_the_same_chunk(tmp_path: Path) -> None:
    path = tmp_path / "programme.toml"
    path.write_text(PROGRAMME)
    table = "# Open day\n| time | event | place |\n|-|-|-|\n| 14:30 | Guided tour | the fountain |"
    read, marked = chunks.read(path, "s"), chunks.markdown(table, "s")
    assert read.chunks == marked.chunks
    assert read.chunks == ("Open day. Time: 14:30. Event: Guided tour. Place: the fountain.",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1", "under [[events]]"),
        ("[[events]]\ntime = '25:00'\nevent = 'x'", "events[0] needs time"),
        ("[[events]]\ntime = '10:00'", "events[0] needs time"),
        ("[[events]", "not TOML"),
    ],
)
def test_a_wrong_schedule_is_refused_in_plain_words(text: str, said: str) -> None:
    with pytest.raises(schedule.ScheduleError) as caught:
        schedule.read(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["missing.md", "picture.png", "bad.toml", "binary.md"])
def test_a_document_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_text("x")
    (tmp_path / "bad.toml").write_text("x = ")
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe")
    with pytest.raises(chunks.DocumentError, match=name):
        chunks.read(tmp_path / name, "s")


@given(st.text())
def test_any_text_gives_chunks_of_bounded_length_or_one_long_word(text: str) -> None:
    for chunk in chunks.markdown(text, "s").chunks:
        assert chunk.strip()
        longest_word = max(len(word) for word in text.split())
        assert len(chunk) <= chunks.LONGEST + longest_word + 100 or text.lstrip().startswith("#")


def test_a_long_paragraph_is_cut_between_words() -> None:
    document = chunks.markdown("# A\n" + "word " * 500, "s")
    assert len(document.chunks) == 4
    assert all(c.startswith("A: word") and c.endswith("word") for c in document.chunks)
    assert all(len(chunk) <= chunks.LONGEST for chunk in document.chunks)
