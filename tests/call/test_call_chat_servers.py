"""What a caller hears of every way in which chat servers answer: real HTTP, responder and reply."""

import asyncio
import re
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from chat_server import ChatServer, Row, rows
from overhear import faults, overhear

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing, Prompt
from visavis.call.dialogue.question import CUT_LINE
from visavis.call.dialogue.reply import Clause, Reply, ThoughtOut
from visavis.call.dialogue.responder import Responder
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.events import Bus
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.engines.chat.openai import OpenAIEngine
from visavis.engines.chat.rules import Rules
from visavis.engines.remote import RemoteOptions
from visavis.prompts.functions import FUNCTIONS
from visavis.prompts.graph import Graph, Parameter, Template

FALLBACK = "I'd rather talk about the garden."
DECLINED = "Let's leave that."
HURRY = 10.0
"""Servers that let one wait are ten times as quick, and we as impatient."""


class Caller:
    """Asks a server that behaves like ``row``, in words as they are heard."""

    def __init__(self, row: Row, *, hurry: float = 1.0) -> None:
        self.server = ChatServer(row, hurry)
        self._hurry = hurry
        self.faults: list[tuple[str, str]] = []

    async def ask(self, *questions: str) -> list[list[str]]:
        """The clauses of each answer."""
        async with self.server.serving() as url:
            options = RemoteOptions(url=url, model="m", read_timeout_s=8 / self._hurry)
            engine = OpenAIEngine(options)
            try:
                return [await self._asked(engine, question) for question in questions]
            finally:
                await engine.close()

    async def _asked(self, engine: OpenAIEngine, question: str) -> list[str]:
        templates = [Template(uuid4(), "s", "You are {persona}."), Template(uuid4(), "n", "")]
        graph = Graph(templates, [Parameter(name, function=name) for name in FUNCTIONS], FUNCTIONS)
        briefing, bus = Briefing(graph, "s", "n", "Iris"), Bus()
        lines = {"fallback_lines": [FALLBACK], "declined_lines": [DECLINED]}
        mind = Mind(
            briefing, Rules((), persona="Iris", **lines), engine, text_timeout_s=10 / self._hurry
        )
        prompt = Prompt(briefing, bus, SessionClock(MediaClock()))
        responder = Responder(mind, Conversation(prompt.system.text), prompt, bus)
        heard, over, told = overhear(bus, Clause), overhear(bus, ThoughtOut), faults(bus)
        nobody: Any = None
        answer = responder.answer(question)
        reply = Reply(uuid4(), answer, nobody, Playout(), bus, Stopwatch(monotonic()))
        reply.start()
        reply.commit(1)
        assert reply._task is not None
        await asyncio.wait_for(asyncio.shield(reply._task), 30)
        assert over and reply.text == reply.heard_text
        self.faults += told
        return [clause.text for clause in heard]


