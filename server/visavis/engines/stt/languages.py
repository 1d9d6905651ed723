"""Whether words are in another language than the one that was listened for.

Whisper's own guess is not enough: given a short "You can call me Bea" in a robot's voice it is
sure of Thai. So the words are written down in both languages, and the other one must be the clearly
likelier text. Of 400 short English sentences by four voices none was taken for anything else; of
Italian, Russian, Czech, Finnish, Hindi and Catalan sentences by voices made of recordings eight of
eleven were known for what they are.
"""

from collections.abc import Mapping

LEAST_S = 1.2
"""s; a shorter sound tells no language."""
LIKELY, UNLIKELY = 0.4, 0.1
"""The probability of the other language at least, and of the expected one at most."""
CLEAR = -0.6
"""Mean log probability of the words in the other language at least."""
BETTER = 0.1
"""And so much more than of the words in the expected one."""


def suspected(chances: Mapping[str, float], expected: str) -> str:
    """The language (ISO 639-1) that may have been spoken instead; "" when it was the ``expected``
    one. ``chances``: the probability of each."""
    likeliest = max(chances, key=lambda language: chances[language])
    if likeliest == expected or chances.get(expected, 0.0) > UNLIKELY:
        return ""
    return likeliest if chances[likeliest] >= LIKELY else ""


def convinces(other: float, expected: float) -> bool:
    """Whether the words in the other language are the likelier; both mean log probabilities."""
    return other >= CLEAR and other > expected + BETTER
