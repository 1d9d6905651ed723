"""What was heard, thought and spoken in a conversation, in rows that name each other."""

from collections import OrderedDict
from typing import TypeVar
from uuid import UUID

from visavis.call.dialogue.stages import ReplyAnswers
from visavis.call.events import (
    Bus,
    ClauseSpoken,
    Measured,
    PromptFacts,
    ReplyChosen,
    ReplyEnded,
    TurnEnded,
)
from visavis.call.turns.segment import Segment
from visavis.records.recorder import Recorder

REMEMBERED = 200
"""Turns and replies of a call whose rows can still be named."""

K = TypeVar("K")
V = TypeVar("V")


class TurnRecorder:
    """Of one session: its turns in `audio`, `stt`, `chat`, `tts` and `performance_log`."""

    def __init__(self, session: UUID, recorder: Recorder, bus: Bus) -> None:
        self._session = session
        self._recorder = recorder
        self._heard: OrderedDict[UUID, tuple[UUID, UUID]] = OrderedDict()
        """The `audio` and the `stt` row of each turn that was spoken."""
        self._chats: OrderedDict[UUID, UUID] = OrderedDict()
        """The `chat` row of each turn's latest reply."""
        self._generations: OrderedDict[int | None, UUID] = OrderedDict()
        """The `chat` row of each reply."""
        self._spoken: OrderedDict[int | None, list[UUID]] = OrderedDict()
        """The `tts` rows of each reply."""
        bus.subscribe(TurnEnded, self._turn_ended)
        bus.subscribe(ReplyChosen, self._chosen)
        bus.subscribe(ClauseSpoken, self._clause)
        bus.subscribe(ReplyAnswers, self._answers)
        bus.subscribe(ReplyEnded, self._ended)
        bus.subscribe(Measured, self._measured)

    def heard(self, turn: UUID) -> tuple[UUID, UUID] | None:
        """The `audio` and the `stt` row of a turn."""
        return self._heard.get(turn)

    def chat_of(self, turn: UUID) -> UUID | None:
        """The `chat` row of a reply of this call, if that was not long ago."""
        return self._chats.get(turn)

    def spoken(self, generation: int | None) -> list[UUID]:
        """The `tts` rows of a reply."""
        return self._spoken.get(generation, [])

    def _turn_ended(self, ended: TurnEnded) -> None:
        segment, turn = ended.segment, ended.turn
        transcript = segment.transcript
        assert transcript is not None  # a turn ends only with its words known
        audio = self._audio(segment, turn)
        self._measured(Measured("stt", transcript.ms, turn, transcript.system))
        stt = self._recorder.stt.add(
            self._session,
            audio=audio,
            text=transcript.text,
            system=transcript.system,
            parameters={
                **transcript.parameters,
                "finished": segment.finished,
                "end_of_turn": segment.judge,
            },
            turn=turn,
        )
        _remember(self._heard, turn, (audio, stt))

    def _audio(self, segment: Segment, turn: UUID) -> UUID:
        return self._recorder.audio.add(
            self._session,
            segment.pcm,
            16_000,
            kind="input",
            turn=turn,
            at_ms=segment.begin_ms,
            provenance="the caller's microphone",
            audio_filter=segment.audio_filter,
            details=segment.details,
        )

    def _chosen(self, chosen: ReplyChosen) -> None:
        prompt, heard = chosen.prompt, self._heard.get(chosen.turn)
        chat = self._recorder.chat.add(
            self._session,
            generation=chosen.generation,
            system=chosen.system,
            parameters=dict(chosen.parameters),
            stt=None if heard is None else heard[1],
            user_prompt=chosen.said or None,
            system_prompt=prompt.system if prompt else None,
            turn=chosen.turn,
            prompt_template=prompt.template if prompt else None,
            prompt_values=dict(prompt.values) if prompt else None,
            retrieved=[dict(chunk) for chunk in prompt.chunks] if prompt else (),
        )
        _remember(self._chats, chosen.turn, chat)
        _remember(self._generations, chosen.generation, chat)

    def _clause(self, clause: ClauseSpoken) -> None:
        speech = clause.speech
        audio = self._recorder.audio.add(
            self._session,
            speech.samples,
            speech.rate,
            kind="output",
            turn=clause.turn,
            provenance=f"tts {speech.system}",
            audio_filter=speech.audio_filter,
        )
        words = [{"text": w.text, "start": w.start_ms, "end": w.end_ms} for w in speech.words]
        tts = self._recorder.tts.add(
            self._session,
            text=clause.text,
            system=speech.system,
            parameters=speech.parameters,
            chat=self._generations.get(clause.generation),
            audio=audio,
            words=words,
            turn=clause.turn,
        )
        _remember(self._spoken, clause.generation, [*self.spoken(clause.generation), tts])
        self._measured(Measured("tts", speech.ms, clause.turn, speech.system))

    def _answers(self, answers: ReplyAnswers) -> None:
        log = self._recorder.performance_log
        log.turn(self._session, answers.turn, answers.waited_ms, answers.stages)

    def _ended(self, ended: ReplyEnded) -> None:
        chat = self._generations.get(ended.generation)
        if chat is None:
            return
        self._recorder.chat.finished(self._session, chat, text=ended.text)
        if ended.prompt is not None:
            self._told(chat, ended.turn, ended.prompt)
        self._recorder.chat.heard(
            self._session,
            chat,
            heard=ended.heard,
            words=ended.words_heard,
            complete=not ended.cut,
        )

    def _told(self, chat: UUID, turn: UUID, prompt: PromptFacts) -> None:
        """What the words were told with is known some ms after they are committed."""
        chunks = [dict(chunk) for chunk in prompt.chunks]
        self._recorder.chat.told(
            self._session, chat, dict(prompt.values), chunks, instead=prompt.instead
        )
        if prompt.find_ms is not None:
            self._measured(Measured("retrieval", prompt.find_ms, turn))

    def _measured(self, measured: Measured) -> None:
        self._recorder.performance_log.add(
            measured.measure,
            measured.ms,
            session=self._session,
            turn=measured.turn,
            system=measured.system,
            parameters=dict(measured.parameters),
        )


def _remember(latest: OrderedDict[K, V], key: K, value: V) -> None:
    """The newest `REMEMBERED` stay."""
    latest[key] = value
    while len(latest) > REMEMBERED:
        latest.popitem(last=False)
