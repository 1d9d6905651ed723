"""The command ``visavis evaluate``: scenarios and cases run, compared, and graded."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import SecretStr

from visavis.commands.common import err, fail, in_words, out, settings
from visavis.inputs import header_key, http_url
from visavis.settings import Settings

if TYPE_CHECKING:
    from visavis.engines.chat.openai import OpenAIEngine
    from visavis.evaluate.results import RunResult, ScenarioResult
    from visavis.evaluate.scenario import Needs, Scenario

SEED = 20_26
"""Shuffles a sheet, the same every time."""
JUDGE_S = 60.0


def evaluate(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Scenario files, or names of packaged ones; none: all packaged."),
    ] = None,
    url: Annotated[str, typer.Option(help="The server; the one that the settings name.")] = "",
    serve: Annotated[
        bool, typer.Option("--serve", help="Start servers for the run, as the scenarios need.")
    ] = False,
    typed: Annotated[bool, typer.Option("--typed", help="Type what is spoken.")] = False,
    no_call: Annotated[
        bool, typer.Option("--no-call", help="Type straight to the persona, without a server.")
    ] = False,
    tag: Annotated[list[str] | None, typer.Option(help="Only with this tag; repeatable.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=1_000, help="So often each.")] = 1,
    at_once: Annotated[
        int, typer.Option(min=1, max=100, help="So many calls at a time; times get longer.")
    ] = 1,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Write the results, for --compare.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results as JUnit XML.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the scenarios; run none.")] = False,
    judge: Annotated[str, typer.Option(help="A chat server whose model grades answers.")] = "",
    judge_model: Annotated[str, typer.Option(help="That model's name.")] = "",
    judge_key: Annotated[Path | None, typer.Option(help="A file with its key.")] = None,
    token: Annotated[
        str, typer.Option(envvar="VISAVIS_WEB__TOKEN", help="For a server that asks for one.")
    ] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Accept any certificate.")] = False,
    cases: Annotated[
        list[Path] | None, typer.Option(help="Run a file of cases; prints JSON lines.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare two results: A.json B.json.")
    ] = False,
    grade_sheet: Annotated[
        list[Path] | None, typer.Option(help="Results to be graded by people; repeatable.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="The sheet to write; its key comes beside it.")
    ] = None,
    grades: Annotated[list[Path] | None, typer.Option(help="A filled sheet; repeatable.")] = None,
    key: Annotated[Path | None, typer.Option(help="The key of the filled sheets.")] = None,
) -> None:
    """Run scenarios through a server and say what came of them. Exit code 1: one failed."""
    from visavis.evaluate.scenario import ScenarioError

    how = _How(url, serve, typed, no_call, repeat, at_once, token, insecure)
    try:
        if compare:
            _compare(names or [])
        elif grade_sheet:
            _sheet(grade_sheet, sheet)
        elif grades:
            _points(grades, key)
        elif cases:
            asyncio.run(_cases(cases))
        elif listed:
            _list(names or [], tag or [])
        else:
            judging = (judge, judge_model, judge_key)
            _run(how, names or [], tag or [], as_json, junit, judging)
    except ScenarioError as reason:
        fail(str(reason), 2)


@dataclass(frozen=True)
class _How:
    """In which way scenarios are run."""

    url: str
    serve: bool
    typed: bool
    no_call: bool
    repeat: int
    at_once: int
    token: str
    insecure: bool


def _run(
    how: _How,
    names: list[str],
    tags: list[str],
    as_json: Path | None,
    junit: Path | None,
    judging: tuple[str, str, Path | None],
) -> None:
    from visavis.evaluate import reading, report, results

    if sum((bool(how.url), how.serve, how.no_call)) > 1:
        fail("--url, --serve and --no-call are three ways to run scenarios; give one.", 2)
    for path in (as_json, junit):
        if path is not None and not path.parent.is_dir():
            fail(f"{path.parent} does not exist; make the folder, or write elsewhere.", 2)
    chosen = settings()
    scenarios = reading.chosen(names, tags)
    run = asyncio.run(_ran(how, chosen, scenarios, _judge(*judging)))
    out.print(report.table(run))
    out.print(report.summary(run), markup=False, highlight=False, soft_wrap=True)
    if as_json is not None:
        results.write(run, as_json)
    if junit is not None:
        report.junit(run, junit)
    if run.failed or run.skipped == len(run.scenarios):
        raise typer.Exit(1)


async def _ran(
    how: _How,
    chosen: Settings,
    scenarios: "list[Scenario]",
    judge: "OpenAIEngine | None",
) -> "RunResult":
    from visavis.client import CallPlan
    from visavis.evaluate import running
    from visavis.evaluate.judge import JudgeModel
    from visavis.personas.persona import PersonaError
    from visavis.prompts.graph import PromptError

    async with AsyncExitStack() as stack:
        if judge is not None:
            stack.push_async_callback(judge.close)
        judging = None if judge is None else JudgeModel(judge)
        done = stack.enter_context(err.status("Getting ready"))

        def tell(result: "ScenarioResult") -> None:
            done.update(f"{result.name}: {result.outcome}".replace("[", r"\["))

        told = running.How(how.repeat, how.at_once, judging, tell)
        if how.no_call:
            try:
                with in_words("chat", chosen.chat.chosen):
                    return await running.without_calls(
                        scenarios, lambda needs: _told(chosen, needs), told
                    )
            except (PersonaError, PromptError) as reason:
                fail(str(reason))
        plan = CallPlan(
            how.url or _own_address(chosen),
            video=False,
            mouth=False,
            insecure=how.insecure or None,
            token=how.token,
            client={"name": "visavis evaluate"},
        )
        voice = None if how.typed else await _voice(stack, chosen)
        return await running.through_calls(
            scenarios, plan, voice, told, typed=how.typed, serve=how.serve
        )


def _own_address(chosen: Settings) -> str:
    """Where the server is reached that runs under these settings on this machine."""
    scheme = "https" if chosen.web.tls else "http"
    return f"{scheme}://localhost:{chosen.web.port}"


def _told(chosen: Settings, needs: "Needs") -> Settings:
    """The settings with what scenarios need."""
    given: dict[str, Any] = {}
    for dotted, value in needs.settings:
        table = given
        *tables, last = dotted.split(".")
        for name in tables:
            table = table.setdefault(name, {})
        table[last] = value
    if needs.knowledge:
        given.setdefault("knowledge", {})["files"] = [str(path) for path in needs.knowledge]
    return settings(**given) if given else chosen


async def _voice(stack: AsyncExitStack, chosen: Settings) -> Any:
    """The caller's voice: the project's own."""
    from visavis.commands.common import loaded
    from visavis.compute.host import Host
    from visavis.engines.base import Context
    from visavis.personas.persona import PersonaError, load

    host = Host(lambda kind, description: err.print(f"{kind}: {description}", markup=False))
    stack.push_async_callback(host.stop)
    try:
        return await loaded("tts", Context(chosen, load(chosen.persona), host))
    except PersonaError as reason:
        fail(str(reason))


def _judge(url: str, model: str, key: Path | None) -> "OpenAIEngine | None":
    """The judge's model; nothing is asked of it yet."""
    from visavis.engines.chat.openai import OpenAIEngine
    from visavis.engines.remote import RemoteError, RemoteOptions

    if not url:
        return None
    try:
        secret = header_key(key.read_text("utf-8").strip()) if key is not None else ""
        options = RemoteOptions(
            url=http_url(url), model=model, key=SecretStr(secret), read_timeout_s=JUDGE_S
        )
        return OpenAIEngine(options)
    except (OSError, ValueError, RemoteError) as reason:
        fail(f"The judge can't be asked: {reason}", 2)


