"""The floor, event by event: no clock, no sound, no waiting."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from visavis.call.turns.actions import (
    Abandon,
    Cancel,
    Dip,
    Discard,
    EndTurn,
    GiveUp,
    Hold,
    Nudge,
    Prepare,
    Resume,
    Transcribe,
    Unheard,
)
from visavis.call.turns.pace import Pace
from visavis.call.turns.turns import Turns

FRAME = 32.0


class Script:
    """Plays voiced and silent stretches into a `Turns`, and keeps each action with its time."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.turns = Turns(pace or Pace())
        self.at = 0.0
        self.done: list[tuple[float, object]] = []

    def play(self, ms: float, speech: float) -> "Script":
        for _ in range(round(ms / FRAME)):
            self.at += FRAME
            self.take(self.turns.voicing(self.at, speech))
        return self

    def voice(self, ms: float) -> "Script":
        return self.play(ms, 0.95)

    def silence(self, ms: float) -> "Script":
        return self.play(ms, 0.01)

    def take(self, actions: Sequence[object]) -> "Script":
        self.done += [(self.at, action) for action in actions]
        return self

    def kinds(self) -> list[type[object]]:
        return [type(action) for _, action in self.done]

    def first(self, kind: type[object]) -> Any:
        return next((at, action) for at, action in self.done if isinstance(action, kind))

    def has(self, kind: type[object]) -> bool:
        return kind in self.kinds()


def test_a_finished_turn_ends_after_the_shortest_silence() -> None:
    s = Script().silence(500).voice(1000)
    spoke_until = s.at
    s.silence(96)
    _, asked = s.first(Transcribe)
    assert asked.last_voiced_ms == spoke_until and asked.begin_ms < 500
    s.take(s.turns.transcript(1, "What time is it?")).take(s.turns.finished(1, 0.9))
    assert s.first(Prepare)[1] == Prepare(1, "What time is it?") and not s.has(EndTurn)
    s.silence(400)
    ended, end = s.first(EndTurn)
    assert end == EndTurn(1, "What time is it?", spoke_until)
    assert 200 <= ended - spoke_until <= 200 + FRAME


def test_an_unfinished_turn_is_waited_for_but_not_for_ever() -> None:
    s = Script().voice(800)
    spoke_until = s.at
    s.silence(96).take(s.turns.transcript(1, "I would like to")).take(s.turns.finished(1, 0.1))
    s.silence(1500)
    assert 800 <= s.first(EndTurn)[0] - spoke_until <= 800 + FRAME


def test_a_missing_opinion_costs_little() -> None:
    s = Script().voice(800)
    spoke_until = s.at
    s.silence(96).take(s.turns.transcript(1, "Yes.")).silence(600)
    assert 300 <= s.first(EndTurn)[0] - spoke_until <= 300 + FRAME


def test_words_that_leave_no_doubt_need_no_opinion() -> None:
    s = Script().voice(800)
    spoke_until = s.at
    s.silence(96).take(s.turns.transcript(1, "Thank you.", complete=True)).silence(600)
    assert s.first(EndTurn)[0] - spoke_until <= 200 + FRAME


def test_a_pause_inside_a_turn_voids_what_was_prepared() -> None:
    s = Script().voice(500).silence(96)
    s.take(s.turns.transcript(1, "I think")).take(s.turns.finished(1, 0.2)).voice(500)
    assert s.first(Abandon)[1] == Abandon(1) and not s.has(EndTurn)
    s.silence(96)
    second = [a for _, a in s.done if isinstance(a, Transcribe)][1]
    assert second.attempt == 2 and second.begin_ms == 0.0
    # A late answer to the first attempt changes nothing.
    assert s.turns.transcript(1, "I think") == []


def test_clicks_and_coughs_start_no_turn() -> None:
    s = Script().voice(64).silence(400)
    assert s.kinds() == [Discard]
    s = Script().voice(320).silence(96).take([])
    s.take(s.turns.transcript(1, "")).silence(300)
    assert s.kinds() == [Transcribe, Discard]


