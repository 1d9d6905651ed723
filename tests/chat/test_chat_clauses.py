"""Cutting a stream of tokens into speakable clauses."""

import asyncio
import re
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import run

from visavis.engines.chat.clauses import clauses


async def pieces(parts: list[str]) -> AsyncGenerator[str, None]:
    for part in parts:
        yield part


async def cut(text: str, size: int = 0) -> list[str]:
    parts = [text[i : i + size] for i in range(0, len(text), size)] if size else _tokens(text)
    return [clause async for clause in clauses(pieces(parts))]


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s?\w+|\s|[^\w\s]", text)


@pytest.mark.parametrize("size", [0, 1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oh dear, that sounds hard.", ["Oh dear,", "that sounds hard."]),
        ("Well, that is good. Go on.", ["Well, that is good.", "Go on."]),
        ("It is 8,848.86 m high.", ["It is 8,848.86 m high."]),
        ("Dr. Smith saw Mr. Jones. He left.", ["Dr. Smith saw Mr. Jones.", "He left."]),
        ("See example.com for more. Bye!", ["See example.com for more.", "Bye!"]),
        ("I see", ["I see"]),
        ("Oh, well, so it is. Yes.", ["Oh, well, so it is.", "Yes."]),
        ("You and me, we go. On and on.", ["You and me,", "we go.", "On and on."]),
        ("One line\nanother line", ["One line", "another line"]),
        ("... 😀", []),
        ("", []),
    ],
)
async def test_cuts_where_one_breathes(text: str, expected: list[str], size: int) -> None:
    assert await cut(text, size) == expected


@pytest.mark.parametrize("size", [0, 1, 3, 1000])
async def test_a_mark_that_comes_late_begins_no_clause(size: int) -> None:
    first, second = await cut("Really?! Yes…", size)
    assert first.startswith("Really?")
    assert second == "Yes…"


async def test_a_first_clause_without_a_comma_ends_at_a_joint() -> None:
    text = "The sky looks blue to our eyes because air scatters blue light. Nice."
    assert (await cut(text))[0] == "The sky looks blue to our eyes"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("You can have it with salt and pepper or", "You can have it with salt and pepper or"),
        ("I like to sing in the rain and the sun too", "I like to sing in the rain"),
        ("That is a matter of who you ask about it", "That is a matter of who you ask about it"),
        ("Birds know the way because they see it", "Birds know the way"),
        ("I like it so much more than the", "I like it so much more than the"),
        ("A friend is somebody who listens", "A friend is somebody"),
    ],
)
async def test_the_first_clause_never_ends_in_mid_phrase(text: str, first: str) -> None:
    assert (await cut(text))[0] == first


def spoken(*timed: tuple[float, str], say_s: float = 0.0) -> list[tuple[float, str]]:
    """Clauses, and when each was given, of pieces that take so long each; a clause takes ``say_s``
    before the next is asked for."""

    async def slowly() -> AsyncGenerator[str, None]:
        for seconds, piece in timed:
            for token in _tokens(piece):
                await asyncio.sleep(seconds)
                yield token

    async def scene() -> list[tuple[float, str]]:
        given = []
        async for clause in clauses(slowly()):
            given.append((round(asyncio.get_running_loop().time(), 2), clause))
            await asyncio.sleep(say_s)
        return given

    return run(scene())


LONG = "Oh yes, the sea is deep and dark, and it is full of fish that nobody has seen. So it is."


def test_a_model_that_is_quick_is_spoken_in_whole_sentences() -> None:
    whole = ["Oh yes,", "the sea is deep and dark, and it is full of fish that nobody has seen."]
    assert [clause for _, clause in spoken((0.005, LONG))] == [*whole, "So it is."]
    assert [clause for _, clause in spoken((0.005, LONG), say_s=0.2)] == [*whole, "So it is."]


def test_a_model_that_is_slow_is_spoken_as_it_comes_and_not_in_mid_phrase() -> None:
    given = spoken((0.1, LONG))
    assert [clause for _, clause in given] == [
        "Oh yes,",
        "the sea is deep and dark,",
        "and it is full of fish that nobody has seen.",
        "So it is.",
    ]
    assert given[0][0] == pytest.approx(0.3)


def test_a_very_slow_model_breathes_before_a_phrase() -> None:
    given = spoken((0.2, "Most people like to walk on the beach in summer. "))
    assert given[0] == (1.4, "Most people like to walk")


async def test_gives_the_first_clause_before_asking_for_more() -> None:
    asked = []

    async def slowly() -> AsyncGenerator[str, None]:
        for part in ("Oh", " dear", ",", " that", " is", " sad", "."):
            asked.append(part)
            yield part

    stream = clauses(slowly())
    assert await anext(stream) == "Oh dear,"
    assert asked[-1] == ","
    await stream.aclose()


async def test_closing_closes_the_model() -> None:
    closed = []

    async def endless() -> AsyncGenerator[str, None]:
        try:
            while True:
                yield "word, "
        finally:
            closed.append(True)

    stream = clauses(endless())
    await anext(stream)
    await stream.aclose()
    assert closed == [True]


async def test_a_text_without_any_mark_is_cut_all_the_same() -> None:
    assert all(len(clause) <= 200 for clause in await cut("word " * 500))
    assert all(len(clause) <= 200 for clause in await cut("x" * 1000, 7))


@given(st.text(alphabet="ab .,!?;—\n1'\"", max_size=120), st.integers(1, 9))
async def test_loses_no_word(text: str, size: int) -> None:
    said = re.findall(r"\w", "".join(await cut(text, size)))
    assert said == re.findall(r"\w", text)
