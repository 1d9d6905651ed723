"""The floor, event by event: no clock, no sound, no waiting."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from visavis.call.turns.actions import (
    Abandon,
    Acknowledge,
    Cancel,
    Dip,
    Discard,
    EndTurn,
    GiveUp,
    Hold,
    Nudge,
    Prepare,
    Resume,
    Settle,
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
    s.silence(96).take(s.turns.transcript(1, "It rained all day,")).take(s.turns.finished(1, 0.1))
    s.silence(2500)
    assert 1600 <= s.first(EndTurn)[0] - spoke_until <= 1600 + FRAME


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


def test_spoken_over_the_persona_dips_holds_and_is_cancelled_by_words() -> None:
    s = Script()
    s.turns.persona_starts()
    s.silence(320)
    began = s.at
    s.voice(1200)
    assert s.first(Dip)[0] - began <= 2 * FRAME
    assert s.first(Hold)[0] - began <= 384
    assert s.first(Transcribe)[0] - began <= 960
    assert s.kinds() == [Dip, Hold, Transcribe]
    s.take(s.turns.transcript(1, "But how old is"))
    assert s.kinds()[-1] is Cancel
    s.voice(200).silence(96)
    assert s.kinds()[-2:] == [Abandon, Transcribe]


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
    s.take(s.turns.transcript(1, "Uh-huh."))
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
    s.take(s.turns.transcript(1, "Tell me about it.")).take(s.turns.finished(1, 0.9)).silence(200)
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


def test_an_endless_turn_is_answered_at_its_next_pause_and_nobody_interrupts_that() -> None:
    s = Script(replace(Pace(), max_turn=2000)).voice(2100)
    assert not s.has(Transcribe)
    s.silence(96).voice(64).take(s.turns.transcript(1, "And then and then"))
    assert s.first(Prepare)[1] == Prepare(1, "And then and then", overlong=True)
    assert s.has(EndTurn) and not s.has(Abandon)
    s.voice(800)
    assert s.turns.answering and not s.has(Cancel)
    s.turns.persona_starts()
    s.voice(800).silence(96)
    s.take(s.turns.transcript(2, "And then he went home."))
    s.take(s.turns.finished(2, 0.99)).silence(3000)
    assert not s.has(Cancel) and not s.has(Dip) and s.kinds().count(EndTurn) == 1
    s.turns.persona_stops()
    s.silence(64)
    assert s.kinds().count(EndTurn) == 2


def test_a_long_turn_is_transcribed_in_pieces_cut_at_its_pauses() -> None:
    s = Script().voice(13_000).silence(96)
    s.take(s.turns.transcript(1, "It was a dark and stormy night,")).voice(5_000)
    assert s.kinds() == [Transcribe, Prepare, Settle, Abandon]
    first = s.first(Settle)[1]
    assert (first.begin_ms, first.end_ms) == (0.0, s.first(Transcribe)[1].last_voiced_ms)
    s.silence(96).take(s.turns.transcript(2, "It was a dark and stormy night, and the dog"))
    s.voice(32)
    assert s.kinds().count(Settle) == 1  # there isn't much yet
    assert all(ask.begin_ms == 0.0 for _, ask in s.done if isinstance(ask, Transcribe))


def test_without_a_pause_a_piece_ends_where_it_is_quietest() -> None:
    s = Script().voice(20_000).play(32, 0.1)
    quiet = s.at
    s.voice(10_000)
    assert s.kinds() == [Settle]
    assert s.first(Settle)[1].end_ms == quiet and s.first(Settle)[0] <= 26_000 + 2 * FRAME


def test_pieces_stay_when_the_turn_goes_on_after_its_end() -> None:
    s = Script().voice(14_000).silence(96)
    s.take(s.turns.transcript(1, "That was all.")).take(s.turns.finished(1, 0.99)).silence(800)
    assert s.has(EndTurn)
    s.voice(13_000).silence(96)
    asked = [ask for _, ask in s.done if isinstance(ask, Transcribe)]
    assert asked[-1].begin_ms == 0.0
    settled = [piece for _, piece in s.done if isinstance(piece, Settle)]
    assert settled[0].begin_ms == 0.0 and settled[0].end_ms <= 14_000 + FRAME


def test_at_a_pause_of_a_long_turn_the_persona_says_that_she_listens() -> None:
    s = Script(replace(Pace(), acknowledge_after=5_000)).voice(4_000).silence(96)
    assert not s.has(Acknowledge)
    s.voice(2_000).silence(96).voice(2_000).silence(96)
    assert s.kinds().count(Acknowledge) == 1
    s.voice(4_000).silence(96)
    assert s.kinds().count(Acknowledge) == 2


@pytest.mark.parametrize("voiced", range(864, 1100, 32))
def test_whatever_stops_her_is_a_turn_or_lets_her_go_on(voiced: int) -> None:
    for words in ("Nobody was in there.", "Mm-hm.", ""):
        s = Script()
        s.turns.persona_starts()
        s.voice(voiced).silence(96)
        asked = [ask.attempt for _, ask in s.done if isinstance(ask, Transcribe)]
        s.take(s.turns.transcript(asked[-1], words)).silence(1000)
        turned = words.startswith("Nobody")
        assert s.has(Cancel) == s.has(EndTurn) == turned
        assert s.has(Resume) != turned


def test_a_listener_s_word_in_the_last_moments_of_a_question_answers_it() -> None:
    for left, answers in ((3000.0, False), (1000.0, True)):
        s = Script()
        s.turns.persona_starts()
        s.turns.persona_says("Is it?", left)
        s.voice(320).silence(96).take(s.turns.transcript(1, "Sure.")).silence(400)
        assert s.has(EndTurn) == answers


def test_a_question_that_was_held_ends_later() -> None:
    s = Script()
    s.turns.persona_starts()
    s.turns.persona_says("Is it?", 1500.0)
    s.voice(640).silence(96).take(s.turns.transcript(1, "")).silence(320)
    assert s.kinds() == [Dip, Hold, Transcribe, Resume, Discard]
    s.silence(500).voice(320).silence(96).take(s.turns.transcript(2, "Sure.")).silence(400)
    assert s.has(EndTurn)  # without the hold it would have ended by then


def test_too_few_words_are_no_interruption_unless_they_leave_no_doubt() -> None:
    for words, complete, stops in (
        ("How so?", False, False),
        ("Stop.", True, True),
        ("Wait, how so?", False, True),
    ):
        s = Script(replace(Pace(), least_words=3))
        s.turns.persona_starts()
        s.voice(480).silence(96).take(s.turns.transcript(1, words, complete=complete))
        assert s.has(Cancel) == stops and s.has(Resume) != stops


@pytest.mark.parametrize("pace", [Pace(), replace(Pace(), interruptible=False)])
def test_what_cannot_be_interrupted_is_said_and_the_turn_answered_after_it(pace: Pace) -> None:
    s = Script(pace)
    s.turns.persona_starts(interruptible=not pace.interruptible)
    s.voice(1500).silence(96).take(s.turns.transcript(1, "What about me?", complete=True))
    s.silence(2000)
    assert s.kinds() == [Transcribe, Prepare]
    s.turns.persona_stops()
    s.silence(64)
    assert s.kinds()[-1] is EndTurn
    s.turns.persona_starts()  # the next one can be
    assert s.turns.interrupt() == [Cancel("button")]


def test_an_answer_that_is_thought_is_taken_back_as_late_as_is_set() -> None:
    s = Script(replace(Pace(), retract_after=320)).voice(600).silence(96)
    s.take(s.turns.transcript(1, "Hello there.")).take(s.turns.finished(1, 0.95)).silence(200)
    s.voice(256)
    assert s.has(EndTurn) and not s.has(Cancel)
    s.voice(96)
    assert s.first(Cancel)[1] == Cancel("went on")


def waits(pace: Pace, text: str, finished: float, *, complete: bool = False) -> float:
    """The silence after which those words end a turn, ms."""
    s = Script(pace).voice(800)
    spoke_until = s.at
    s.silence(96).take(s.turns.transcript(1, text, complete=complete))
    s.take(s.turns.finished(1, finished)).silence(2500)
    return float(s.first(EndTurn)[0] - spoke_until)


def test_what_cannot_be_all_is_waited_for_whatever_it_sounds_like() -> None:
    pace = Pace()
    assert waits(pace, "What time?", 0.99, complete=True) >= pace.unfinished
    assert pace.max_silence <= waits(pace, "I have to go.", 0.99, complete=True) < pace.unfinished
    assert waits(pace, "What time is it?", 0.1, complete=True) <= pace.min_silence + FRAME
    assert waits(pace, "It is nice here.", 0.95) <= pace.min_silence + FRAME
    assert waits(pace, "It is nice here.", 0.6) >= pace.min_silence + pace.doubt
    assert waits(pace, "It is nice here.", 0.1) >= pace.max_silence
    assert waits(replace(pace, semantic=False), "What time", 0.1) <= pace.min_silence + FRAME


def test_who_pauses_long_in_a_turn_is_given_as_long_again() -> None:
    s = Script().voice(800).silence(96)
    s.take(s.turns.transcript(1, "I went")).take(s.turns.finished(1, 0.1)).silence(384).voice(800)
    spoke_until = s.at
    s.silence(96).take(s.turns.transcript(2, "I went home.")).take(s.turns.finished(2, 0.99))
    s.silence(1500)
    assert 600 <= s.first(EndTurn)[0] - spoke_until <= 700


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
