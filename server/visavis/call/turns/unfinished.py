"""Whether words can be the end of a turn, by their syntax: "What time" wants a verb, "I live in" a
place, "my number is 555" more digits. English; of other languages it says nothing.

What stands here only lengthens the silence that is waited for, so a wrong guess costs a moment and
never words. It is a table of word classes and of patterns over `plain` words.
"""

import re
from enum import IntEnum

from visavis.engines.chat.plain import plain


class Openness(IntEnum):
    """How much is missing."""

    CLOSED = 0
    """Nothing, as far as the words go."""
    PERHAPS = 1
    """It may stand alone, and often goes on: "I have to go"."""
    OPEN = 2
    """A sentence doesn't end so."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


_NEVER_LAST = _listed(
    "a an the my your our their its whose every and or but nor because although unless until "
    "whether whereas than if which um uh er erm uhm of into onto between among during toward "
    "towards upon despite except including very quite"
)
"""Articles, possessives, conjunctions, hesitations, and prepositions that nothing can precede."""
_PREPOSITIONS = _listed("to from with for at by without about like near against via per")
"""They end a question ("Where are you from?") and no statement."""
_BE = _listed("am is are was were be been being")
_AUXILIARY = _BE | _listed("will would shall should can could may might must do does did has had")
_WH = _listed("what which who whom whose how where when why")
_PRONOUNS = _listed("i you he she it we they this that these those there")
_DIGITS = _listed("zero oh one two three four five six seven eight nine double triple")
_QUICK_LAST = _listed(
    "please thanks you right too though then anyway okay ok sir madam maybe today tomorrow now "
    "again instead actually really well indeed sorry"
)
"""What stands behind a comma and is no part of a list."""

_SAY = _any(
    "think thinks thought thinking know knew say says said saying believe hope hoping heard mean "
    "meant wonder wondering guess suppose sure afraid glad told feel felt remember imagine"
)
_TRANSITIVE = _any(
    "need needs needed want wants wanted met meet bought buy saw found find got made make took "
    "take brought bring visited visit have had love loved like liked prefer wonder think thought "
    "guess mean said told asked put gave sent called hope believe suppose enjoy enjoyed"
)
_LEADS = _any(
    "yesterday today tomorrow then and but so because when if now well um uh once suddenly also "
    "maybe perhaps first later that day morning evening night week year summer winter last this "
    "the next one sometimes usually actually hello hi yes no okay please recently just"
)
_INFINITIVES = _any(
    "know ask say tell buy find get visit make take order book bring use become be have need talk "
    "learn"
)


_PATTERNS = {
    pattern: openness
    for openness, patterns in {
        Openness.OPEN: (
            # "What time", "which of your brothers": a question without a verb.
            r"(?:what|which|whose) (?!(?:else|now|then|about|if|for|next|happened|ever|a|ones?)\b)"
            r"\w+",
            r"(?:what|which) (?:kind|sort|type|part|one) of(?: \w+)?",
            r"how (?:many|much) \w+",
            # "Can you tell me"
            r"(?:.* )?(?:tell|show|give|ask|teach|bring|send|remind) (?:me|us|him|them)(?: about)?",
            r"(?:(?:and|so|then|hello|hi) )*(?:can|could|would|should|shall|may|might) "
            r"(?:i|you|we|they|he|she)(?: please)?",
            r"(?:.* )?(?:can|could|would|will) you (?:please )?(?:explain|describe|recommend"
            r"|suggest|find|show|play|read|bring|give|tell)",
            # "The password is blue": seven, two
            r"(?:.* )?(?:password|passcode|code|pin|combination) is(?: \w+)?",
            # "I would like to know"; not "what to say"
            rf"(?!.*\b(?:what|how|where|who|nothing|something|lot|much|way) (?:\w+ )?to \w+$).*"
            rf"\bto {_INFINITIVES}",
            # "I was thinking that"
            rf"(?:.* )?{_SAY}(?: me| you)? that",
            # "Yesterday I met"
            rf"(?:{_LEADS} )*(?:i|we|he|she|they|you)(?: (?:really|just|also|would|will|had|have"
            rf"|do not|did not|was|were|am))* {_TRANSITIVE}",
            r"(?:.* )?(?:is|am|are|was|were|been) (?:called|named|spelled|thinking|wondering|saying"
            r"|looking|asking)",
            r"(?:.* )?(?:live|lives|lived|living|interested|based|depends|born) (?:in|on)",
            # "There are three things"
            r"(?:.* )?(?:two|three|four|five|several|some|a few|these|following) "
            r"(?:things|reasons|questions|points|wishes|items|problems|ideas|names|words)",
            r"(?:.* )?(?:such as|for example|for instance|namely|as follows|kind of|sort of)",
        ),
        Openness.PERHAPS: (
            r"how (?:many|much|long|far|old|big|tall|often|fast|high|deep|late|soon)",
            # "I have to go": home, or to the doctor
            r"(?:.* )?(?:have|has|had|need|want|got|going|like|must|should|gotta|will|can|ought) "
            r"(?:to )?(?:really )?(?:be )?(?:go|going|leave|run|head|stop|come|start|try|see|hear)"
            r"(?: now| off| out| back)?",
            r"(?:.* )?i am (?:going|leaving|off)",
            r"(?:.* )?(?:is|are|am|was|were) (?:in|on)",
            r"(?:and |but )?(?:you know|i think|so|well)",
            r"(?:.* )?(?:i mean|let us see|let me see|let me think)",
            r"(?:.* )?my (?:e ?mail|address|street|name|number) (?:address )?is \w+",
        ),
    }.items()
    for pattern in patterns
}
_COMPILED = [(re.compile(pattern), openness) for pattern, openness in _PATTERNS.items()]
_COUNTED = re.compile(
    r"\b(?:two|three|four|five|several|some|a few|these|following) "
    r"(?:things|reasons|questions|points|wishes|items|problems|ideas|names|words)\b(?P<rest>.*)"
)
_LISTING = re.compile(
    r"\b(?:need|needs|want|buy|bought|like|get|got|bring|have|had|saw|are|is|visited|love|with|ate"
    r"|took|packed|know|tried|speak|speaks|play|plays|there is|there are)\b[^,]*(?:,[^,]+)*,"
    r" *(?P<last>[^,.?!]+)[.,]?$",
    re.IGNORECASE,
)
_DICTATED = re.compile(
    r"\b(?:call|number|code|phone|pin|zip|password|postcode|extension|reference|account|card|dial|serial"
    r"|spelled|spelt|spell|spelling|letters|initials|digits)\b"
)
_MAILED = re.compile(r"\b(?:e ?mail|mail|address) (?:address )?is (?P<rest>.+)$")
_MAIL_DONE = re.compile(r"(?:\.|\bdot )\s?[a-z]{2,4}\W*$", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_ENDED = re.compile(r"[.!?][\"')]*$")
_TRAILING = re.compile(r"(?:[,:;—–-]|\.\.\.|…)\s*$")

_WHOLE_NUMBER = 10
"""Digits of a telephone number that is whole."""
_DICTATED_WORDS = 4
"""An address that has more words behind its "is" isn't being spelled."""


