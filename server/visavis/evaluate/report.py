"""A run told: a table for people, JUnit for machines that build."""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from rich.table import Table

from visavis.evaluate.results import RunResult, ScenarioResult, first_ms
from visavis.inputs import mended, one_line

SHOWN = 200
"""Characters of an answer in the table."""


def table(run: RunResult) -> Table:
    """A row for each scenario, and what failed under it."""
    shown = Table("scenario", "outcome", "first ms", "she said, or what failed", box=None)
    shown.columns[0].no_wrap = True
    graded = any(one.grade is not None for one in run.scenarios)
    if graded:
        shown.add_column("grade")
    for one in run.scenarios:
        cells = [one_line(_named(one)), one.outcome, _ms(one), _told(one)]
        if graded:
            cells.append("" if one.grade is None else f"{one.grade} {one_line(one.reason)}")
        style = {"failed": "red", "skipped": "yellow"}.get(one.outcome, "")
        shown.add_row(*(cell.replace("[", r"\[") for cell in cells), style=style)
    return shown


def summary(run: RunResult) -> str:
    """All in a line or two."""
    told = f"{run.passed} passed, {run.failed} failed, {run.skipped} skipped"
    times = first_ms(run.scenarios)
    if times:
        late = times[min(len(times) - 1, int(0.95 * len(times)))]
        told += f"; first words after {statistics.median(times):.0f} ms (p95 {late:.0f})"
    grades = [one.grade for one in run.scenarios if one.grade is not None]
    if grades:
        told += f"; {sum(grades)} of {2 * len(grades)} points by the judge model"
    return told


def _named(one: ScenarioResult) -> str:
    return one.name if one.repeat == 1 else f"{one.name} ({one.repeat})"


def _ms(one: ScenarioResult) -> str:
    times = first_ms([one])
    return f"{times[-1]:.0f}" if times else "–"


def _told(one: ScenarioResult) -> str:
    if one.skipped:
        return one_line(one.skipped)
    if one.wrong:
        said = _short(one.steps[-1].answer) if one.steps else ""
        return one_line("; ".join(one.wrong) + (f" — she said: {said}" if said else ""))
    return _short(one.steps[-1].answer) if one.steps else ""


def _short(answer: str) -> str:
    """Its beginning; all of it stands in the JSON."""
    told = one_line(answer)
    return told if len(told) <= SHOWN else f"{told[:SHOWN]}…"


def junit(run: RunResult, path: Path) -> None:
    """The format that build servers read, a test case for each scenario."""
    suite = ElementTree.Element(
        "testsuite",
        name="visavis evaluate",
        tests=str(len(run.scenarios)),
        failures=str(run.failed),
        skipped=str(run.skipped),
        errors="0",
        timestamp=run.made,
        time=f"{sum(map(_seconds, run.scenarios)):.3f}",
    )
    for one in run.scenarios:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=mended(one.source.partition(",")[0] or "scenarios"),
            name=mended(_named(one)),
            time=f"{_seconds(one):.3f}",
        )
        if one.skipped:
            ElementTree.SubElement(case, "skipped", message=mended(one.skipped))
        elif one.wrong:
            failure = ElementTree.SubElement(case, "failure", message=mended(one.wrong[0]))
            failure.text = mended("\n".join([*one.wrong, *transcript(one)]))
        ElementTree.SubElement(case, "system-out").text = mended("\n".join(transcript(one)))
    whole = ElementTree.Element("testsuites")
    whole.append(suite)
    ElementTree.ElementTree(whole).write(path, "utf-8", xml_declaration=True)


def _seconds(one: ScenarioResult) -> float:
    return sum(step.whole_ms or 0.0 for step in one.steps) / 1000


def transcript(one: ScenarioResult) -> Iterator[str]:
    """What was said, line by line."""
    for step in one.steps:
        heard = f" (heard: {step.heard})" if step.heard not in ("", step.said) else ""
        yield f"Caller: {step.said}{heard}"
        yield f"She: {step.answer or '(nothing)'}"


def comparison(before: RunResult, after: RunResult) -> Iterator[str]:
    """Two runs, by the scenarios that both have."""
    one, other = _by_name(before), _by_name(after)
    both = [name for name in one if name in other]
    yield f"{before.made} ({before.how}) and {after.made} ({after.how}): {len(both)} in both"
    for name in both:
        yield from _changed(name, one[name], other[name])
    for told, names in (("only before", one.keys() - other), ("only after", other.keys() - one)):
        if names:
            yield f"{told}: {', '.join(sorted(names))}"
    for told, run in (("before", before), ("after", after)):
        kept = [result for result in run.scenarios if result.name in both]
        yield f"{told}: {summary(RunResult(run.how, scenarios=kept))}"


def _by_name(run: RunResult) -> dict[str, list[ScenarioResult]]:
    found: dict[str, list[ScenarioResult]] = {}
    for one in run.scenarios:
        found.setdefault(one.name, []).append(one)
    return found


def _changed(
    name: str, before: Sequence[ScenarioResult], after: Sequence[ScenarioResult]
) -> Iterator[str]:
    was, now = _share(before), _share(after)
    verdict = "worse" if now < was else "better" if now > was else ""
    if verdict:
        yield f"{verdict}: {name}: passed {was:.0%} of the time, then {now:.0%}"
        yield from (f"  {one_line(told)}" for told in (after if now < was else before)[0].wrong)
    said, says = ([step.answer for step in runs[0].steps] for runs in (before, after))
    if said != says:
        yield f"other words: {name}"
        yield f"  before: {one_line(' / '.join(said))}"
        yield f"  after:  {one_line(' / '.join(says))}"


def _share(runs: Sequence[ScenarioResult]) -> float:
    return sum(one.outcome == "passed" for one in runs) / len(runs)


def got_worse(before: RunResult, after: RunResult) -> bool:
    """Whether a scenario passes less often than before."""
    one, other = _by_name(before), _by_name(after)
    return any(_share(other[name]) < _share(one[name]) for name in one if name in other)
