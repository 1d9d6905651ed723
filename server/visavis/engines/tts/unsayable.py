"""What an English voice can't say: words in other scripts, which stay in the caption to be read."""

import re

_SCRIPTS = {
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0530-\u058f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "Hindi": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Amharic": "\u1200-\u137f",
    "Khmer": "\u1780-\u17ff",
    "Japanese": "\u3041-\u30ff",
    "Korean": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Chinese": "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff",
}
_ANY = "".join(_SCRIPTS.values())
# One letter of Greece is a sign in a formula.
_RUN = re.compile(
    rf"[{_ANY}]*(?:(?![\u0370-\u03ff])[{_ANY}]|[\u0370-\u03ff]{{2}})(?:[\s、。，·・：；！？「」『』…-]*[{_ANY}])*"
)
_MARKS = re.compile(r"\s*,?\s*([.!?;:,])")
INLINE = ", as you can read,"
"""Said in the place of such words within a sentence."""


def sayable(text: str) -> str:
    """``text`` with what is written in another script said to be there: within a sentence as
    `INLINE`, alone in a sentence of its own. Captions keep the words."""
    if not _RUN.search(text):
        return text
    if not any(c.isalnum() for c in _RUN.sub("", text)):
        return f"I can't say that in {_language(text)} aloud, but you can read it."
    return _MARKS.sub(r"\1", re.sub(r"\s+,", ",", _RUN.sub(INLINE, text))).strip(", ")


def _language(text: str) -> str:
    """What the script of most of its letters is called; any Japanese sign makes it Japanese."""
    counts = {
        name: len(re.findall(f"[{letters}]", text)) * (100 if name == "Japanese" else 1)
        for name, letters in _SCRIPTS.items()
    }
    return max(counts, key=lambda name: counts[name])
