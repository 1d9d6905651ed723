"""Whose turn it is."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from visavis.compute.asker import NOBODY, Asker, Priority
from visavis.compute.fair import FairQueue


@dataclass
class Item:
    name: str
    asker: Asker = NOBODY
    deadline: float = field(default=10.0)


def asker(call: int, priority: Priority = Priority.TALK) -> Asker:
    return Asker(UUID(int=call), None, priority)


def order(queue: FairQueue[Item]) -> list[str]:
    names = []
    while (item := queue.take()) is not None:
        names.append(item.name)
    return names


def filled(*items: Item) -> FairQueue[Item]:
    queue: FairQueue[Item] = FairQueue()
    for item in items:
        queue.put(item)
    return queue


def test_calls_take_turns_and_each_keeps_its_own_order() -> None:
    flood = [Item(f"a{number}", asker(1)) for number in range(5)]
    queue = filled(*flood, Item("b0", asker(2)), Item("b1", asker(2)), Item("node"))
    assert order(queue) == ["a0", "b0", "node", "a1", "b1", "a2", "a3", "a4"]


def test_who_comes_late_is_served_after_one_of_each() -> None:
    queue = filled(*(Item(f"a{number}", asker(1)) for number in range(5)))
    assert queue.take() is not None
    queue.put(Item("b0", asker(2)))
    assert order(queue) == ["a1", "b0", "a2", "a3", "a4"]


def test_the_more_urgent_goes_first() -> None:
    queue = filled(
        Item("study", asker(1, Priority.BACKGROUND)),
        Item("read", asker(2, Priority.AHEAD)),
        Item("talk", asker(2)),
        Item("talk too", asker(1)),
    )
    assert order(queue) == ["talk", "talk too", "read", "study"]


def test_what_is_late_is_taken_out_and_no_more() -> None:
    queue = filled(
        Item("a", asker(1), 1.0), Item("b", asker(1), 2.0), Item("c", asker(2), 1.5), Item("d")
    )
    assert [item.name for item in queue.expire(0.9)] == []
    assert sorted(item.name for item in queue.expire(1.5)) == ["a", "c"]
    assert order(queue) == ["b", "d"]


def test_taken_out_of_turn() -> None:
    first, second = Item("a", asker(1)), Item("b", asker(1))
    queue = filled(first, second)
    assert queue.remove(first) and not queue.remove(first)
    assert queue.take() is second and not queue.remove(second)
    assert queue.take() is None


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(Priority)), max_size=30))
def test_nothing_is_lost_and_no_call_is_two_ahead_of_one_that_waits(
    asked: list[tuple[int, Priority]],
) -> None:
    items = [Item(str(number), asker(*one)) for number, one in enumerate(asked)]
    queue = filled(*items)
    waiting = Counter((item.asker.priority, item.asker.call) for item in items)
    served: Counter[tuple[Priority, UUID | None]] = Counter()
    while (item := queue.take()) is not None:
        mine = item.asker.priority, item.asker.call
        served[mine] += 1
        waiting[mine] -= 1
        for other, left in waiting.items():
            if left and other[0] == mine[0]:
                assert served[mine] - served[other] <= 1
            assert not left or other[0] <= mine[0]
    assert served.total() == len(items)


def test_a_call_has_no_second_request_served_beside_its_first() -> None:
    queue: FairQueue[Item] = FairQueue(most=1)
    flood = [Item(f"a{number}", asker(1)) for number in range(3)]
    for item in (*flood, Item("read", asker(1, Priority.AHEAD)), Item("node"), Item("node too")):
        queue.put(item)
    first = queue.take()
    assert first is flood[0]
    assert order(queue) == ["node", "node too"]
    queue.put(Item("b0", asker(2)))
    assert order(queue) == ["b0"]
    assert queue.remove(flood[1]), "a newer one takes its place"
    queue.done(first)
    assert order(queue) == ["a2"]
    queue.done(flood[2])
    assert order(queue) == ["read"]
