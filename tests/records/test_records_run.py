"""Versions, runs, deployments and scenarios, as rows."""

from typing import Any

from records_opened import Books, OpenBooks, Query

from visavis.records.version import SystemVersion

HERE: dict[str, Any] = {"name": "here", "kind": "kiosk"}


async def kept(books: Books) -> None:
    assert await books.recorder.flushed(10)


async def test_a_deployment_keeps_its_type_its_profile_and_its_configuration(
    books: Books, query: Query
) -> None:
    books.recorder.deployment.add(**HERE, configuration={"a": 1}, profile={"max_calls": 1})
    await kept(books)
    (row,) = await query(
        "select d.name, d.configuration, t.descriptor, t.configuration as profile from deployment d"
        " join deployment_type t on t.id = d.deployment_type_id where d.name = 'here'"
    )
    assert row == {
        "name": "here",
        "configuration": {"a": 1},
        "descriptor": "kiosk",
        "profile": {"max_calls": 1},
    }


async def test_a_scenario_is_new_when_the_configuration_or_the_version_is(
    books: Books, query: Query
) -> None:
    recorder = books.recorder
    for configuration in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2}):
        recorder.deployment.add(**HERE, configuration=configuration)
    recorder.run_started(
        component="server", node="test", hardware={}, version=SystemVersion("1.2.4")
    )
    recorder.deployment.add(**HERE, configuration={"a": 2})
    session = recorder.session.started(user=recorder.users.add("ann"), initiator="caller")
    await kept(books)
    rows = await query(
        "select s.id, s.configuration, v.version, d.name, t.descriptor from scenario s "
        "join system_version v on v.id = s.system_version_id "
        "join deployment d on d.id = s.deployment_id "
        "join deployment_type t on t.id = s.deployment_type_id "
        "where t.descriptor = 'kiosk'"
    )
    assert sorted((row["version"], row["configuration"].get("a")) for row in rows) == [
        ("1.2.3", 1),
        ("1.2.3", 2),
        ("1.2.4", 2),
    ]
    (held,) = await query(
        "select scenario_id, deployment_id, run_id from session where id = $1", session
    )
    newest = next(row["id"] for row in rows if row["version"] == "1.2.4")
    assert held["scenario_id"] == newest and held["deployment_id"] and held["run_id"]


async def test_each_component_has_a_run_of_its_own(books: Books, query: Query) -> None:
    recorder = books.recorder
    worker = recorder.run.began("worker.stt")
    recorder.run.ended(worker)
    other = SystemVersion("9.0.0", "c" * 40)
    first, again = recorder.run.page_loaded(other), recorder.run.page_loaded(other)
    assert first == again
    late = recorder.run.began("worker.pose")
    recorder.run.is_of(late, other)
    recorder.run_ended()
    await kept(books)
    rows = await query(
        "select r.component, v.version, r.ended is not null as ended from run r "
        "join system_version v on v.id = r.system_version_id order by r.component"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("frontend", "9.0.0", True),
        ("server", "1.2.3", True),
        ("worker.pose", "9.0.0", False),
        ("worker.stt", "1.2.3", True),
    ]


async def tell(books) -> None:
    recorder = books.recorder
    session = recorder.session.started(user=recorder.users.add("ann"), initiator="caller")
    recorder.performance_log.add(
        "stt", 12.0, session=session, system="whisper", parameters={"n": 3}
    )
    recorder.faults.tell("chat_timeout", "too late", session=session, parameters={"s": 8})
    recorder.faults.tell("empty_transcript", "no words", session=session, system="stt")
    recorder.faults.tell("rehearsal", "no")
    await kept(books)


async def test_measures_and_faults_tell_the_machine_and_what_it_had_left(
    open_books_with: OpenBooks, query: Query
) -> None:
    async with open_books_with(resources=lambda: {"available_mb": 700}) as books:
        await tell(books)
    whole = (
        "hardware->>'cores' as cores, resources->>'available_mb' as left, "
        "run_id is not null and deployment_id is not null and system_version_id is not null "
        "and (session_id is not null or type = 'rehearsal') as placed"
    )
    rows = await query(f"select type, system, {whole}, parameters from faults order by id")
    assert [row["system"] for row in rows] == ["chat", "stt", "server"]
    assert all((row["cores"], row["left"], row["placed"]) == ("2", "700", True) for row in rows)
    assert rows[0]["parameters"] == {"s": 8}
    (row,) = await query(
        f"select {whole.replace('type', 'measure')}, parameters from performance_log"
    )
    assert (row["cores"], row["left"], row["placed"]) == ("2", "700", True)
    assert row["parameters"] == {"n": 3}
