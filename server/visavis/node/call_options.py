"""What the settings and the persona say of a call, as its parts take it."""

from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing
from visavis.call.turns.pace import Pace
from visavis.engines.chat.base import LanguageModel
from visavis.engines.chat.rules import Rules
from visavis.personas.persona import Persona
from visavis.settings import Settings, TurnSettings


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
    settings: Settings, persona: Persona, briefing: Briefing, chat: LanguageModel | None
) -> Mind:
    """Who answers. Raises ValueError as `rules` does."""
    return Mind(
        briefing,
        rules(persona),
        chat,
        lines={
            "attract": persona.attract_lines,
            "invite": persona.invite_lines,
            "introduction": (persona.greeting,),
            "close": persona.close_lines,
        },
        openers=persona.openers if settings.chat.opener_after_ms else (),
        opener_after_s=settings.chat.opener_after_ms / 1000,
        max_tokens=settings.chat.max_tokens,
        temperature=settings.chat.temperature,
        speaks_signs=settings.signs.spoken,
    )


def pace(turn: TurnSettings, *, judged: bool) -> Pace:
    """When turns begin and end, as set; `judged`: something says whether they sound finished."""
    return Pace(
        speculate=turn.speculate_ms,
        min_silence=turn.min_silence_ms,
        max_silence=turn.max_silence_ms,
        max_turn=turn.max_turn_ms,
        prompts=turn.prompts_ms,
        give_up=turn.give_up_ms,
        semantic=turn.semantic and judged,
    )
