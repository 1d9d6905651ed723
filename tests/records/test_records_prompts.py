"""Prompts as rows: packaged, saved, refused, and made again exactly."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path

import asyncpg
import numpy as np
import pytest
from known import known
from lineage import rebuilt
from overhear import faults
from records_opened import Books, Query
from uuid_utils.compat import uuid7

from visavis import settings as settings_module
from visavis.call.dialogue.prompt import Prompt, Told
from visavis.call.events import Bus, Looked
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.engines.pose.features import SHAPES, Header, Landmarks
from visavis.node import prompt_editor as prompting
from visavis.personas import load
from visavis.prompts.functions import FUNCTIONS, Circumstances
from visavis.prompts.graph import PromptError, fill
from visavis.records.writing.prompt_template import packaged_id
from visavis.records.writing.prompts import PromptsRows
from visavis.settings import FillingSettings, KnowledgeSettings, RecordsSettings, Settings

IRIS = load("iris")


@pytest.fixture
def settings(migrated: str, tmp_path: Path) -> Settings:
    return Settings(database_url=migrated, records=RecordsSettings(data=tmp_path))


@pytest.fixture
def prompts(migrated: str) -> PromptsRows:
    return prompting.saved(migrated)


async def fails(text: str, doing: Awaitable[object]) -> None:
    with pytest.raises(PromptError, match=text):
        await doing


async def test_a_saved_template_is_a_new_row_and_the_old_one_stays(
    prompts: PromptsRows, query: Query
) -> None:
    await prompts.register([("a", "One.")], FUNCTIONS)
    second = await prompts.save_template("a", "Two {time}.")
    assert await prompts.save_template("a", "Two {time}.") == second
    await prompts.save_template("a", "Three.")
    rows = await query("select text, active from prompt_template order by active, text")
    assert [tuple(row.values()) for row in rows] == [
        ("One.", False), ("Two {time}.", False), ("Three.", True),
    ]  # fmt: skip
    assert len((await prompts.list(inactive=True))["templates"]) == 3
    kept = await prompts.list()
    assert [row["text"] for row in kept["templates"]] == ["Three."]
    assert {row["unique_name"] for row in kept["parameters"]} == set(FUNCTIONS)


async def test_what_does_not_fit_is_refused_and_nothing_is_saved(
    prompts: PromptsRows, query: Query
) -> None:
    await prompts.register([("a", "A")], FUNCTIONS)
    await prompts.save_template("b", "B")
    await prompts.save_parameter("a", template="a")
    await prompts.save_parameter("b", template="b")
    await prompts.save_template("a", "{b}")
    before = await query("select * from prompt_template order by id")
    await fails("a → b → a|b → a → b", prompts.save_template("b", "to {a}"))
    await fails("nothing fills {c}", prompts.save_template("b", "{c}"))
    await fails("no template 'c'", prompts.save_parameter("a", template="c"))
    await fails("b → b", prompts.save_template("b", "{b}"))
    await fails("exactly one", prompts.save_parameter("c"))
    assert await query("select * from prompt_template order by id") == before


async def test_two_savings_that_are_a_cycle_together_are_not_both_saved(
    prompts: PromptsRows,
) -> None:
    for name in "ab":
        await prompts.save_template(name, "")
        await prompts.save_parameter(name, template=name)
    ended = await asyncio.gather(
        prompts.save_template("a", "{b}"), prompts.save_template("b", "{a}"), return_exceptions=True
    )
    assert sorted(isinstance(one, PromptError) for one in ended) == [False, True]


async def test_a_newer_package_replaces_its_own_text_and_never_a_saved_one(
    prompts: PromptsRows,
) -> None:
    async def active() -> dict[str, str]:
        return {row["name"]: row["text"] for row in (await prompts.list())["templates"]}

    await prompts.register([("a", "old"), ("b", "old")], ())
    await prompts.save_template("b", "mine")
    await prompts.register([("a", "new"), ("b", "new")], ())
    assert await active() == {"a": "new", "b": "mine"}
    await prompts.register([("a", "old")], ())
    assert await active() == {"a": "old", "b": "mine"}


async def test_settings_win_over_what_is_saved_and_that_over_the_package(
    settings: Settings, books: Books
) -> None:
    briefing = await prompting.briefing(settings, IRIS, books.recorder)
    assert briefing.at_warmup() == IRIS.system_prompt
    assert await books.recorder.flushed(10)
    await prompting.saved(settings.database_url).save_template("iris.system", "Saved, {persona}.")
    await prompting.reload(briefing, settings, IRIS)
    assert briefing.at_warmup() == "Saved, Iris."
    mine = settings_module.PromptsSettings(
        templates={"iris.system": "{house} {persona}.", "house": "Be brief,"},
        parameters={"house": FillingSettings(template="house")},
    )
    told = settings.model_copy(update={"prompts": mine})
    again = await prompting.briefing(told, IRIS, books.recorder)
    assert again.at_warmup() == "Be brief, Iris."
    bad = settings.model_copy(
        update={"prompts": settings_module.PromptsSettings(templates={"iris.note": "{nothing}"})}
    )
    await fails("nothing fills {nothing}", prompting.briefing(bad, IRIS, books.recorder))


def moon(here: Circumstances) -> str:
    return f"the moon over {here.place}"


async def test_a_function_that_nobody_declares_is_the_settings_to_name(
    settings: Settings, books: Books, query: Query
) -> None:
    mine = settings_module.PromptsSettings(
        templates={"iris.system": "See {moon}. {lost}\nBe kind."},
        parameters={
            "moon": FillingSettings(function=f"{__name__}:moon"),
            "lost": FillingSettings(function="no_such_module:moon"),
        },
    )
    told = settings.model_copy(
        update={"prompts": mine, "knowledge": KnowledgeSettings(place="Rome")}
    )
    briefing = await prompting.briefing(told, IRIS, books.recorder)
    assert briefing.at_warmup() == "Be kind.", "a line with an empty hole is left out"
    prompts = prompting.saved(settings.database_url)
    await fails("no function '.*:moon'", prompts.save_parameter("m", function=f"{__name__}:moon"))
    mine.templates["iris.system"] = "See {moon}."
    again = await prompting.briefing(told, IRIS, books.recorder)
    assert again.at_warmup() == "See the moon over Rome."
    assert await books.recorder.flushed(10)
    (fault,) = await query("select description from faults where type = 'prompt_function'")
    assert "'no_such_module:moon' can't be imported" in fault["description"]


async def test_without_a_database_the_package_and_the_settings_are_told(
    books: Books, query: Query, settings: Settings
) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:9/none"})
    briefing = await prompting.briefing(away, IRIS, books.recorder)
    assert briefing.at_warmup() == IRIS.system_prompt
    assert await books.recorder.flushed(10)
    assert await query("select * from faults where type = 'prompts_unread'")


async def test_any_prompt_is_made_again_from_rows_alone(
    settings: Settings, books: Books, query: Query
) -> None:
    prompts = prompting.saved(settings.database_url)
    await prompting.briefing(settings, IRIS, books.recorder)
    await prompts.save_template("manners", "Be kind to {caller_name}.\n{{braces}}")
    await prompts.save_parameter("manners", template="manners")
    await prompts.save_template("iris.system", "You are {persona}. {manners}\nIt is {date}.")
    await prompts.save_template("iris.note", "It is {time}, {seen}")
    briefing = await prompting.briefing(settings, IRIS, books.recorder)
    bus = Bus()
    told_of = faults(bus)
    prompt = Prompt(briefing, bus, SessionClock(MediaClock()))
    parts = {name: np.full(shape, np.nan, np.float32) for name, shape in SHAPES.items()}
    parts["pose"] = np.full(SHAPES["pose"], 0.8, np.float32)
    bus.publish(Looked(Landmarks(**parts, t_ms=0.0), Header("eye", "1", 10.0, (64, 48)), 0.5))
    assert prompt.hello("Pacific/Kiritimati") in (True, False)
    told = Told(prompt.system)
    note = await prompt.tell(told, "Hello?", [], "Ada")
    recorder = books.recorder
    session = recorder.session.started(user=recorder.users.add("guest"), initiator="caller")
    chat = recorder.chat.add(
        session, generation=1, system="s", parameters={}, system_prompt=told.system.text,
        prompt_template=told.system.template, prompt_values=told.facts.values, turn=uuid7(),
    )  # fmt: skip
    assert await recorder.flushed(10)
    await prompts.save_template("iris.system", "Something else.")
    await prompts.save_parameter("manners", value="No.")
    await prompts.save_template("iris.note", "Nothing.")

    (row,) = await query("select system_prompt, prompt_values from chat where id = $1", chat)
    assert row["system_prompt"].startswith("You are Iris.")
    assert await rebuilt(books.url, chat) == row["system_prompt"] == told.system.text
    kept = row["prompt_values"]["note"]
    (template,) = await query(
        "select text from prompt_template where id::text = $1", kept["prompt_template_id"]
    )
    assert fill(template["text"], kept["holes"]) == kept["text"] == note
    assert "One person is seen" in note and told_of == []


async def test_packaged_rows_have_the_same_id_everywhere(
    settings: Settings, books: Books, query: Query
) -> None:
    await prompting.briefing(settings, IRIS, books.recorder)
    assert await books.recorder.flushed(10)
    (row,) = await query("select * from prompt_template where name = 'iris.system'")
    assert row["id"] == packaged_id("iris.system", IRIS.system_prompt) and row["active"]


async def test_the_callers_timezone_makes_the_time(settings: Settings, books: Books) -> None:
    briefing = await prompting.briefing(settings, IRIS, books.recorder)
    prompt = Prompt(briefing, Bus(), SessionClock(MediaClock()))
    assert not prompt.hello("Pacific/Kiritimati"), "the packaged head holds no time"
    assert known(prompt.now().utcoffset()).total_seconds() == 14 * 3600
    assert not prompt.hello("../etc/passwd")
    assert prompt.now() and isinstance(prompt.now(), datetime)


async def test_a_row_changed_behind_our_back_does_not_stop_the_start(
    settings: Settings, books: Books, query: Query
) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(
        "insert into prompt_template (id, name, text, active) "
        "values (gen_random_uuid(), 'x', '{lost}', true)"
    )
    await connection.close()
    briefing = await prompting.briefing(settings, IRIS, books.recorder)
    assert briefing.at_warmup() == IRIS.system_prompt
    assert await books.recorder.flushed(10)
    (fault,) = await query("select description from faults where type = 'prompts_refused'")
    assert "{lost}" in fault["description"]
