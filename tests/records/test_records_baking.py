"""Canned lines baked by the real voice: on the disk, in Postgres, and not twice."""

from dataclasses import replace

import numpy as np
import pytest
from known import known
from records_opened import Books, Query

from visavis.call.voice.canned import CannedVoice
from visavis.engines.tts.hibari import HibariVoice
from visavis.personas.persona import Persona, load
from visavis.precalculated import speech as baking


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return HibariVoice("heart", 1.0)


@pytest.fixture(scope="module")
def persona() -> Persona:
    return replace(load("iris"), silence_lines=("Take your time.",), openers=(), rules=())


async def test_a_line_is_baked_once_and_then_costs_no_synthesis(
    books: Books,
    query: Query,
    voice: HibariVoice,
    persona: Persona,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = await baking.speeches(persona, voice, "first", books.files, books.recorder)
    assert "Take your time." in first.ready and first.made == len(first.ready)
    fresh = voice.say("Take your time.")

    monkeypatch.setattr(voice, "say", None)  # nothing is synthesised from here on
    again = await baking.speeches(persona, voice, "first", books.files, books.recorder)
    assert again.made == 0 and again.ready.keys() == first.ready.keys()
    ready = CannedVoice(voice, again.ready).say("Take your time.")
    assert np.abs(ready.samples - fresh.samples).max() < 1e-4
    assert (ready.words, ready.phonemes, ready.rate) == (fresh.words, fresh.phonemes, fresh.rate)
    with pytest.raises(TypeError):
        CannedVoice(voice, again.ready).say("Something else.")

    assert await books.recorder.flushed(10)
    rows = await query(
        "select p.subject, p.inputs_hash, p.outdated, t.text, a.uri, a.sha256, t.session_id "
        "from precalculation p join tts t on t.id = p.tts_id join audio a on a.id = p.audio_id "
        "where t.audio_id = a.id"
    )
    assert {row["subject"] for row in rows} == set(first.ready)
    for row in rows:
        assert row["text"] == row["subject"] and not row["outdated"]
        assert row["uri"] == f"baked/{row['inputs_hash']}.flac"
        assert books.files.path(row["uri"]).is_file() and row["session_id"] is None


async def test_a_changed_line_or_voice_outdates_what_was_baked(
    books: Books, query: Query, voice: HibariVoice, persona: Persona
) -> None:
    await baking.speeches(persona, voice, "first", books.files, books.recorder)
    changed = replace(persona, silence_lines=("No hurry.",))
    later = await baking.speeches(changed, voice, "first", books.files, books.recorder)
    assert later.made == 1 and "Take your time." not in later.ready
    assert await books.recorder.flushed(10)
    stale = await query("select subject from precalculation where outdated")
    assert stale == [{"subject": "Take your time."}]

    back = await baking.speeches(persona, voice, "first", books.files, books.recorder)
    assert back.made == 0 and "Take your time." in back.ready
    assert await books.recorder.flushed(10)
    stale = await query("select subject from precalculation where outdated")
    assert stale == [{"subject": "No hurry."}]

    higher = HibariVoice("heart", 1.1)
    other = await baking.speeches(persona, higher, "first", books.files, books.recorder)
    assert other.made == len(other.ready)


async def test_a_damaged_file_is_baked_anew(
    books: Books, voice: HibariVoice, persona: Persona
) -> None:
    first = await baking.speeches(persona, voice, "first", books.files, books.recorder)
    file = known(first.entries["Take your time."].file)
    books.files.path(file.uri).write_bytes(b"fLaC no more")
    again = await baking.speeches(persona, voice, "first", books.files, books.recorder)
    assert again.made == 1 and books.files.verify(again.entries["Take your time."].file)


async def test_what_is_the_same_is_shared_and_what_is_anothers_is_not_outdated(
    books: Books, query: Query, voice: HibariVoice, persona: Persona
) -> None:
    await baking.speeches(persona, voice, "first", books.files, books.recorder)
    # Of the same name in another folder: her silence is the same, her greeting isn't.
    other = replace(persona, key="iris@elsewhere", greeting="Good day.")
    baked = await baking.speeches(other, voice, "first", books.files, books.recorder)
    assert baked.made == 1 and baked.ready.keys() == {"Take your time.", "Good day."}
    again = await baking.speeches(persona, voice, "first", books.files, books.recorder)
    assert again.made == 0 and "Good day." not in again.ready
    assert await books.recorder.flushed(10)
    assert not await query("select 1 from precalculation where outdated")
    (made,) = await query(
        "select details->>'persona' who from precalculation where subject = 'Good day.'"
    )
    assert made["who"] == "iris@elsewhere"


async def test_a_voice_that_fails_is_a_fault_and_the_start_goes_on(
    books: Books, query: Query, persona: Persona
) -> None:
    class Gone:
        system = "gone"
        parameters = {}  # noqa: RUF012

        def say(self, text) -> None:
            raise RuntimeError("http://127.0.0.1:9 can't be reached")

    baked = await baking.speeches(persona, Gone(), "first", books.files, books.recorder)
    assert baked.made == 0 and not baked.ready
    assert await books.recorder.flushed(10)
    (fault,) = await query("select type, description from faults")
    assert fault["type"] == "baking" and "can't be reached" in fault["description"]
