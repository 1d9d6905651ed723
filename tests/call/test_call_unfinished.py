"""What words want by their syntax; those of the cases are in `test_call_turn_cases`."""

import pytest

from visavis.call.turns.unfinished import Openness, openness

OPEN = """
What time?
Which train
How many people
Could you tell me?
Can you show us
I would like to know.
We want to buy
My brother lives in
I am looking for the
It was cold and
She came because
I was thinking that
I believe that
Last year we visited
My dog is called
The answer is
There are three things.
There are four reasons. The price, the time.
We need bread, butter
My number is 555
The code is 7.
It is spelled K
Please call me at 415.
The password is blue.
Could you explain?
My e-mail is anna
I think we should, um
My favourite place is...
Where is
How old are
Can I
"""
PERHAPS = """
Last summer I took a train to the coast.
When I was nine years old, we moved.
I have to go.
I should leave.
How much?
"""
CLOSED = """
Yes.
No, thanks.
Hello?
What is your name?
Where are you from?
What is it for?
How are you?
Who are you?
What else?
Yes, I am.
I don't know what to say.
Do you know where it is?
I like the sea.
I see.
I think so.
I need bread, butter, and milk.
There are two things, the price and the colour.
I am seven.
My e-mail is anna at example.org.
It was great, thank you.
I have two cats and a dog.
Stop.
Can you help me?
What should I do?
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("text", lines(OPEN))
def test_a_sentence_does_not_end_so(text: str) -> None:
    assert openness(text) is Openness.OPEN


@pytest.mark.parametrize("text", lines(PERHAPS))
def test_it_may_end_so_and_often_goes_on(text: str) -> None:
    assert openness(text) is Openness.PERHAPS


@pytest.mark.parametrize("text", lines(CLOSED))
def test_a_finished_sentence_is_not_waited_for(text: str) -> None:
    assert openness(text) is Openness.CLOSED


def test_without_a_full_stop_what_may_end_goes_on() -> None:
    assert openness("I have to go") is Openness.OPEN


def test_no_words_want_nothing() -> None:
    assert openness("") is Openness.CLOSED and openness("…") is Openness.CLOSED
