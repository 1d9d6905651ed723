"""Who can be called: each folder here is a persona, its portrait, voice, words and rules, as data.

So is a folder anywhere else, or in an installed distribution. The rest of the server knows a
persona only as the `Persona` that `load` returns.
"""

from .persona import Persona, PersonaError, Rule, load

__all__ = ["Persona", "PersonaError", "Rule", "load"]
