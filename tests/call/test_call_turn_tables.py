"""Every cell of turn-taking's two tables, and that what it leads to is an action."""

import pytest

from visavis.call.turns.tables import (
    CALLER,
    PERSONA,
    CallerCue,
    CallerState,
    CallerStep,
    Do,
    FloorCue,
    PersonaState,
    PersonaStep,
)
from visavis.call.turns.turns import Turns

# A column for each state, in the order of its class; "." changes nothing, else the new state and,
# after a colon, what is to be done.
CALLER_CELLS = """
                  silent    speaking            paused                  understood              wordless
voice             speaking  .                   speaking:settle,abandon speaking:settle,abandon speaking:settle,abandon
voice_past_limit  .         .                   .                       .                       .
pause             .         paused:transcribe   .                       .                       .
click             .         silent:discard      .                       .                       .
words             .         .                   understood:prepare      .                       .
no_words          .         .                   wordless                .                       .
lost              .         .                   silent:discard,unheard  silent:discard,unheard  silent:discard,unheard
end               .         .                   .                       silent:end_turn         silent:discard
backchannel       .         .                   silent:discard          silent:discard          .
taught_sound      .         silent:discard      silent:discard          silent:discard          silent:discard
others            .         silent:discard      silent:discard          silent:discard          silent:discard
"""  # noqa: E501
PERSONA_CELLS = """
              silent    thinking               speaking         dipped           held
voice         .         .                      dipped:dip       .                .
clear_voice   .         silent:rejoin,retract  .                .                .
long_voice    .         .                      .                held:hold        .
insistence    .         .                      speaking:transcribe dipped:transcribe held:transcribe
words         .         .                      silent:cancel    silent:cancel    silent:cancel
settled       .         .                      .                speaking:resume  .
let_be        .         .                      .                speaking:resume  speaking:resume
turn          thinking  thinking               .                .                .
typed         .         silent:cancel          silent:cancel    silent:cancel    silent:cancel
sign          thinking  thinking:retract       thinking:cancel  thinking:cancel  thinking:cancel
button        .         silent:cancel          silent:cancel    silent:cancel    silent:cancel
starts        speaking  speaking               .                .                .
stops         .         silent                 silent           silent           silent
"""


def cells(table: str) -> dict[str, dict[str, str]]:
    columns, *rows = (line.split() for line in table.strip().splitlines())
    return {name: dict(zip(columns, told, strict=True)) for name, *told in rows}


def told(step: CallerStep | PersonaStep | None) -> str:
    if step is None:
        return "."
    doing = ",".join(do.name.lower() for do in step.do)
    return step.to.name.lower() + (f":{doing}" if doing else "")


def test_every_cell_of_what_the_caller_does() -> None:
    wanted = cells(CALLER_CELLS)
    assert list(wanted) == [what.name.lower() for what in CallerCue]
    for what in CallerCue:
        assert wanted[what.name.lower()] == {
            state.name.lower(): told(CALLER.get((state, what))) for state in CallerState
        }


def test_every_cell_of_what_the_persona_does() -> None:
    wanted = cells(PERSONA_CELLS)
    assert list(wanted) == [what.name.lower() for what in FloorCue]
    for what in FloorCue:
        assert wanted[what.name.lower()] == {
            state.name.lower(): told(PERSONA.get((state, what))) for state in PersonaState
        }


@pytest.mark.parametrize("step", [*CALLER.values(), *PERSONA.values()])
def test_what_ends_a_reply_or_a_turn_says_why(step: CallerStep | PersonaStep) -> None:
    reasoned = {Do.CANCEL, Do.RETRACT, Do.DISCARD} & set(step.do)
    assert bool(step.cause) == bool(reasoned)


@pytest.mark.parametrize(
    ("state", "what", "cause"),
    [
        (PersonaState.THINKING, FloorCue.CLEAR_VOICE, "went on"),
        (PersonaState.THINKING, FloorCue.SIGN, "went on"),
        (PersonaState.SPEAKING, FloorCue.SIGN, "sign"),
        (PersonaState.HELD, FloorCue.WORDS, "spoken over"),
        (PersonaState.SPEAKING, FloorCue.WORDS, "spoken over"),
        (PersonaState.DIPPED, FloorCue.TYPED, "text"),
        (PersonaState.THINKING, FloorCue.BUTTON, "button"),
        (CallerState.SPEAKING, CallerCue.CLICK, "noise"),
        (CallerState.PAUSED, CallerCue.LOST, "no transcript"),
        (CallerState.WORDLESS, CallerCue.END, "no words"),
        (CallerState.UNDERSTOOD, CallerCue.BACKCHANNEL, "backchannel"),
        (CallerState.SPEAKING, CallerCue.TAUGHT_SOUND, "a taught sound"),
    ],
)
def test_the_causes_are_those_that_the_rows_have(
    state: PersonaState | CallerState, what: FloorCue | CallerCue, cause: str
) -> None:
    step = next(s for t in (CALLER, PERSONA) for key, s in t.items() if key == (state, what))
    assert step.cause == cause


def test_nothing_done_is_left_without_an_action() -> None:
    unseen = {Do.REJOIN, Do.SETTLE}  # these move where a turn began, and need a long one
    for do in set(Do) - unseen:
        assert Turns()._do(do, "why"), do
