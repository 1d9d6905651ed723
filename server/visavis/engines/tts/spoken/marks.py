"""Marks: other shapes of the same sign first, and last what is left of those nobody speaks."""

import re

from visavis.engines.tts.spoken.rule import rule

_SPACES = "\u00a0\u2007\u2009\u202f"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SPELLINGS = {
    "C++": "C plus plus",
    "4K": "four K",
    "8K": "eight K",
    "mc²": "m c squared",
    "mc^2": "m c squared",
    "C#": "C sharp",
    "F#": "F sharp",
    "24/7": "twenty-four seven",
    "50/50": "fifty-fifty",
    "9/11": "nine eleven",
    "and/or": "and or",
    "w/o": "without",
    "w/": "with",
    "N/A": "not applicable",
    "n/a": "not applicable",
    "c/o": "care of",
}
_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "Δ": "delta",
    "ε": "epsilon",
    "θ": "theta",
    "λ": "lambda",
    "μ": "mu",
    "π": "pi",
    "σ": "sigma",
    "Σ": "sigma",
    "φ": "phi",
    "ω": "omega",
    "Ω": "omega",
}


def _one_of(words: dict[str, str]) -> str:
    return "|".join(_escaped(word) for word in words)


def _escaped(word: str) -> str:
    return "".join(f"\\{c}" if c in "+.*/&" else c for c in word)


MARKS = (
    rule("spaces", f"[{_SPACES}]", " "),
    rule("unseen", "[\u200b\u2060\ufeff\u00ad]", ""),
    rule("minus signs", "[\u2212\ufe63\uff0d]", "-"),
    rule("hyphens", "[\u2010\u2011]", "-"),
    rule("figure dashes", "(?<=\\d)[\u2012\u2013\u2014](?=[\\d$£€])", "–"),
    rule("apostrophes", "(?<=\\w)\u2019(?=\\w)", "'"),
    rule("primes", "(?<=\\d)[\u2032\u2019](?=\\s?\\d)", "'"),
    rule("double primes", "(?<=\\d)[\u2033\u201d]", '"'),
    rule("subscripts", "[₀-₉]+", lambda m: m[0].translate(_SUBSCRIPTS)),
    rule("decimal commas", r"(?<![\d,.])(\d{1,3}),(?=\d{1,2}(?![\d,]))", r"\1."),
    rule("points", r"(?<![\w.])\.(?=\d)", "0."),
    rule("arrows", r"\s*(?:->|=>|→|⇒|➔)\s*", " to "),
    rule("spellings", rf"(?<!\w)(?:{_one_of(_SPELLINGS)})(?!\w)", lambda m: _SPELLINGS[m[0]]),
    rule("stage", r"\[[a-z][a-z ,']{1,40}\](?!\()", " "),
    rule(
        "stage in brackets",
        r"\((?:\w+ly )?(?:laugh|smil|sigh|chuckl|paus|nod|wink|giggl|grin|cough|gasp|whisper|"
        r"wav|shrug|frown|cheer|sing|clap|blush|sob)\w*(?: [a-z]+){0,3}\)",
        " ",
        re.IGNORECASE,
    ),
)

LAST_MARKS = (
    rule(
        "letters of Greece",
        f"(?<![Ͱ-Ͽ])[{''.join(_GREEK)}](?![Ͱ-Ͽ])",
        lambda m: f" {_GREEK[m[0]]} ",
    ),
    rule("two ends", r"(?<=\b[A-Z])\s?[-–]\s?(?=[A-Z]\b)", " to "),
    rule("either", r"(?<=[a-z])/(?=[a-z])", " or "),
    rule(
        "letters joined",
        r"\b([A-Z]{1,3})&([A-Z]{1,3})\b",
        lambda m: f"{' '.join(m[1])} and {' '.join(m[2])}",
    ),
    rule("ampersands", r"\s*&\s*", " and "),
    rule("at", r"\s*(?<![\w])@(?=\w)|\s+@\s+", " at "),
    rule("at least", r"\s*≥\s*", " at least "),
    rule("at most", r"\s*≤\s*", " at most "),
    rule("about", r"\s*≈\s*|(?<!\w)~(?=\w)", " about "),
    rule("unlike", r"\s*≠\s*", " is not "),
    rule("root", r"√\s*", " the square root of "),
    rule("endless", "∞", " infinity "),
    rule("plus or minus", r"\s*±\s*", " plus or minus "),
    rule("plus", r"(?<=\w) \+ (?=\w)", " plus "),
    rule("equals", r"(?<=\w)\s*=\s*(?=\w)", " equals "),
    rule("times", r"\s*[×·]\s*", " times "),
    rule("degrees", r"\s*°", " degrees"),
    rule("silent", r"[#_|\\^~<>{}=+*®©™†‡¶•◦▪■□●○★☆✓✔✗✘/]", " "),
)
