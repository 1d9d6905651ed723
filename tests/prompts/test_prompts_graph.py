"""Templates as a graph: holes, braces, cycles, and prompts that can be made again."""

import graphlib
import itertools
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.prompts.functions import FUNCTIONS, Circumstances, Scheduled, bound, imported
from visavis.prompts.graph import (
    LONGEST_VALUE,
    Graph,
    Parameter,
    PromptError,
    Template,
    escape,
    fill,
    holes,
)

NAMES = st.sampled_from("abcdef")


def template(name: str, text: str) -> Template:
    return Template(uuid4(), name, text)


def graph(texts: dict[str, str], *parameters: Parameter) -> Graph:
    return Graph([template(*item) for item in texts.items()], parameters, FUNCTIONS)


def test_holes_are_filled_by_values_functions_and_other_templates() -> None:
    made = graph(
        {"head": "You are {who}.\n{manner}", "manner": "Be {mood}. {{Not}} {who}."},
        Parameter("who", function="persona"),
        Parameter("mood", value="kind"),
        Parameter("manner", template="manner"),
    )
    rendered = made.render("head", {"persona": lambda: "Iris {mood}"})
    assert rendered.text == "You are Iris {mood}.\nBe kind. {Not} Iris {mood}."
    assert rendered.values == {
        "who": "Iris {mood}",
        "manner": "Be kind. {Not} Iris {mood}.",
        "mood": "kind",
    }
    assert rendered.template == made.template("head").id
    assert fill(made.template("head").text, rendered.values) == rendered.text


def test_a_function_is_asked_once_for_all_holes_of_its_name() -> None:
    asked = iter(["1", "2"])
    made = graph({"a": "{n}{b}", "b": "{n}"}, Parameter("n", function="time"),
                 Parameter("b", template="b"))  # fmt: skip
    assert made.render("a", {"time": lambda: next(asked)}).text == "11"


def test_a_line_with_an_empty_hole_is_left_out() -> None:
    assert fill("First.\nSee {what}.\nLast, {{}}.", {"what": ""}) == "First.\nLast, {}."


def test_values_have_bounds() -> None:
    made = graph({"a": "{n}"}, Parameter("n", value="word " * LONGEST_VALUE))
    text = made.render("a", {}).text
    assert len(text) <= LONGEST_VALUE and text.endswith("word…")


@pytest.mark.parametrize(
    ("texts", "parameters", "said"),
    [
        ({"a": "{b}"}, [], r"template 'a': nothing fills \{b\}; parameters are: none"),
        ({"a": "x\n {b"}, [], r"template 'a': line 2 has a lone \{"),
        ({"a": "b}"}, [], r"lone \}"),
        ({"a": "{Not this}"}, [], r"\{Not this\} is no hole"),
        ({"A b": ""}, [], "template 'A b': a name is"),
        ({"a": "x" * 20_001}, [], "over 20,000 characters"),
        ({}, [Parameter("b", function="c")], "no function 'c'; there are: caller_name, date"),
        ({"d": ""}, [Parameter("b", template="c")], "no template 'c'; there are: d"),
        ({}, [Parameter("b")], "exactly one of value, function and template"),
        ({}, [Parameter("b", value="", template="c")], "exactly one"),
        ({}, [Parameter("b.c", value="")], "parameter 'b.c': a name is"),
    ],
)
def test_what_does_not_fit_is_named(
    texts: dict[str, str], parameters: list[Parameter], said: str
) -> None:
    with pytest.raises(PromptError, match=said):
        graph(texts, *parameters)