def norm(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
async def test_a_caller_hears_what_is_meant_and_nothing_else(row: Row) -> None:
    slow = row["id"].startswith("stall")
    caller = Caller(row, hurry=HURRY if slow else 1.0)
    (clauses,) = await caller.ask("Tell me something.")
    heard, expected = " ".join(clauses), row["expect"]
    told = (heard, caller.faults)
    if "heard" in expected:
        assert norm(heard) == norm(expected["heard"]), told
    for words in expected.get("heard_has", ()):
        assert norm(words) in norm(heard), told
    for words in (*expected.get("heard_lacks", ()), *expected.get("recorded_lacks", ())):
        assert words.lower() not in heard.lower().replace("every", ""), told
    if expected.get("fallback"):
        assert heard == FALLBACK and caller.faults, told
    assert heard or not expected.get("any_sound")
    assert len(heard.split()) <= expected.get("words_at_most", 1000), told
    assert len(caller.server.requests) <= expected.get("requests_at_most", 3), told


def stream(*steps: Any, finish: str = "stop") -> Row:
    return {"replies": [{"sse": [*steps, {"finish": finish}]}]}


def refusing(message: str, status: int = 400, **fields: Any) -> dict[str, Any]:
    return {"status": status, "headers": {}, "body": {"error": {"message": message, **fields}}}


PARTS = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]
HEARD: dict[str, tuple[Row, str]] = {
    "thinking": (stream("<thinking>They greet.</thinking>Hello."), "Hello."),
    "capitals": (stream("[THI", "NK]They greet.[/TH", "INK]Hello."), "Hello."),
    "channels": (
        stream(
            "<|channel|>analysis<|message|>User greets.<|end|><|start|>assist",
            "ant<|channel|>final<|message|>Hello.",
        ),
        "Hello.",
    ),
    "unmarked_channels": (
        stream("analysisUser greets. Be kind.assistant", "finalHello."),
        "Hello.",
    ),
    "kimi": (stream("◁think▷They greet.◁/think▷Hello."), "Hello."),
    "two_thoughts": (stream("<think>a b</think>One. ", "<think>c d</think>Two."), "One. Two."),
    "thought_about_marks": (
        stream("<think>I close with </thinking> or so</think>Hello there."),
        "Hello there.",
    ),
    "one_letter_each": (stream(*"<think>No.</think>\n\nYes, gladly."), "Yes, gladly."),
    "unopened_long": (
        stream("Okay, the user greets me. ", "I reply kindly. ", "So.\n</think>", "\n\nHello."),
        "Hello.",
    ),
    "less_than": (
        stream("Two is < three, and [that] is all."),
        "Two is < three, and [that] is all.",
    ),
    "tail_like_a_mark": (stream("It is in Texas"), "It is in Texas"),
    "reasoning": (stream({"reasoning": "Hm."}, {"thinking": "Hm."}, "Yes."), "Yes."),
    "parts": (stream({"content": PARTS}, {"content": [{"type": "text", "text": "Yes."}]}), "Yes."),
    "tool_text": (
        stream('<tool_call>{"name": "get_weather"}</tool_call>'),
        FALLBACK,
    ),
    "tool_then_words": (
        stream('<tool_call>\n{"name": "f"}\n</tool_call>\n', "It is warm."),
        "It is warm.",
    ),
    "tool_object": (stream('{"name": "get_weather", ', '"arguments": {"city": "Rome"}}'), FALLBACK),
    "mistral_tool": (stream('[TOOL_CALLS] [{"name": "f", "arguments": {}}]'), FALLBACK),
    "roles_again": (
        stream(*({"role": "assistant", "content": word} for word in ("Good ", "day."))),
        "Good day.",
    ),
    "null_choices": (
        stream("Yes.", {"raw": 'data: {"choices":null}\n\n'}, {"raw": "data:\n\n: x\n"}),
        "Yes.",
    ),
    "whole_again": (
        stream("Good day.", {"raw": 'data: {"choices":[{"message":{"content":"Good day."}}]}\n\n'}),
        "Good day.",
    ),
    "last_delta_again": (
        stream(
            "Good ",
            "day.",
            {
                "raw": 'data: {"choices":[{"delta":{"content":"Good day."},'
                '"finish_reason":"stop"}]}\n\n'
            },
        ),
        "Good day.",
    ),
    "no_space_bom_lines": (
        stream(
            {"raw": '\ufeffdata:{"choices":[{"delta":\ndata:{"content":"Good day."}}]}\n\n'},
        ),
        "Good day.",
    ),
    "error_event": (stream({"raw": 'data: {"error":{"message":"boom"}}\n\n'}), FALLBACK),
    "error_later": (
        stream("Good day. ", {"raw": 'event: error\ndata: {"error":"boom"}\n\n'}),
        "Good day.",
    ),
    "filtered": (stream(finish="content_filter"), DECLINED),
    "refusal_field": (stream({"refusal": "I can't talk about that."}), DECLINED),
    "blank": (stream(" ", "\n", "\n \n"), FALLBACK),
    "assistant": (stream("Assistant", ": Good evening."), "Good evening."),
    "bold_name": (stream("**Iris:** Good evening."), "Good evening."),
    "name_on_a_line": (stream("Iris:\n", "Good evening."), "Good evening."),
    "role_word": (stream("assistant\n\nGood evening."), "Good evening."),
    "script": (
        stream("Good evening.\nUser: And you?\nIris: I am well."),
        "Good evening.",
    ),
    "leaked_ends": (stream("Good evening.<|im_", "end|>\n<|im_start|>user\nHi"), "Good evening."),
    "list": (
        stream("## Trees\n\n1. **Oak** 🌳\n2. [Pine](http://x.example)\n---\n* `Fir`\n"),
        "Trees Oak Pine Fir",
    ),
    "action": (stream("*smiles warmly* Good evening."), "Good evening."),
    "sum": (stream("It is 3 * 4 = 12, and 2*3 is 6."), "It is 3 * 4 = 12, and 2*3 is 6."),
    "length_one": (
        stream("The old house by the river was bui", finish="length"),
        "The old house by the river was…",
    ),
    "loop_without_end": (stream(*["and the sea "] * 200, finish="length"), "and the sea"),
    "long_error_page": (
        {
            "replies": [
                {
                    "status": 502,
                    "headers": {"Content-Type": "text/html"},
                    "body": "<html>Bad gateway</html>",
                }
            ]
        },
        FALLBACK,
    ),
    "forbidden": ({"replies": [refusing("no", 403)]}, FALLBACK),
    "no_such_model": ({"replies": [refusing("model 'm' not found", 404)]}, FALLBACK),
    "moved": (
        {"replies": [{"status": 308, "headers": {"Location": "/v2"}, "body": ""}]},
        FALLBACK,
    ),
    "line_of_json": (
        {
            "replies": [
                {
                    "status": 200,
                    "headers": {},
                    "body": '\n{"choices":\n [{"message": {"content": "I came at once."}}]}\n',
                }
            ]
        },
        "I came at once.",
    ),
    "two_refused": (
        {
            **stream("It is a rose."),
            "requires": {"lacks": ["max_tokens", "temperature"]},
            "else": refusing("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."),
        },
        "It is a rose.",
    ),
    "no_length_at_all": (
        {
            **stream("It is a rose."),
            "requires": {"lacks": ["max_tokens", "max_completion_tokens"]},
            "else": {
                "status": 422,
                "headers": {},
                "body": {
                    "detail": [
                        {"loc": ["body", "max_tokens"], "msg": "Extra inputs are not permitted"}
                    ]
                },
            },
        },
        "It is a rose.",
    ),
    "not_streaming": (
        {
            **stream("It is a rose."),
            "requires": {"lacks": ["stream"]},
            "else": refusing("stream is not supported", param="stream"),
        },
        "It is a rose.",
    ),
}


