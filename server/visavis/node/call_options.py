"""What the settings and the persona say of a call, as its parts take it."""

from collections.abc import Mapping

from aiortc import RTCConfiguration

from visavis.call.camera.camera import CameraOptions
from visavis.call.camera.pose_pool import PosePool
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing
from visavis.call.engines import Hearing, Speaking
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.modes.machine import PresencePolicy
from visavis.call.need.helping import NeedLines
from visavis.call.rtc import ice
from visavis.call.turns.pace import Pace
from visavis.call.voice.canned import CannedVoice
from visavis.engines.chat.base import LanguageModel
from visavis.engines.chat.plain import plain
from visavis.engines.chat.rules import Rules
from visavis.engines.embeddings.knowledge import Knowledge
from visavis.engines.stt.base import Recogniser
from visavis.engines.tts.base import Voice, languages_of
from visavis.engines.tts.speech import Speech
from visavis.engines.turns.base import EndOfTurn
from visavis.personas.persona import Persona
from visavis.settings import IceSettings, Settings, TurnSettings, VisitsSettings

SPARE_S = 2.0
"""A language model that says in time why it has no words is heard out."""


def rules(persona: Persona) -> Rules:
    """The persona's expert rules. Raises ValueError for a pattern that is none."""
    return Rules(
        persona.rules,
        persona=persona.display_name,
        silence_lines=persona.silence_lines,
        fallback_lines=persona.fallback_lines,
        declined_lines=persona.declined_lines,
    )


def mind(
    settings: Settings,
    persona: Persona,
    briefing: Briefing,
    chat: LanguageModel | None,
    voice: Voice | None = None,
) -> Mind:
    """Who answers, with that ``voice``. Raises ValueError as `rules` does."""
    return Mind(
        briefing,
        rules(persona),
        chat,
        lines={
            "attract": persona.attract_lines,
            "invite": persona.invite_lines,
            "introduction": (persona.greeting,),
            "close": persona.close_lines,
            "listening": persona.listening_lines,
            "cut_in": persona.cut_in_lines,
        },
        openers=persona.openers if settings.chat.opener_after_ms else (),
        bridges=persona.thinking_lines,
        opener_after_s=settings.chat.opener_after_ms / 1000,
        text_timeout_s=settings.chat.first_token_timeout_s + SPARE_S,
        max_tokens=settings.chat.max_tokens,
        temperature=settings.chat.temperature,
        language=settings.stt.language,
        voiced=languages_of(voice),
        need=NeedLines.of(settings.need),
        speaks_signs=settings.signs.spoken,
    )


def pace(turn: TurnSettings, *, judged: bool) -> Pace:
    """When turns begin and end, as set; `judged`: something says whether they sound finished."""
    return Pace(
        speculate=turn.speculate_ms,
        min_silence=turn.min_silence_ms,
        max_silence=turn.max_silence_ms,
        unfinished=turn.unfinished_ms,
        max_turn=turn.max_turn_ms,
        acknowledge_after=turn.acknowledge_after_ms,
        hold_after=turn.hold_ms,
        cancel_after=turn.cancel_ms,
        retract_after=turn.thinking_cancel_ms,
        least_words=turn.interrupt_words,
        backchannels=frozenset(map(plain, turn.backchannels)),
        interruptible=turn.interruptible,
        prompts=turn.prompts_ms,
        give_up=turn.give_up_ms,
        semantic=turn.semantic and judged,
    )


def hearing(
    turn: TurnSettings,
    recogniser: Recogniser | None,
    end_of_turn: EndOfTurn | None,
    chosen: ChosenFilter | None,
    knowledge: Knowledge | None = None,
) -> Hearing:
    """How callers are heard, who may say the names of the ``knowledge``."""
    return Hearing(
        pace(turn, judged=end_of_turn is not None),
        recogniser,
        end_of_turn,
        chosen,
        names=() if knowledge is None else knowledge.names,
    )


def speaking(
    voice: Voice | None, ready: Mapping[str, Speech], chosen: ChosenFilter | None
) -> Speaking:
    """How the persona speaks; `ready` are its canned lines."""
    return Speaking(None if voice is None else CannedVoice(voice, ready), chosen)


def camera(settings: Settings, poses: PosePool | None) -> CameraOptions:
    """How callers are looked at."""
    every_s = 0.0 if settings.vision.engine == "off" else settings.vision.every_s
    return CameraOptions(poses, settings.pose.fps, every_s)


def presence(visits: VisitsSettings) -> PresencePolicy:
    """When a caller has come and when they are gone."""
    return PresencePolicy(
        presence=visits.presence,
        attract_after=visits.attract_after_s,
        attract_every=visits.attract_every_s,
        stay=visits.stay_s,
        gone=visits.gone_s,
    )


def connection(servers: IceSettings) -> RTCConfiguration:
    """How media finds its way to callers."""
    return ice.configuration(
        servers.servers, servers.username, servers.credential.get_secret_value()
    )
