"""What sounds like need and is none, as patterns over `normal` sentences.

`TRAPS` are figures of speech: they are taken out of a sentence before need is looked for in the
rest of it. The other patterns say of a whole sentence that it only speaks about something.
"""

import re

_KIN = r"(?:mum|mom|mother|mummy|dad|daddy|parents|boss|wife|teacher|coach|manager|editor|landlord)"
_FUN = (
    r"(?:laughter|laughing|boredom|embarrassment|shame|curiosity|heat|hunger|thirst|happiness|joy|"
    r"excitement|cuteness|cringe|anticipation|envy|old age|jealousy|jet lag|the heat|the cold|cold)"
)
_CARELESS = (
    r"(?:shaving|cooking|gardening|chopping|slicing|falling|fell|skiing|running|playing|laughing|"
    r"training|dancing|climbing|exercising|stretching|lifting|by accident|accidentally|at work|"
    r"at the gym|at football|at practice|at training|on (?:a|an|the|some|my|that) \w+|"
    r"with (?:a|the|my) (?:paper|can|tin)\b|(?:when|while|as) i (?:was|fell|tripped|slipped|cut|had))"
)
_SELF = r"(?:myself|yourself|himself|herself|themselves|ourselves)"

TRAPS = (
    # -- dying, and wanting to -------------------------------------------------------------
    rf"(?:die|dying|died|dead) (?:\w+ ){{0,3}}?(?:of|from|with) {_FUN}",
    r"(?:dying|die|died) (?:to (?!die\b)\w+|for (?:a|an|some|the|that|this|my|your|those|these|"
    r"chocolate|coffee|cake))",
    r"(?:embarrass\w*|ashamed|mortified|awkward|cringe\w*|bored|nervous)(?: \w+){0,4} die|to die for\b",
    r"(?:old habits|dreams|stars|batteries|plants?|flowers?|trees?|leaves|engines?) (?:never )?die",
    r"(?:phone|battery|laptop|car|plant|plants|computer|tablet|engine|flowers?|tree|character|"
    r"avatar|conversation|party|language|star|tamagotchi) (?:is |are |has |have |was )?"
    r"(?:\w+ )?(?:dying|died|dead)",
    r"(?:do|does|did|would|will) not want (?:to die|anyone to die|you to die)",
    r"never want(?:ed)? to die",
    r"(?:want|wanted|wish|ready) to die (?:\w+ )?(?:old|in peace one day|happy|at home|in my sleep"
    r"|laughing|rich|my hair)",
    r"live or die|do or die|die hard|never say die|(?:till|until) (?:the day )?i die|"
    r"die another day|cross my heart and hope to die|before i die\b",
    r"dead (?:tired|serious|sure|end|line|beat|easy|quiet|right|wrong|funny)|deadline",
    r"would rather (?:die|be dead) than (?!live|go on|stay|feel|keep|be alive|continue)\w+",
    r"bored to death|scared to death|tickled to death|starving to death|love \w+ to death|"
    r"worried to death|freezing to death in (?:here|this)",
    # -- killing, shooting, burning --------------------------------------------------------
    rf"(?:my |the |your )?{_KIN} (?:is going to|will|would|are going to|might) (?:kill|murder) (?:me|us)"
    r"|(?:is going to|will|would) (?:kill|murder) me (?:if|when|for|over|because i (?:forgot|lost))"
    r"(?: \w+){0,6}",
    r"(?:kill|killing|kills|killed|murder|die) (?:for|some|time|a few|an hour|two|half an|the mood|"
    r"the lights?|the engine|the process|the weeds?|it\b|the joke|a process|flies|mosquitoes)",
    r"(?:game|traffic|homework|work|job|back|feet|foot|head|tooth|teeth|knees?|shoes|heels|weather|"
    r"heat|suspense|boss|exam|song|music|noise|commute|diet|hay fever|neck|shoulders?|waiting|you|"
    r"this|that|it|legs?|curiosity) (?:is |are |has been )?(?:\w+ )?(?:killing|kills|killed) (?:me|us|"
    r"the cat)",
    rf"(?:kill|killing|killed|hurt|hurting) {_SELF} (?:laughing|with laughter|over|trying to (?:finish|"
    r"get|pass|win|fit)|at work|at the gym|in the gym|for (?:forgetting|not|missing|that|eating)|"
    r"to (?:finish|get|pass|win|please|meet|make))(?: \w+){0,4}",
    r"(?:could|going to|will|would|want to) (?:kill|murder|strangle|shoot|slap|choke) (?:him|her|them|"
    r"you|my|the|that|this|whoever|a|for)\b",
    rf"shoot(?:ing)? {_SELF} in the foot",
    r"shoot (?:me|us|him|her|them|you)? ?(?:an?|the|some) (?:\w+ )?(?:e ?mails?|messages?|texts?|line|"
    r"note|mail|photos?|question|look|film|video)",
    r"(?:shooting|shoot|shot) (?:a|an|the|some|for|at|of|stars?|hoops|pool|photos?|pictures?|film)\b"
    r"(?! gun| man| woman| people)",
    r"on fire (?:today|tonight|lately|with|right now|about|this)|(?:am|are|is|was|were|team|you|dj|"
    r"band|player) (?:absolutely |totally )?on fire(?: (?:today|tonight|lately))",
    r"(?:girl|sing|chariots?|catching|ring|world|we didnt start the|mountain|man|room|elf|saint|st|"
    r"hearts?|set the world) (?:is |of |on )?fire\b(?! (?:in|at)\b)",
    r"fires? (?:in|on|at) (?:the|our|my|a|an|your) (?:fire ?place|hearth|grill|stove|oven|pit|"
    r"barbecue|barbeque|bbq|chimney|garden fire|wood stove|fire pit|fire bowl|camp|camp ?site|"
    r"heart|belly|song|film|book|sky|distance|eyes|painting)",
    r"there (?:is|was) (?:no|not (?:a|an|any)) (?:\w+ )?(?:fire|smoke|accident|emergency|danger)",
    r"(?:camp|bon|cosy|cozy|open|log|wood|warm|nice|lovely|little|electric|crackling) ?fires?",
    r"(?:fire|smoke) (?:drill|alarm test|department|station|truck|engine|exit|extinguisher|escape|"
    r"works?|proof|wall|fly|place|man|men|fighters?|detector|signals?)(?! (?:is|are) (?:on fire|"
    r"going off|coming|ringing))",
    r"(?:calories|candle|bridges?|cd|incense|midnight oil|rubber|fat|wood|toast|ears|cheeks|eyes|"
    r"muscles|question|desire) (?:is |are )?burn(?:ing)?|burning (?:calories|question|desire|man|"
    r"candle|incense|the midnight|bridges|fat|wood|love|up the)",
    # -- hurting oneself without meaning to --------------------------------------------------
    rf"(?:cut|cutting|pour|poured|got|made|make|give|gave|treat) {_SELF} (?:off|out|some|a|an|another|"
    r"short|loose|free|down|in half|two|three)\b",
    rf"(?:cut|hurt|burn|burnt|burned|stab|stabbed|cutting|hurting|bit|scalded) {_SELF} "
    rf"(?:\w+ ){{0,2}}?{_CARELESS}",
    rf"(?:not|never|nobody is|without) (?:\w+ )?(?:to |going to |want to |wanting to |thinking (?:of|"
    rf"about) )?(?:kill|killing|hurt|hurting|harm|harming|cut|cutting|hang|shoot) {_SELF}",
    r"not (?:feeling )?(?:suicidal|an emergency|in danger|hurt|on fire)|career suicide|"
    r"political suicide|social suicide|commercial suicide|suicide squad|suicide doors?|"
    r"virtual suicide",
    r"(?:paper|hair|short|power|price|budget|tax|cold|clean|job|pay) cuts?",
    # -- being hit, followed, touched --------------------------------------------------------
    r"(?:it|this|that|song|smell|thought|truth|sun|light|news|reality|idea|grief|heat|realisation|"
    r"realization|line|music|wave|cold|tiredness|hunger|jet lag|bill|inflation) (?:\w+ )?"
    r"(?:hits?|hit|hurts?|beats?|touches|kicks|strikes|slaps|stabs) (?:me|us|you)",
    r"(?:hit|hits) (?:me|us) (?:up|back|with (?:a|an|your|the|it|that)|that|like|hard)",
    r"(?:beats?|beat|beaten|beating|kicks?|kicked|hammers?|crushed?|destroyed|smashed) (?:me|us|him|"
    r"her|them|you) (?:\w+ )?(?:at|in|on|by|to|hands down)\b(?! (?:home|night|bed|the face|the head|"
    r"the stomach|front))",
    r"^beats me|beats me (?:why|how|what|who)|touch(?:es|ed) (?:me|us) (?:deeply|so much|very)",
    r"(?:attack|attacked|attacking|killed|killing|hunting|chasing|chase|shot|stabbed|beaten|hit|"
    r"robbed|mugged) (?:\w+ ){0,2}?(?:in|on|by|at|from|with) (?:\w+ ){0,2}?(?:game|level|minecraft|"
    r"fortnite|gta|chess|boss|zombies?|dragon|monsters?|goblins?|npc|mosquito(?:e?s)?|bugs?|midges|"
    r"hunger|nostalgia|guilt|tickles|multiplayer|computer game|video game|cute\w*)",
    r"follow(?:ed|s|ing)? (?:me|us) (?:back|on (?:instagram|twitter|tiktok|facebook|youtube|social|"
    r"insta))|(?:song|dog|cat|puppy|duck|thought|luck|cloud|melody|tune) (?:\w+ )?follow(?:s|ing|ed)?",
    r"are you (?:\w+ )?(?:following|chasing|stalking|hunting|robbing|threatening) (?:me|us)",
    r"break(?:ing)? in (?:\w+ )?(?:new|my|the|these|some|those) (?:shoes|boots|car|bat|jeans|horse|"
    r"glove)",
    r"(?:\w+ )?(?:news|voice|wifi|line|connection|you are|you) (?:is |are )?breaking (?:in|up)",
    # -- bodies ------------------------------------------------------------------------------
    rf"(?:can not|could not) breathe (?:\w+ )?(?:for|from|with|because of|of|i am) (?:\w+ )?(?:{_FUN}|"
    r"laugh\w*|excited|cold|pollen|hay fever)|(?:laugh\w*|giggl\w*)(?: \w+){0,5} (?:can|could) not breathe",
    r"can not breathe without (?:you|him|her|music)|(?:can not|could not) breathe through my nose|"
    r"(?:skin|fabric|shoes|jacket|dough|wine|feet|plants?|walls?|clothes|house|roots) "
    r"(?:can not|is not|are not) breath\w+",
    r"chok(?:ed|ing) (?:up|back|with (?:laughter|emotion)|on (?:my words|laughter|the exam|his "
    r"words))|chok(?:e|ed|ing) (?:in|under) (?:the|pressure)|artichok\w*",
    r"(?:drown|drowning|drowned) (?:myself )?(?:in|under|out) (?:\w+ )?(?:work|e ?mails?|paperwork|"
    r"debts?|homework|love|tears|meetings|sorrow|sorrows|chocolate|laundry|self pity|tasks|the "
    r"noise|messages|sauce|syrup)",
    r"(?:heart attack|a stroke|seizure|fit) (?:\w+ )?(?:when|if|from (?:that|the) (?:film|movie|jump|"
    r"joke|surprise|price)|laughing|seeing the (?:bill|price)|on a plate|burger|of (?:luck|genius|"
    r"laughter|midnight|pen|brush))|(?:nearly|almost|about) (?:gave|had|given|having|to have) (?:me )?"
    r"(?:a|an) (?:heart attack|stroke|fit)|gave me a heart attack|panic attack of laughter|"
    r"(?:breast|butterfly|back|brush|key|lucky) stroke",
    r"(?:heart|nose|gums?|colou?rs?|ink|pen|edge|money|dye|red|wallet|eyes|ears) (?:is |are )?"
    r"bleeding(?: (?:into|out of|for (?:him|her|them|you|the)|cash|a (?:little|bit)|into))?",
    r"(?:overdos\w+|od) (?:on|of) (?:\w+ )?(?:chocolate|cake|sugar|coffee|caffeine|tv|television|"
    r"series|sweets|candy|christmas|cuteness|garlic|cheese|news|vitamin d jokes|football)",
    r"(?:pass(?:ed|ing)? out|fainted|collapsed?|collapsing) (?:\w+ )?(?:on the (?:sofa|couch|bed)|"
    r"in bed|after (?:work|the party|dinner)|from (?:laughing|boredom)|the (?:flyers|papers|leaflets)"
    r"|into (?:bed|laughter)|at the sight of the bill)",
    # -- calling for help that isn't ---------------------------------------------------------
    r"(?:do not|no need to|never|did not|without|whether to|should we have) (?:need to )?call\w* "
    r"(?:an? |the )?(?:ambulance|police|doctor|fire brigade|911|999|112)",
    r"(?:police|ambulance|doctor|fire brigade) (?:is |was )?(?:a |the )?(?:band|song|car|station|"
    r"officer|series|siren|driver|drama|museum|badge|uniform|who|appointment|s)\b",
    r"(?:doctor|medic) (?:appointment|who|strange|s (?:note|appointment))",
    r"help me (?:with|to|find|understand|choose|write|learn|remember|decide|out with|plan|cook|"
    r"practi[sc]e|figure|translate|spell|make|do|pick|solve|fix|sleep better|set)\b",
)  # fmt: skip

