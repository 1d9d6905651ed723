"""The minutes of a conversation: what was heard, thought and spoken, in rows that name each
other."""

from collections import OrderedDict
from time import monotonic
from uuid import UUID

from visavis.call.dialogue.reply import Clause, Reply
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.turns.segmenter import Segment
from visavis.records.recorder import Recorder

REMEMBERED = 200
"""Replies of a call that can still be named by their turn."""


class TurnRecorder:
    """Of one call. Every method returns at once."""

    def __init__(self, session: UUID, recorder: Recorder) -> None:
        self._session = session
        self._recorder = recorder
        self._clauses: dict[UUID, list[UUID]] = {}
        """The tts rows of each reply that is being spoken, by turn."""
        self._chats: OrderedDict[UUID, UUID] = OrderedDict()
        """The latest replies, by turn."""

    def heard(self, turn: UUID, attempt: Segment) -> tuple[UUID, UUID]:
        """A turn's sound and transcript; the ids of its `audio` and its `stt` row."""
        transcript = attempt.transcript
        assert transcript is not None  # a turn ends only with its words known
        audio = self._recorder.audio(
            self._session,
            attempt.pcm,
            16_000,
            kind="input",
            turn=turn,
            at_ms=attempt.begin_ms,
            provenance="the caller's microphone",
            audio_filter=attempt.audio_filter,
            details=attempt.details,
        )
        log = self._recorder.performance
        log("stt", transcript.ms, session=self._session, turn=turn, system=transcript.system)
        return audio, self._recorder.stt(
            self._session,
            audio=audio,
            text=transcript.text,
            system=transcript.system,
            parameters={
                **transcript.parameters,
                "finished": attempt.finished,
                "end_of_turn": attempt.judge,
            },
            turn=turn,
        )

    def answering(self, reply: Reply, generation: int, said: str, stt: UUID | None) -> UUID:
        """A reply is chosen and about to be spoken; the id of its `chat` row."""
        told = reply.thought.told
        chat = self._recorder.chat(
            self._session,
            generation=generation,
            system=reply.thought.system,
            parameters=reply.thought.parameters,
            stt=stt,
            user_prompt=said or None,
            system_prompt=told.system.text if told else None,
            turn=reply.turn,
            prompt_template=told.system.template if told else None,
            prompt_values=told.values if told else None,
            retrieved=told.chunks if told else (),
        )
        self._chats[reply.turn] = chat
        while len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        return chat

    def chat_of(self, turn: UUID) -> UUID | None:
        """The `chat` row of a reply of this call, if that was not long ago."""
        return self._chats.get(turn)

    def spoken(self, clause: Clause, chat: UUID | None) -> None:
        """A clause with a voice goes out."""
        speech, turn = clause.speech, clause.reply.turn
        assert speech is not None  # without a voice nothing is spoken
        audio = self._recorder.audio(
            self._session,
            speech.samples,
            speech.rate,
            kind="output",
            turn=turn,
            provenance=f"tts {speech.system}",
            audio_filter=speech.audio_filter,
        )
        words = [{"text": w.text, "start": w.start_ms, "end": w.end_ms} for w in speech.words]
        tts = self._recorder.tts(
            self._session,
            text=clause.text,
            system=speech.system,
            parameters=speech.parameters,
            chat=chat,
            audio=audio,
            words=words,
            turn=turn,
        )
        self._clauses.setdefault(turn, []).append(tts)
        log = self._recorder.performance
        log("tts", speech.ms, session=self._session, turn=turn, system=speech.system)

    def first_words(self, turn: UUID, watch: Stopwatch) -> None:
        """What the caller waited for begins, after an opener."""
        waited = (monotonic() - watch.voiced) * 1000
        self._recorder.performance("first_words", waited, session=self._session, turn=turn)

    def answered(self, turn: UUID, watch: Stopwatch) -> tuple[float, str] | None:
        """The first sound has left: the stages. Returns the ms from the caller's last voiced
        sample, and the longest stage; None while something is missing."""
        total = watch.total_ms
        if total is None:
            return None
        stages = watch.stages()
        self._recorder.turn_times(self._session, turn, total, stages)
        return total, max(stages, key=lambda stage: stages[stage])

    def over(self, reply: Reply, chat: UUID) -> list[UUID]:
        """The reply has ended or was cut; the ids of its `tts` rows."""
        self._recorder.chat_finished(self._session, chat, text=reply.text)
        told = reply.thought.told
        if told is not None:
            # What the words were told with is known some ms after they are committed.
            self._recorder.chat_told(self._session, chat, told.values, told.chunks)
            if told.find_ms is not None:
                log = self._recorder.performance
                log("retrieval", told.find_ms, session=self._session, turn=reply.turn)
        self._recorder.chat_heard(
            self._session,
            chat,
            heard=reply.heard_text,
            words=reply.heard_words,
            complete=not reply.cut,
        )
        return self._clauses.pop(reply.turn, [])
