"""What the settings and the persona say of a call, as its parts take it."""

from visavis.call.turns.pace import Pace
from visavis.engines.chat.rules import Rules
from visavis.personas.persona import Persona
from visavis.settings import TurnSettings


def rules(persona: Persona) -> Rules:
    """The persona's expert rules. Raises ValueError for a pattern that is none."""
    return Rules(
        persona.rules,
        persona=persona.display_name,
        silence_lines=persona.silence_lines,
        fallback_lines=persona.fallback_lines,
        declined_lines=persona.declined_lines,
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
