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
    "abusd": "abused",
    "ambulence": "ambulance",
    "amublance": "ambulance",
    "anymore": "any more",
    "arent": "are not",
    "atack": "attack",
    "bleding": "bleeding",
    "breathin": "breathing",
    "breething": "breathing",
    "brething": "breathing",
    "cant": "can not",
    "chocking": "choking",
    "chokeing": "choking",
    "couldnt": "could not",
    "dads": "dad is",
    "didnt": "did not",
    "dieing": "dying",
    "disapear": "disappear",
    "dissapear": "disappear",
    "doesnt": "does not",
    "dont": "do not",
    "emergancy": "emergency",
    "emergeny": "emergency",
    "fier": "fire",
    "gonna": "going to",
    "gotta": "got to",
    "hart": "heart",
    "hasnt": "has not",
    "havent": "have not",
    "hes": "he is",
    "iam": "i am",
    "id": "i would",
    "im": "i am",
    "isnt": "is not",
    "its": "it is",
    "ive": "i have",
    "kil": "kill",
    "killin": "killing",
    "meself": "myself",
    "moms": "mom is",
    "mself": "myself",
    "mums": "mum is",
    "mysef": "myself",
    "myslef": "myself",
    "noone": "nobody",
    "od'd": "overdosed",
    "oded": "overdosed",
    "overdosd": "overdosed",
    "overdosis": "overdose",
    "shes": "she is",
    "siezure": "seizure",
    "smel": "smell",
    "somebodys": "somebody is",
    "someones": "someone is",
    "strangeling": "strangling",
    "sucidal": "suicidal",
    "sucide": "suicide",
    "suicde": "suicide",
    "suicidial": "suicidal",
    "suisidal": "suicidal",
    "suiside": "suicide",
    "theres": "there is",
    "theyre": "they are",
    "tryna": "trying to",
    "u": "you",
    "unconcious": "unconscious",
    "unconsious": "unconscious",
    "uncounscious": "unconscious",
    "ur": "your",
    "wanna": "want to",
    "wasnt": "was not",
    "whats": "what is",
    "wont": "will not",
    "wouldnt": "would not",
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
    r"\b(?:um+|uh+|er+m?|ah|hmm+|like(?= (?:totally|really|literally))|please|just(?! had)|really|"
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
