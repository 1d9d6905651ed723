"""What reaches calls from outside: done once, in time, by those whom it concerns."""

import asyncio
from collections.abc import Awaitable, Callable
from time import time
from uuid import uuid4

import pytest
import virtual_time
from call.fake_calls import FakeCall, of, opened
from overhear import faults

from visavis.call.calls import Calls, Draining
from visavis.call.commands import dispatcher as module
from visavis.call.commands.commands import (
    MAX_GRACE_S,
    MAX_SENTENCE,
    Command,
    CommandOutcome,
    Drain,
    EndCall,
    ForgetUser,
    LoadModels,
    RenewPrompts,
    SaySentence,
    WithdrawConsent,
)
from visavis.call.commands.dispatcher import MOST, Dispatcher
from visavis.call.events import Bus
from visavis.compute.codec import CodecError, decode, encode

CALL, ID = uuid4(), uuid4()
DONE, ALREADY, NO_SUCH_CALL = (
    CommandOutcome.DONE,
    CommandOutcome.ALREADY,
    CommandOutcome.NO_SUCH_CALL,
)

Make = Callable[..., Command]
TO_A_CALL: dict[type[Command], Make] = {
    EndCall: lambda call, **more: EndCall(call=call, **more),
    SaySentence: lambda call, **more: SaySentence(call=call, text="Good evening.", **more),
    WithdrawConsent: lambda call, **more: WithdrawConsent(session=call, **more),
    ForgetUser: lambda call, **more: ForgetUser(user="ann", **more),
    LoadModels: lambda call, **more: LoadModels(user="ann", **more),
    RenewPrompts: lambda call, **more: RenewPrompts(**more),
}
"""Each that concerns calls, as one that concerns Ann's."""
ENDING = (EndCall, ForgetUser)
EVERY = pytest.mark.parametrize("kind", TO_A_CALL, ids=lambda kind: kind.__name__)


# -- values -------------------------------------------------------------------------------------


def crossed(value: object) -> object:
    return decode(bytearray(b"".join(encode(value)[1])))


@pytest.mark.parametrize(
    "command",
    [*(make(CALL) for make in TO_A_CALL.values()), Drain(grace_s=30.0)],
    ids=lambda command: type(command).__name__,
)
def test_every_command_crosses_to_another_machine_and_back(command: Command) -> None:
    assert crossed(command) == command