_SCENE = re.compile(
    r"(?:so |well |okay |you know )*(?:(?:last|this) (?:spring|summer|autumn|fall|winter|year|"
    r"month|"
    r"week|weekend|night|\w+day)|yesterday|once|one (?:day|night|morning|evening)|the other day|"
    r"when i was|(?:a few |some |\w+ )?(?:years|months|weeks|days) ago|back in|"
    r"a long time ago|it all (?:began|started)|let me tell you)\b"
    r"(?=.* (?:i|we|my|our|he|she|they|it)\b)"
)
"""How stories begin."""


def _begins_a_story(text: str, words: list[str]) -> bool:
    """One sentence that sets a scene: who tells one tells another."""
    return _SCENE.match(" ".join(words)) is not None and len(_SENTENCES.split(text)) == 1


def openness(text: str) -> Openness:
    """What a turn's words so far, as a recogniser wrote them, still want."""
    stripped = text.strip()
    words = plain(stripped).split()
    if not words:
        return Openness.CLOSED
    if _TRAILING.search(stripped):
        return Openness.OPEN
    last = plain(_SENTENCES.split(stripped)[-1]).split() or words
    telling = Openness.PERHAPS if _begins_a_story(stripped, words) else Openness.CLOSED
    found = max(_by_class(last), _by_pattern(last), _by_kind(stripped, words, last), telling)
    if found is Openness.PERHAPS and not _ENDED.search(stripped):
        return Openness.OPEN  # its melody went on, too, as the recogniser heard it
    return found


def _by_class(words: list[str]) -> Openness:
    """The last word of a sentence, and what it may follow."""
    last, before = words[-1], words[:-1]
    if last in _NEVER_LAST:
        return Openness.OPEN
    asking = any(word in _WH for word in before)
    if last in _PREPOSITIONS:
        return Openness.CLOSED if asking or not before else Openness.OPEN
    if last in _AUXILIARY and before:
        return Openness.CLOSED if _answered(before) else Openness.OPEN
    return Openness.CLOSED


def _answered(before: list[str]) -> bool:
    """Whether an auxiliary may end what stands before it: "Yes, I do", "how tall it is"."""
    short = before[-1] in _PRONOUNS or before[-1] == "not"
    embedded = any(word in _WH or word in ("than", "as") for word in before[1:-1])
    return short or embedded


def _by_pattern(words: list[str]) -> Openness:
    sentence = " ".join(words)
    return max(
        (openness for pattern, openness in _COMPILED if pattern.fullmatch(sentence)),
        default=Openness.CLOSED,
    )


def _by_kind(text: str, words: list[str], last: list[str]) -> Openness:
    """Lists, numbers in groups, and what is spelled."""
    counted = _COUNTED.search(" ".join(words))
    if counted and not re.search(r"\band\b", counted["rest"]):
        return Openness.OPEN
    listing = _LISTING.search(_SENTENCES.split(text)[-1])
    if listing and _item(plain(listing["last"]).split()):
        return Openness.OPEN
    if _dictating(words):
        return Openness.OPEN
    mailed = _MAILED.search(" ".join(last))
    if mailed and len(mailed["rest"].split()) <= _DICTATED_WORDS and not _MAIL_DONE.search(text):
        return Openness.OPEN
    return Openness.CLOSED


def _item(words: list[str]) -> bool:
    """Another thing of a list to which more come."""
    return (
        0 < len(words) <= 3
        and words[0] not in ("and", "or", "but", "so")
        and "and" not in words
        and not {*words} & (_QUICK_LAST | _PRONOUNS)
    )


def _dictating(words: list[str]) -> bool:
    """Digits or letters that come one by one or in groups."""
    spoken = [word for word in words if word.isdigit() or word in _DIGITS or len(word) == 1]
    if not (words[-1].isdigit() or words[-1] in _DIGITS or len(words[-1]) == 1):
        return False
    digits = sum(len(word) if word.isdigit() else 1 for word in spoken)
    announced = _DICTATED.search(" ".join(words)) is not None
    return digits < _WHOLE_NUMBER and (announced or (len(spoken) > 2 and len(spoken) == len(words)))