@pytest.mark.parametrize("name", HEARD)
async def test_other_servers_and_models_are_heard_as_well(name: str) -> None:
    row, expected = HEARD[name]
    caller = Caller(row)
    (clauses,) = await caller.ask("Tell me something.")
    heard = " ".join(clauses)
    assert " ".join(heard.split()) == expected, caller.faults
    if expected == FALLBACK:
        assert caller.faults and caller.server.requests


async def test_what_was_refused_once_is_not_asked_again() -> None:
    row = {
        **stream("It is a rose."),
        "requires": {"lacks": ["max_tokens"]},
        "else": refusing("Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'."),
    }
    caller = Caller(row)
    await caller.ask("What is it?", "Really?")
    assert ["max_tokens" in asked for asked in caller.server.requests] == [True, False, False]
    assert caller.server.requests[-1]["max_completion_tokens"] == 160 and not caller.faults


async def test_a_template_without_system_messages_gets_turns() -> None:
    caller = Caller(
        {"replies": [refusing("Conversation roles must alternate user/assistant", 500)]}
    )
    caller.server._row["replies"] += stream("Hello there.")["replies"]
    assert await caller.ask("Who are you?") == [["Hello there."]]
    (message,) = caller.server.requests[-1]["messages"]
    assert message == {"role": "user", "content": "You are Iris.\n\nWho are you?"}


async def test_a_model_that_thinks_unopened_is_waited_for_the_next_time_too() -> None:
    row = stream("Roses are nice.", "\n</think>\n\n", "Good morning.")
    row["replies"] += stream("Violets are nice. ", {"wait_ms": 1_000}, "</think>Good night.")[
        "replies"
    ]
    caller = Caller(row)
    assert await caller.ask("Hi.", "Bye.") == [["Good morning."], ["Good night."]]
    assert [asked["max_tokens"] for asked in caller.server.requests] == [160, 1660]


async def test_who_is_busy_for_long_is_asked_again_by_the_next_question_alone() -> None:
    caller = Caller({"replies": [{"status": 429, "headers": {"Retry-After": "9"}, "body": {}}]})
    assert await caller.ask("Hi.", "Bye.") == [[FALLBACK], [FALLBACK]]
    assert len(caller.server.requests) == 2 and len(caller.faults) == 2


async def test_a_thought_without_a_beginning_is_known_late_too() -> None:
    row = stream("Good morning.")
    row["replies"] += stream("I should be kind.", "\n</think>\n\n", "Good night.")["replies"]
    assert await Caller(row).ask("Hi.", "Bye.") == [["Good morning."], ["Good night."]]


async def test_an_endless_answer_ends() -> None:
    caller = Caller(stream(*[f"The tree {n} is tall. " for n in range(2_000)]))
    (clauses,) = await caller.ask("Go on.")
    assert 20 < len(clauses) < 100 and caller.faults[0][0] == "chat_length"


LONG = "花园里的树很高" * 600
TOO_LONG = (
    "This model's maximum context length is 1024 tokens. However, your messages resulted in 1600 "
    "tokens. Please reduce the length of the messages."
)


async def test_a_text_longer_than_the_context_is_cut_by_what_the_server_says_and_told() -> None:
    caller = Caller(
        {"replies": [refusing(TOO_LONG, code="context_length_exceeded"), *stream("Oh.")["replies"]]}
    )
    (clauses,) = await caller.ask(LONG)
    assert clauses == [CUT_LINE, "Oh."] and caller.faults == [("text_cut", "A text was cut.")]
    first, second = (asked["messages"][-1]["content"] for asked in caller.server.requests)
    assert len(second) < 0.65 * len(first) < len(LONG)
    assert " … " in second and second.startswith(LONG[:9]) and second.endswith(LONG[-9:])


async def test_a_server_that_takes_nothing_is_not_asked_for_ever() -> None:
    caller = Caller({"replies": [refusing("The prompt is too long.")]})
    assert await caller.ask(LONG) == [[FALLBACK]]
    assert len(caller.server.requests) <= 5 and caller.faults[-1][0] == "chat_too_long"