def test_what_became_of_it_crosses_too() -> None:
    assert [crossed(one) for one in CommandOutcome] == [*CommandOutcome]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: SaySentence(call=CALL, text=" "), "nothing to say"),
        (lambda: SaySentence(call=CALL, text="a" * (MAX_SENTENCE + 1)), "500 characters"),
        (lambda: SaySentence(call=CALL, text="one\ntwo"), "one line"),
        (lambda: SaySentence(call=CALL, text="half \ud83d"), "one line"),
        (lambda: Drain(grace_s=-1), "0 to 86,400 s"),
        (lambda: Drain(grace_s=MAX_GRACE_S * 2), "0 to 86,400 s"),
        (lambda: Drain(grace_s=float("nan")), "0 to 86,400 s"),
        (lambda: RenewPrompts(deadline=float("nan")), "must be a time"),
    ],
)
def test_no_command_holds_what_could_not_be_done(wrong: Callable[[], Command], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()


def test_bytes_from_elsewhere_make_no_command_that_could_not_be_done() -> None:
    command = SaySentence(call=CALL, text="Good evening.")
    object.__setattr__(command, "text", "one\ntwo")
    with pytest.raises(CodecError, match="one line"):
        crossed(command)


# -- once, in time, and without raising ---------------------------------------------------------


class Worked:
    """Work that is counted; it ends when `free` is set."""

    def __init__(self) -> None:
        self.times = 0
        self.free = asyncio.Event()
        self.free.set()
        self.bus = Bus()
        self.faults = faults(self.bus)
        self.dispatcher = Dispatcher(self.bus)

    async def work(self, outcome: CommandOutcome | Exception) -> CommandOutcome:
        self.times += 1
        await self.free.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def do(
        self, command: Command, outcome: CommandOutcome | Exception = DONE
    ) -> Awaitable[CommandOutcome]:
        return self.dispatcher.do(command, self.work(outcome))


async def test_a_command_that_comes_again_does_nothing() -> None:
    worked, command = Worked(), EndCall(call=CALL)
    assert [await worked.do(command) for _ in range(3)] == [DONE, ALREADY, ALREADY]
    assert worked.times == 1 and worked.faults == []
    assert await worked.do(EndCall(call=CALL)) is DONE and worked.times == 2


async def test_a_command_of_the_same_id_for_another_call_is_another() -> None:
    worked, once = Worked(), uuid4()
    first, second = (SaySentence(id=once, call=call, text="We close.") for call in (CALL, uuid4()))
    worked.free.clear()
    both = asyncio.gather(worked.do(first), worked.do(second))
    await asyncio.sleep(0)
    worked.free.set()
    assert [*await both] == [DONE, DONE] and worked.times == 2
    assert [await worked.do(first), await worked.do(second)] == [ALREADY, ALREADY]


async def test_one_that_comes_while_it_is_being_done_waits_for_that() -> None:
    worked, command = Worked(), EndCall(call=CALL)
    worked.free.clear()
    both = asyncio.gather(worked.do(command), worked.do(command))
    await asyncio.sleep(0)
    worked.free.set()
    assert [*await both] == [DONE, ALREADY] and worked.times == 1


async def test_what_was_not_done_may_come_again() -> None:
    worked, command = Worked(), EndCall(call=CALL)
    for outcome in (NO_SUCH_CALL, CommandOutcome.NOT_NOW):
        assert await worked.do(command, outcome) is outcome
    assert await worked.do(command) is DONE and worked.times == 3


async def test_one_that_is_too_late_is_not_begun_and_that_is_a_fault() -> None:
    worked = Worked()
    late = EndCall(call=CALL, deadline=time() - 2)
    assert await worked.do(late) is CommandOutcome.TOO_LATE and worked.times == 0
    ((kind, said),) = worked.faults
    assert kind == "command_late" and said.startswith("EndCall came 2.") and "too late" in said


async def test_what_fails_is_a_fault_and_nobody_elses_exception() -> None:
    worked, command = Worked(), EndCall(call=CALL)
    assert await worked.do(command, RuntimeError("no way")) is CommandOutcome.FAILED
    assert worked.faults == [("command", "EndCall: RuntimeError: no way")]
    assert await worked.do(command) is DONE


async def test_who_goes_away_stops_nothing() -> None:
    worked, command = Worked(), EndCall(call=CALL)
    worked.free.clear()
    waiting = asyncio.ensure_future(worked.do(command))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    worked.free.set()
    assert await worked.do(command) is ALREADY and worked.times == 1


async def test_what_is_remembered_and_what_is_being_done_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked = Worked()
    monkeypatch.setattr(module, "REMEMBERED", 2)
    first, *others = (EndCall(call=CALL) for _ in range(3))
    for command in (first, *others):
        assert await worked.do(command) is DONE
    assert [await worked.do(one) for one in others] == [ALREADY, ALREADY]
    assert await worked.do(first) is DONE, "forgotten, and so done again"
    worked.free.clear()
    many = [asyncio.ensure_future(worked.do(EndCall(call=CALL))) for _ in range(MOST)]
    await asyncio.sleep(0)
    assert await worked.do(EndCall(call=CALL)) is CommandOutcome.NOT_NOW
    assert [kind for kind, _ in worked.faults] == ["commands"]
    worked.free.set()
    assert {*await asyncio.gather(*many)} == {DONE}


# -- whom it concerns ---------------------------------------------------------------------------


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``node(scene)`` runs ``scene(calls, ann, bob)`` in virtual time; nothing fails in it."""

    def run(scene: Callable[[Calls, FakeCall, FakeCall], Awaitable[None]]) -> None:
        async def main() -> None:
            calls, told = opened(monkeypatch)
            for user in ("ann", "bob"):
                await calls.open("v", of(user, user))
            ann, bob = FakeCall.made
            ann.session, bob.session = uuid4(), uuid4()  # at a stand, of somebody later
            await scene(calls, ann, bob)
            assert told == []

        virtual_time.run(main())

    return run


Node = Callable[[Callable[[Calls, FakeCall, FakeCall], Awaitable[None]]], None]


@EVERY
def test_it_is_done_by_the_call_that_it_concerns_and_once(kind: type[Command], node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        command = TO_A_CALL[kind](ann.session, id=ID)
        assert [await calls.do(command), await calls.do(command)] == [DONE, ALREADY]
        ended = issubclass(kind, ENDING)
        assert ann.taken == ([] if ended else [command]) and bool(ann.ended) is ended
        assert bob.taken == ([command] if kind is RenewPrompts else []) and not bob.ended
        assert len(calls) == (1 if ended else 2)

    node(scene)


@EVERY
def test_a_second_command_of_the_kind(kind: type[Command], node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        first = await calls.do(TO_A_CALL[kind](ann.session))
        again = await calls.do(TO_A_CALL[kind](ann.session))
        assert (first, again) == (DONE, NO_SUCH_CALL if issubclass(kind, ENDING) else DONE)

    node(scene)


@EVERY
def test_where_no_call_goes_on_that_it_concerns(kind: type[Command], node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        await calls.do(EndCall(call=ann.id))
        if kind is RenewPrompts:
            await calls.do(EndCall(call=bob.id))
        assert await calls.do(TO_A_CALL[kind](ann.id)) is NO_SUCH_CALL
        assert ann.taken == bob.taken == []

    node(scene)


@pytest.mark.parametrize("kind", [*TO_A_CALL, Drain], ids=lambda kind: kind.__name__)
def test_too_late_nothing_is_done(kind: type[Command], monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        calls, told = opened(monkeypatch)
        await calls.open("v", of("a", "ann"))
        (ann,) = FakeCall.made
        make: Make = TO_A_CALL.get(kind, lambda call, **more: Drain(**more))
        assert await calls.do(make(ann.id, deadline=time() - 1)) is CommandOutcome.TOO_LATE
        assert ann.taken == [] and not ann.ended and not calls.draining
        assert told == ["command_late"]

    virtual_time.run(main())


def test_a_call_is_found_by_its_own_id_too(node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        assert await calls.do(SaySentence(call=ann.id, text="Hello.")) is DONE
        assert await calls.do(EndCall(call=ann.id)) is DONE and ann.ended == "hung up"

    node(scene)


def test_consent_is_that_of_a_session_and_not_of_who_stands_there_next(node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        assert await calls.do(WithdrawConsent(session=ann.id)) is NO_SUCH_CALL
        assert ann.taken == []

    node(scene)


def test_what_a_call_can_not_do_now_is_said(node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        ann.takes = CommandOutcome.NOT_NOW
        command = SaySentence(call=ann.id, text="Hello.")
        assert await calls.do(command) is CommandOutcome.NOT_NOW
        ann.takes = DONE
        assert await calls.do(command) is DONE

    node(scene)


def test_a_call_that_fails_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        calls, told = opened(monkeypatch)
        await calls.open("v", of("a", "ann"))
        FakeCall.made[0].takes = RuntimeError("no way")
        assert await calls.do(RenewPrompts()) is CommandOutcome.FAILED and told == ["command"]

    virtual_time.run(main())


def test_who_is_forgotten_has_nothing_left_to_keep(node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        hanging_up = asyncio.create_task(calls.do(EndCall(call=ann.id)))
        await asyncio.sleep(0.1)
        assert len(calls) == 1
        assert await calls.do(ForgetUser(user="ann")) is DONE
        assert ann.ended == "hung up", "it was waited for"
        await hanging_up
        assert await calls.do(ForgetUser(user="bob")) is DONE
        assert bob.ended == "forgotten"

    node(scene)


# -- the end of a node --------------------------------------------------------------------------


async def refused(calls: Calls) -> float:
    with pytest.raises(Draining) as told:
        await calls.open("v", of("c"))
    assert str(told.value) == "This server takes no more calls: it is about to end."
    return told.value.retry_s


def test_a_drained_node_takes_no_calls_and_ends_those_that_go_on(node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        assert await calls.do(Drain(grace_s=60.0)) is DONE
        assert calls.draining and calls.full() is None and await refused(calls) == 10
        await asyncio.sleep(30)
        await calls.do(EndCall(call=ann.id))  # it has ended by itself
        await asyncio.sleep(29)
        assert not bob.ended and len(calls) == 1
        await asyncio.sleep(2)
        assert (ann.ended, bob.ended, len(calls)) == ("hung up", "server ends", 0)
        await refused(calls)

    node(scene)


def test_of_two_ends_the_earlier_counts(node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        command = Drain(grace_s=60.0)
        assert [await calls.do(command) for _ in range(2)] == [DONE, ALREADY]
        assert await calls.do(Drain(grace_s=90.0)) is ALREADY
        assert await calls.do(Drain(grace_s=5.0)) is DONE
        await asyncio.sleep(6)
        assert ann.ended == bob.ended == "server ends"
        assert await calls.do(Drain()) is ALREADY

    node(scene)


@pytest.mark.parametrize("before", [None, 0.0, 600.0])
def test_a_server_that_ends_waits_for_its_calls(before: float | None, node: Node) -> None:
    async def scene(calls: Calls, ann: FakeCall, bob: FakeCall) -> None:
        hanging_up = asyncio.create_task(calls.do(EndCall(call=ann.id)))
        await asyncio.sleep(0.1)
        if before is not None:
            await calls.do(Drain(grace_s=before))
        began = asyncio.get_running_loop().time()
        await calls.close()
        assert asyncio.get_running_loop().time() - began < 1.01
        assert (ann.ended, bob.ended) == ("hung up", "server ends")
        await hanging_up
        await refused(calls)

    node(scene)