_WORK = (
    r"(?:songs?|films?|movies?|books?|novels?|poems?|plays?|series|shows?|episodes?|games?|lyrics|"
    r"chapters?|characters?|stor(?:y|ies)|band|album|titles?|words?|phrases?|jokes?|sketch|operas?|"
    r"musicals?|documentar(?:y|ies)|scenes?|quotes?|line|lines|painting|article|headline|essay|"
    r"podcast|news|legend|myth|fairy tale|dream|nightmare|dreamt|dreamed)"
)
TOLD = re.compile(
    rf"\b(?:(?:in|from|about|of|called|named|titled|is|was|for|on|into|wrote|writing|reading|write|"
    rf"sing|singing|watching|sings|had|playing|play) "
    rf"(?:\w+ )?(?:\w+ )?(?:\w+ )?{_WORK}\b"
    rf"|^(?:\w+ ){{0,4}}{_WORK} (?:\w+ )?(?:called|named|titled|says?|goes|about|where|in which|"
    r"that (?:says|goes))"
    r"|(?:is|was) (?:a|an|the|my favou?rite) (?:\w+ )?(?:song|film|movie|book|novel|band|album|"
    r"saying|idiom|expression|joke|quote|game)"
    r"|(?:how do you|how would you|can you) (?:say|spell|translate|pronounce)|what does (?:\w+ ){1,6}"
    r"mean|(?:in|into) (?:french|german|spanish|italian|polish|latin|dutch|swedish|chinese)$"
    r"|just kidding|only joking|as a joke|figure of speech|romeo|juliet|hamlet|mozart|van gogh|"
    r"sherlock|cleopatra|socrates|hitler)"
)  # fmt: skip
"""Somebody else's words, or a made-up person's."""
ABOUT = re.compile(
    r"^(?:(?:so|and|but|okay|well|hey|hi|hello|iris|tell me|do you know|can you tell me|could you "
    r"tell me|i wonder|i was wondering) )*(?:what|which|who|whose|when|why|how|where|did|does|do|"
    r"can(?! (?:you|somebody|someone) (?:\w+ )?(?:call|get|send|help))|have you|has|was|were|"
    r"is (?:it|there an?(?! doctor| nurse| medic)|a|an|the|this|\w+ing)|are there|explain|define|"
    r"describe|"
    r"people|some people|many people|most people|every year)\b"
)
"""A question of knowledge, or a general remark."""
OWN = re.compile(r"\b(?:i|me|my|myself|we|us|our)\b")
"""The speaker is in it."""
NOW = re.compile(
    r"\b(?:right now|just now|help us|help me|help (?:him|her|them)|at this moment|hurry|quick|"
    r"quickly|what (?:do|should|can) (?:i|we) do|"
    r"(?:point|sense) (?:of|in) (?:living|life|being alive|going on)|way to (?:die|kill))\b(?! if\b)"
)
"""It happens while it is said."""
FORMER = re.compile(
    r"\b(?:in (?:1[5-9]|20)\d\d|(?:\w+ )?(?:years?|months?|weeks?|decades?|centuries|ages) ago|"
    r"last (?:year|month|week|century|summer|winter|spring|autumn|christmas)|"
    r"(?:when|while) (?:\w+ ){1,3}(?:was|were) (?:a |an |\d|young|little|small|in|at school)|used to|"
    r"back (?:then|in)|in my (?:youth|childhood)|once (?:had|saw|was)|long ago|in the war|history|"
    r"as a child|the other (?:day|week|year)|had (?:a|an|his|her|two|three) (?:\w+ )?(?:heart attack|"
    r"stroke|seizure|accident)(?! (?:just|now|here|help)))\b"
)
IMAGINED = re.compile(
    r"\b(?:if|in case|imagine|suppose|supposing|what happens when|pretend|might (?:one day|some day)|"
    r"could (?:one day|some day)|afraid of|fear of|scared of|worried about|avoid|prevent|prevents|"
    r"risk of|symptoms?|signs of|first aid (?:course|class|for)|insurance|training|lesson|course)\b"
)
