"""Words of questions and of sentences, as far as matching them needs: which carry meaning, and in
which form they are compared. English only; pure."""

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STOP_WORDS = (
    "a an the and or but if so of in on at to for from by with as is are was were be been being am "
    "do does did have has had can could may might must shall should will would i me my we us our "
    "you your he him his she her it its they them their this that these those there here what "
    "which who whom whose when where why how not no nor any some something anything someone "
    "anyone please tell about know much many more most also just only very too then than into up "
    "down out over again one ones today now say hello hi hey thanks thank well oh um uh yes okay "
    "let go going get got like want need long whole small little big good nice best kind kinds "
    "sort cup piece glass bit time times exactly actually really ever still yet way ways s t re "
    "ve ll d m don doesn isn aren didn can't don't doesn't isn't aren't i'm i'd i'll it's what's "
    "where's who's that's there's you're"
)
_STOP = frozenset(_STOP_WORDS.split())
"""Says nothing of what a sentence is about."""
_LIGHT = (
    "see take bring find make use come start begin happen offer give call look think believe show "
    "place thing day year people person right new old high tall warm hot cold large wide deep "
    "heavy late early ticket admission entry"
)
"""Counts where it is found, and is missed little where it isn't."""
_IRREGULAR = {
    "fed": "feed", "smelt": "smell", "built": "build", "bought": "buy", "kept": "keep",
    "made": "make", "held": "hold", "grew": "grow", "grown": "grow", "won": "win", "born": "bear",
    "brought": "bring", "began": "begin", "begun": "begin", "found": "find", "taught": "teach",
    "wrote": "write", "written": "write", "drew": "draw", "drawn": "draw", "spoke": "speak",
    "men": "man", "women": "woman", "leaves": "leaf", "mice": "mouse", "feet": "foot",
    "sung": "sing", "sang": "sing", "ate": "eat", "eaten": "eat", "left": "leave", "seen": "see",
    "given": "give", "gave": "give", "flew": "fly", "flown": "fly", "sank": "sink", "died": "die",
    "lay": "lie", "worn": "wear", "stolen": "steal", "stood": "stand", "went": "go",
}  # fmt: skip
_ALIKE = (
    "child kid toddler children youngster baby",
    "toilet restroom bathroom lavatory loo wc washroom",
    "buy sell sold purchase",
    "cost price pay charge fee admission ticket entry",
    "eat food meal lunch snack feed serve",
    "dog pet puppy",
    "bike bicycle cycle",
    "car parking park vehicle",
    "lift elevator",
    "flower bloom blossom",
    "founded established created founder",
    "autumn fall",
    "open opening close closing shut hour",
    "cafe café restaurant tearoom orangery canteen",
    "student pupil",
    "smell odour scent stink",
    "photo photograph picture camera",
    "poison poisonous toxic",
    "wheelchair disabled accessible barrier",
    "finished built completed constructed",
    "buried grave tomb",
    "healing medicinal",
    "free nothing charge",
    "forbid allow permit",
    "lesson class course workshop",
    "talk lecture speech",
    "tour walk",
)
_MONTHS = "january february march april may june july august september october november december"
MONTHS = _MONTHS.split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
WEEKDAYS = _WEEKDAYS.split()
_SEASONS = {
    "spring": ("march", "april", "may"),
    "summer": ("june", "july", "august"),
    "autumn": ("september", "october", "november"),
    "winter": ("december", "january", "february"),
}
_RANGE = re.compile(r"(\w+?)s? (?:to|till|until|through|and|–|-) (\w+)")


def words(text: str) -> list[str]:
    """The words of ``text`` in small letters, with plain apostrophes."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """What forms of a word have in common: "opens", "opening" and "opened" give "open"."""
    word = word.removesuffix("'s")
    word = _IRREGULAR.get(word, word)
    for ending, least, rest in (
        ("ies", 5, "y"), ("sses", 6, "ss"), ("shes", 6, "sh"), ("ches", 6, "ch"), ("xes", 5, "x"),
        ("ing", 6, ""), ("ied", 5, "y"), ("ed", 5, ""), ("s", 4, ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) >= least and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + rest
            if ending in ("ing", "ed") and len(word) > 3 and word[-1] == word[-2] not in "lsz":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 3 else word


_STEMS_LIGHT = frozenset(map(stem, _LIGHT.split()))
_GROUP = {
    stem(word): frozenset(map(stem, line.split())) for line in _ALIKE for word in line.split()
}


def content(text: str) -> list[str]:
    """The stems that say what ``text`` is about, in order, each once."""
    return list(dict.fromkeys(stem(word) for word in words(text) if word not in _STOP))


def light(stemmed: str) -> bool:
    """Whether the word says little by itself."""
    return stemmed in _STEMS_LIGHT


def alike(stemmed: str) -> frozenset[str]:
    """Stems that mean nearly the same here, itself among them."""
    return _GROUP.get(stemmed, frozenset()) | {stemmed}


def held(text: str) -> frozenset[str]:
    """The stems of ``text``, with the months and weekdays between two that it names."""
    return frozenset(content(text)) | {stem(word) for word in _between(text.lower())}


def _between(text: str) -> Iterator[str]:
    for first, last in _RANGE.findall(text):
        for names in (MONTHS, WEEKDAYS):
            if first in names and last in names:
                begin, count = names.index(first), len(names)
                steps = (names.index(last) - begin) % count
                yield from (names[(begin + n) % count] for n in range(steps + 1))
    for season, months in _SEASONS.items():
        if any(re.search(rf"\b{month}\b", text) for month in months if month != "may"):
            yield season