def test_a_cycle_is_refused_with_its_path() -> None:
    parameters = [Parameter(name, template=name) for name in "abc"]
    with pytest.raises(PromptError, match="a → b → a"):
        graph({"a": "{b}", "b": "{a}", "c": ""}, *parameters)
    with pytest.raises(PromptError, match="c → c"):
        graph({"a": "{c}", "b": "", "c": "{c}"}, *parameters)


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3), min_size=1))
def test_exactly_the_graphs_with_cycles_are_refused(edges: dict[str, list[str]]) -> None:
    edges = {name: edges.get(name, []) for name in "abcdef"}
    texts = {name: "".join(f"{{{to}}}" for to in tos) for name, tos in edges.items()}
    parameters = [Parameter(name, template=name) for name in "abcdef"]
    try:
        list(graphlib.TopologicalSorter(edges).static_order())
    except graphlib.CycleError:
        with pytest.raises(PromptError, match="→") as caught:
            graph(texts, *parameters)
        path = str(caught.value).partition(": ")[2].rstrip(".").split(" → ")
        assert path[0] == path[-1]
        assert all(to in edges[name] for name, to in itertools.pairwise(path))
    else:
        made = graph(texts, *parameters)
        for name in texts:
            made.render(name, {})


@given(st.text())
def test_an_escaped_text_has_no_holes_and_comes_out_as_it_was(text: str) -> None:
    assert holes(escape(text)) == []
    assert fill(escape(text), {}) == text.strip()


@given(st.dictionaries(NAMES, st.text(min_size=1), min_size=1), st.text())
def test_what_fills_a_hole_is_never_read_as_a_template(values: dict[str, str], around: str) -> None:
    text = escape(around) + "|" + "|".join(f"{{{name}}}" for name in values)
    assert fill(text, values) == "|".join([around, *values.values()]).strip()


def test_functions_tell_the_callers_time_and_what_comes_next() -> None:
    now = datetime(2026, 5, 2, 14, 5, tzinfo=ZoneInfo("Asia/Tokyo"))
    here = Circumstances(
        lambda: now,
        persona="Iris",
        place="in the hall",
        schedule=(
            Scheduled("14:30", "Tour", "the fountain"),
            Scheduled("9:00", "Doors open"),
            Scheduled("15:00", "Lecture", day="Sunday"),
            Scheduled("16:00", "Concert", day="2026-05-02"),
        ),
        earlier=["one", "two " * 50],
        known=["a", "b"],
    )
    told = {name: ask() for name, ask in bound(here).items()}
    assert told["time"] == "2:05 PM" and told["date"] == "Saturday, May 2, 2026"
    assert told["schedule"] == "14:30 Tour (the fountain); 16:00 Concert"
    assert told["place"] == "in the hall" and told["knowledge"] == "a\nb"
    assert told["history"].startswith("one; two two") and len(told["history"]) <= 90
    assert told["caller_name"] == told["seen"] == ""
    empty = Circumstances(lambda: now)
    assert {n for n, ask in bound(empty).items() if ask()} == {"time", "date"}


def test_a_function_that_fails_leaves_its_hole_empty_and_is_told() -> None:
    def failing(here: Circumstances) -> str:
        raise LookupError("no weather")

    def leaving(here: Circumstances) -> str:
        raise SystemExit(3)

    faults = []
    functions: dict[str, Any] = {
        "failing": failing,
        "number": lambda here: 7,
        "leaving": leaving,
        "who": FUNCTIONS["persona"],
    }
    here = Circumstances(datetime.now, persona="Iris")
    asked = bound(here, functions, lambda *fault: faults.append(fault))
    told = {name: ask() for name, ask in asked.items()}
    assert told == {"failing": "", "number": "", "leaving": "", "who": "Iris"}
    assert faults == [
        ("prompt_function", "failing: LookupError: no weather"),
        ("prompt_function", "number: TypeError: it gave no text, but int"),
        ("prompt_function", "leaving: RuntimeError: leaving wanted to exit: 3"),
    ]
    assert bound(here, functions)["failing"]() == "", "told or not"


def test_a_function_that_cannot_be_imported_has_nothing_to_say() -> None:
    faults = []
    found = imported(["persona", "no_such:thing"], lambda *fault: faults.append(fault))
    assert found["persona"] is FUNCTIONS["persona"]
    assert found["no_such:thing"](Circumstances(datetime.now)) == ""
    assert len(faults) == 1 and "no_such" in faults[0][1]