def test_spoken_over_the_persona_dips_holds_and_is_cancelled() -> None:
    s = Script()
    s.turns.persona_starts()
    s.silence(320)
    began = s.at
    s.voice(1200)
    assert s.first(Dip)[0] - began <= 2 * FRAME
    assert s.first(Hold)[0] - began <= 384
    assert s.first(Cancel)[0] - began <= 960
    assert s.kinds() == [Dip, Hold, Cancel]


def test_a_cough_only_dips() -> None:
    s = Script()
    s.turns.persona_starts()
    s.voice(160).silence(192)
    assert s.kinds()[:2] == [Dip, Transcribe] and s.kinds()[-1] is Resume
    assert not s.has(Hold) and not s.has(Cancel)
    s.take(s.turns.transcript(1, "")).silence(200)
    assert s.kinds()[-1] is Discard and not s.has(EndTurn)


def test_a_backchannel_brings_the_voice_back() -> None:
    s = Script()
    s.turns.persona_starts()
    s.voice(448).silence(96)
    assert s.kinds() == [Dip, Hold, Transcribe]
    s.take(s.turns.transcript(1, "Uh-huh.", backchannel=True))
    assert s.kinds()[-2:] == [Resume, Discard] and not s.has(Cancel)


def test_a_short_word_cancels_as_soon_as_it_is_understood() -> None:
    s = Script()
    s.turns.persona_starts()
    s.voice(224).silence(96).take(s.turns.transcript(1, "Stop.", complete=True))
    assert s.kinds() == [Dip, Transcribe, Cancel, Prepare]
    s.silence(200)
    assert s.kinds()[-1] is EndTurn


def test_going_on_before_the_answer_is_heard_continues_the_turn() -> None:
    s = Script().silence(320).voice(600).silence(96)
    s.take(s.turns.transcript(1, "Tell me about")).take(s.turns.finished(1, 0.9)).silence(200)
    assert s.has(EndTurn)
    s.voice(500)
    assert s.first(Cancel)[1].cause == "went on"
    s.silence(96)
    again = [a for _, a in s.done if isinstance(a, Transcribe)][-1]
    assert again.begin_ms == 320 - Pace().preroll and again.attempt == 2


def test_a_cough_before_the_answer_is_heard_does_not_void_it() -> None:
    s = Script().voice(600).silence(96)
    s.take(s.turns.transcript(1, "Hello.")).take(s.turns.finished(1, 0.9)).silence(200)
    s.voice(64).silence(300)
    assert not s.has(Cancel)


def test_an_endless_turn_is_cut_and_answered() -> None:
    s = Script(replace(Pace(), max_turn=2000)).voice(2100)
    assert s.first(Transcribe)[0] <= 2000 + FRAME
    s.take(s.turns.transcript(1, "And then and then")).voice(64)
    assert s.has(EndTurn) and not s.has(Abandon)


def test_a_transcript_that_never_comes_is_a_fault() -> None:
    s = Script().voice(500).silence(5200)
    assert s.kinds() == [Transcribe, Discard, Unheard]


def test_text_and_the_button_interrupt() -> None:
    s = Script()
    assert s.turns.typed() == [] and s.turns.interrupt() == []
    s.turns.persona_starts()
    assert s.turns.typed() == [Cancel("text")]
    s.turns.persona_starts()
    assert s.turns.interrupt() == [Cancel("button")]


def test_long_silence_is_met_with_two_prompts_and_then_the_end() -> None:
    s = Script(replace(Pace(), prompts=(2000, 4000), give_up=10_000)).silence(9000)
    assert [type(a) for _, a in s.done] == [Nudge, Nudge]
    s.turns.persona_starts()
    s.silence(1000)
    s.turns.persona_stops()
    s.silence(9_000)
    assert not s.has(GiveUp)
    s.silence(1100)
    assert s.kinds()[-1] is GiveUp


def test_time_passes_without_sound() -> None:
    s = Script().voice(800)
    s.take(s.turns.tick(s.at + 70))
    assert s.has(Transcribe)
    s.take(s.turns.transcript(1, "Hi.")).take(s.turns.finished(1, 1.0))
    s.take(s.turns.tick(s.at + 205))
    assert s.has(EndTurn)