async def _cases(paths: list[Path]) -> None:
    from visavis.evaluate import cases

    wrong = 0
    for path in paths:
        async for came in cases.run(path, settings()):
            typer.echo(json.dumps(came, ensure_ascii=False))
            wrong += not came["right"]
    if wrong:
        raise typer.Exit(1)


def _list(names: list[str], tags: list[str]) -> None:
    from visavis.evaluate import reading

    for one in reading.chosen(names, tags):
        said = " / ".join(step.said for step in one.steps)
        out.print(f"{one.name} [{', '.join(sorted(one.tags))}] {said}", markup=False)


def _compare(names: list[str]) -> None:
    from visavis.evaluate import report, results

    if len(names) != 2:
        fail("--compare takes two files that --json has written: A.json B.json", 2)
    before, after = (results.read(Path(name)) for name in names)
    for line in report.comparison(before, after):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if report.got_worse(before, after):
        raise typer.Exit(1)


def _sheet(runs: list[Path], sheet: Path | None) -> None:
    from visavis.evaluate import grading

    if sheet is None or not sheet.parent.is_dir():
        fail("--grade-sheet needs --sheet FILE.csv, in a folder that exists", 2)
    key = grading.sheet(runs, sheet, SEED)
    out.print(f"{sheet} is for the graders, {key} is not.", markup=False, soft_wrap=True)


def _points(sheets: list[Path], key: Path | None) -> None:
    from visavis.evaluate import grading

    if key is None:
        fail("--grades needs --key FILE.key.json, which lies beside the sheet", 2)
    for line in grading.points(key, sheets):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
