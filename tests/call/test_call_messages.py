"""What becomes of messages that come too fast, too long, twice, or broken; in virtual time."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from itertools import pairwise
from typing import Any, ParamSpec

import pytest
import virtual_time
from overhear import faults, overhear
from uuid_utils.compat import uuid7

from visavis.call.channel import protocol
from visavis.call.channel.messages import (
    BAD_MESSAGES_KEPT,
    LONG_CHARACTERS,
    WAIT_S,
    Messages,
)
from visavis.call.channel.rates import BAD, CLOSED_S, LIMITS, USUAL, Rates
from visavis.call.events import Bus, Faulted, HelloRepeated, MessageCame, ToCaller
from visavis.call.keeping.measures import MOST as MOST_MEASURES
from visavis.call.keeping.measures import CallerMeasures
from visavis.inputs import MAX_MESSAGE

BURST = int(USUAL.burst)


class Call:
    """What the messages of a call come to; `kept` are rows, `refused` only told."""

    def __init__(self, rates: Rates | None = None) -> None:
        self.bus = Bus()
        self.done: list[Mapping[str, Any]] = []
        self.kept: list[tuple[str, str]] = []
        self.refused: list[tuple[str, str]] = []
        self.again = overhear(self.bus, HelloRepeated)
        self.bus.subscribe(MessageCame, lambda message: self.done.append(message.said))
        self.bus.subscribe(Faulted, lambda it: self.kept.append((it.kind, it.message)))
        self.bus.subscribe(ToCaller, self.refuse)
        self.messages = Messages(self.bus, rates or Rates())

    def refuse(self, message: ToCaller) -> None:
        assert message.kind == "fault"
        self.refused.append((message.fields["kind"], message.fields["message"]))

    def take(self, kind: str, /, **fields: object) -> None:
        self.messages.take(json.dumps({"type": kind, **fields}))

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [said for said in self.done if said["type"] == kind]

    def said(self, kind: str) -> int:
        """How often the caller was told so."""
        told = [*self.kept, *self.refused]
        return sum(fault == kind and bool(message) for fault, message in told)


P = ParamSpec("P")


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    @wraps(test)
    def run(*fixtures: P.args, **named: P.kwargs) -> None:
        virtual_time.run(test(*fixtures, **named))

    return run


@in_virtual_time
async def test_a_flood_is_dropped_and_told_once() -> None:
    call = Call()
    for _ in range(2_000):
        call.take("stats", values={"rtt_ms": 12})
    assert len(call.of("stats")) == LIMITS["stats"].burst
    assert call.said("too_many") == 1 and len(call.kept) == 1
    call.take("interrupt")
    assert call.of("interrupt")  # other kinds come in as ever
    await asyncio.sleep(CLOSED_S)
    call.take("stats", values={})
    assert call.of("stats")[-1]["values"] == {}
    call.messages.close()
    assert call.kept[-1][0] == "too_many" and len(call.kept) == 2


@in_virtual_time
async def test_an_hour_of_floods_keeps_few_rows() -> None:
    call = Call()
    for _ in range(360):
        for _ in range(50):
            call.take("judge", id="0192f0c1-0000-7000-8000-000000000000", score=1)
            call.messages.take("{")
        await asyncio.sleep(CLOSED_S)
    call.messages.close()
    assert len(call.kept) <= BAD_MESSAGES_KEPT + 3
    assert call.said("too_many") == 2 * 360
    assert call.said("bad_message") == LIMITS[BAD].burst * 360


@in_virtual_time
async def test_of_typed_texts_the_newest_waits_for_a_moment() -> None:
    call = Call()
    for n in range(200):
        call.take("text", text=f"{n}")
    assert [said["text"] for said in call.of("text")] == [str(n) for n in range(BURST)]
    await asyncio.sleep(WAIT_S + 0.01)
    assert [said["text"] for said in call.of("text")][BURST:] == ["199"]
    assert not call.said("too_many")


@in_virtual_time
async def test_texts_that_never_stop_are_taken_now_and_then_and_in_order() -> None:
    call = Call()
    for n in range(6_000):
        call.take("text", text=f"{n}")
        await asyncio.sleep(0.01)
    await asyncio.sleep(WAIT_S)
    taken = [int(said["text"]) for said in call.of("text")]
    assert taken == sorted(taken) and taken[-1] == 5_999
    assert len(taken) < 60 * 3
    # Nobody waits for longer than a moment (s between two that were taken, at 0.01 s a text).
    assert max(b - a for a, b in pairwise(taken)) <= WAIT_S * 100 + 2


@in_virtual_time
async def test_a_consent_that_is_taken_back_never_waits() -> None:
    call = Call()
    for _ in range(1_000):
        call.take("consent", given=True)
        call.take("consent", given=False)
        assert call.of("consent")[-1]["given"] is False
    assert len(call.of("consent")) == 2 * BURST
    await asyncio.sleep(2 * WAIT_S)
    assert len(call.of("consent")) == 2 * BURST  # the last word was no


@in_virtual_time
async def test_a_consent_that_is_given_too_often_counts_a_moment_later() -> None:
    call = Call()
    for _ in range(1_000):
        call.take("consent", given=False)
        call.take("consent", given=True)
    assert call.of("consent")[-1]["given"] is False
    await asyncio.sleep(WAIT_S + 0.01)
    assert call.of("consent")[-1]["given"] is True


@in_virtual_time
async def test_only_changes_of_consent_are_handed_on() -> None:
    call = Call()
    call.take("hello", consent=False)
    for _ in range(20):
        call.take("consent", given=False)
    for _ in range(8):
        call.take("consent", given=True)
    call.take("consent", given=False)
    assert [said["given"] for said in call.of("consent")] == [True, False]
    assert call.said("too_many") == 1


@in_virtual_time
async def test_a_second_hello_is_answered_and_begins_nothing() -> None:
    call = Call()
    call.take("hello", consent=True)
    call.take("hello", consent=True, client={"x": 1})
    assert len(call.of("hello")) == 1
    assert len(call.again) == 1 and not call.refused and not call.kept
    assert not call.of("consent")
    call.take("hello", consent=False)
    assert call.of("consent") == [{"type": "consent", "given": False}]


@in_virtual_time
async def test_a_refused_hello_is_not_the_first() -> None:
    call = Call()
    call.take("hello", consent="yes")
    call.take("hello", consent=True)
    assert len(call.of("hello")) == 1


@in_virtual_time
async def test_long_messages_above_the_budget_stay_unread_but_for_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def reads(message: str) -> dict[str, str]:
        read.append(message)
        return {"type": "text"}

    monkeypatch.setattr(protocol, "read", reads)
    monkeypatch.setattr(protocol, "check", lambda said: said)
    call = Call()
    for n in range(300):
        call.messages.take(f"{n:05}" + " " * (MAX_MESSAGE - 5))
    assert len(read) == 4
    call.messages.take("short")
    assert read[-1] == "short"
    await asyncio.sleep(WAIT_S + 0.01)
    assert [message[:5] for message in read[5:]] == ["00299"]
    assert call.said("too_many") == 1


@in_virtual_time
async def test_a_long_question_is_answered_in_the_midst_of_long_garbage() -> None:
    call = Call()
    for _ in range(100):
        call.messages.take("x" * MAX_MESSAGE)
    call.take("text", text="why " * LONG_CHARACTERS)
    call.take("consent", given=True)
    call.take("consent", given=False)
    assert call.of("consent")[-1]["given"] is False
    await asyncio.sleep(2 * WAIT_S)
    assert len(call.of("text")) == 1


@in_virtual_time
async def test_nothing_that_waits_outlives_the_call() -> None:
    call = Call()
    for _ in range(BURST + 1):
        call.take("text", text="hi")
    call.messages.close()
    await asyncio.sleep(2 * WAIT_S)
    assert len(call.of("text")) == BURST


@in_virtual_time
async def test_the_next_to_take_a_channels_messages_begins_with_its_rates() -> None:
    rates = Rates()
    first = Call(rates)
    for _ in range(100):
        first.take("stats", values={})
    first.messages.close()
    second = Call(rates)
    second.take("hello", consent=True)
    second.take("stats", values={})
    assert second.of("hello") and not second.of("stats")


@in_virtual_time
async def test_a_handler_that_fails_on_what_has_waited_is_a_fault() -> None:
    call = Call()

    def breaks(message: MessageCame) -> None:
        raise ZeroDivisionError

    call.bus.subscribe(MessageCame, breaks)
    for _ in range(BURST + 1):
        call.take("text", text="hi")
    assert call.kept == [("event", "")] * BURST
    await asyncio.sleep(2 * WAIT_S)
    assert call.kept == [("event", "")] * (BURST + 1) and len(call.done) == BURST + 1


class Rows(list[tuple[str, float]]):
    """Stands where the recorder does."""

    @property
    def performance_log(self) -> "Rows":
        return self

    def add(self, measure: str, value: float, **more: object) -> None:
        self.append((measure, value))


def test_a_call_keeps_so_many_measures_and_says_so_once() -> None:
    rows, bus = Rows(), Bus()
    told = faults(bus)
    recorder: Any = rows
    CallerMeasures(uuid7(), recorder, bus)

    def measured(values: dict[str, object]) -> None:
        bus.publish(MessageCame({"type": "stats", "values": values}))

    measured({"rtt_ms": 3, "codec": "opus", "up_ms": True, "no_ms": None, "x": 1})
    assert rows == [("caller.rtt", 3.0)]
    for _ in range(30):
        measured({f"{n}_ms": n for n in range(128)})
    assert len(rows) == MOST_MEASURES
    assert [kind for kind, _ in told] == ["enough_measures"]


@in_virtual_time
async def test_a_hello_that_agrees_to_nothing_takes_a_waiting_consent_back() -> None:
    call = Call()
    for n in range(40):
        call.take("consent", given=not n % 2)
    call.take("consent", given=True)
    call.take("hello", consent=False)
    await asyncio.sleep(3)
    assert call.done[-1]["type"] == "hello" and call.done[-1]["consent"] is False


@in_virtual_time
async def test_a_hello_too_many_still_takes_consent_back() -> None:
    call = Call()
    call.take("hello", consent=True)
    for _ in range(30):
        call.take("hello", consent=True)
    call.take("hello", consent=False)
    assert call.done[-1] == {"type": "consent", "given": False}


@in_virtual_time
async def test_the_newest_interruption_is_never_lost() -> None:
    call = Call()
    for _ in range(50):
        call.take("interrupt")
    before = len(call.of("interrupt"))
    await asyncio.sleep(2)
    assert len(call.of("interrupt")) == before + 1
