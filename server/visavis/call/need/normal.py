"""A caller's words as the tables of `phrases` see them: sentences of plain words.

What people type and what a recogniser writes differ in apostrophes, spelling and marks; a need is
recognised all the same.
"""

import re

_SENTENCES = re.compile(r"[.!?;:\n…]+")
_NOT_WORDS = re.compile(r"[^a-z0-9' ]+")
_SPACES = re.compile(r"\s+")
_POSSIBLY_IS = re.compile(r"(?<=\w)'s\b")

_WRITTEN_OUT = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "let's": "let us",
    "i'm": "i am",
    "n't": " not",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
}
_WORDS = {
    **{"im": "i am", "ive": "i have", "iam": "i am", "id": "i would", "u": "you", "ur": "your"},
    **{"hes": "he is", "shes": "she is", "its": "it is", "theyre": "they are"},
    **{"theres": "there is", "whats": "what is", "someones": "someone is"},
    **{"somebodys": "somebody is", "dads": "dad is", "mums": "mum is", "moms": "mom is"},
    **{"dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not"},
    **{"arent": "are not", "wasnt": "was not", "cant": "can not", "couldnt": "could not"},
    **{"wouldnt": "would not", "wont": "will not", "havent": "have not", "hasnt": "has not"},
    **{"wanna": "want to", "gonna": "going to", "gotta": "got to", "tryna": "trying to"},
    **{"anymore": "any more", "noone": "nobody", "ambulence": "ambulance", "amublance": "ambulance"},
    **{"suiside": "suicide", "sucide": "suicide", "suicde": "suicide", "sucidal": "suicidal"},
    **{"suisidal": "suicidal", "suicidial": "suicidal", "kil": "kill", "killin": "killing"},
    **{"mysef": "myself", "myslef": "myself", "meself": "myself", "mself": "myself"},
    **{"unconcious": "unconscious", "unconsious": "unconscious", "uncounscious": "unconscious"},
    **{"breathin": "breathing", "breething": "breathing", "brething": "breathing"},
    **{"chocking": "choking", "chokeing": "choking", "bleding": "bleeding", "siezure": "seizure"},
    **{"overdosd": "overdosed", "overdosis": "overdose", "od'd": "overdosed", "oded": "overdosed"},
    **{"hart": "heart", "atack": "attack", "emergancy": "emergency", "emergeny": "emergency"},
    **{"abusd": "abused", "strangeling": "strangling", "fier": "fire", "smel": "smell"},
    **{"dieing": "dying", "disapear": "disappear", "dissapear": "disappear"},
}
"""What is typed in haste, or heard with an accent: as it is meant."""
_PHRASES = (
    (re.compile(r"\bmy self\b"), "myself"),
    (re.compile(r"\b(no|some|every) (one|body)\b"), r"\1\2"),
    (re.compile(r"\bnoone\b"), "nobody"),
    (re.compile(r"\bill(?= (?:kill|hurt|end|cut|hang|shoot|jump)\b)"), "i will"),
    (re.compile(r"\bis (been|got|had)\b"), r"has \1"),
    # A recogniser hears "die" and writes what sounds so.
    (re.compile(r"\b(want|wish|rather|ready|going) to dye$"), r"\1 to die"),
    (re.compile(r"\b(?:can not|could not|could hardly|can hardly|can barely) breath\b"),
     "can not breathe"),
    (re.compile(r"\b(?:can|could) (?:hardly|barely|scarcely) breathe\b"), "can not breathe"),
)  # fmt: skip
_HESITATION = re.compile(
    r"\b(?:um+|uh+|er+m?|ah|hmm+|like(?= (?:totally|really|literally))|please|just|really|"
    r"honestly|literally|actually|simply|even|kinda|kind of|sort of|so fucking|fucking|fuckin|"
    r"freaking|bloody|god|oh)\b"
)
"""Says nothing of what is needed, and stands anywhere."""


def sentences(text: str) -> list[str]:
    """Each sentence of ``text`` in lower-case words with single spaces: contractions written out,
    usual misspellings mended, words that add nothing left out.

    "I just cant go on..." gives ["i can not go on"].
    """
    lowered = text.lower().replace("’", "'").replace("‘", "'").replace("`", "'")
    return [words for part in _SENTENCES.split(lowered) if (words := _plain(part))]


def _plain(sentence: str) -> str:
    words = _NOT_WORDS.sub(" ", sentence)
    words = " ".join(_WORDS.get(word, word) for word in words.split())
    for short, long in _WRITTEN_OUT.items():
        words = words.replace(short, long)
    words = _POSSIBLY_IS.sub(" is", words).replace("'", "")
    words = _SPACES.sub(" ", _HESITATION.sub(" ", words)).strip()
    for said, meant in _PHRASES:
        words = said.sub(meant, words)
    return words
