"""What tells that somebody needs help, by kind, as patterns over `normal` sentences.

Each is a regular expression of words; what stands between them is bounded, so that none takes long.
"""

_KIN = (
    r"(?:man|woman|guy|boy|girl|baby|toddler|child|kid|kids|children|son|daughter|mum|mom|mummy|"
    r"mother|dad|daddy|father|husband|wife|partner|boyfriend|girlfriend|friend|mate|brother|sister|"
    r"grandma|grandmother|granny|grandpa|grandad|grandfather|nan|uncle|aunt|auntie|cousin|"
    r"neighbou?r|colleague|coworker|boss|teacher|coach|student|patient|customer|visitor|guest|lady|"
    r"gentleman|person|flatmate|roommate|ex|stepfather|stepdad|stepmother|stepmum|family|fianc\w+|"
    r"carer|people|stranger|bloke|classmate)"
)
_DET = r"(?:my|our|the|a|an|his|her|their|this|that|some|another|one)"
_SOMEBODY = (
    rf"(?:he|she|they|someone|somebody|everyone|mum|mom|mummy|mommy|dad|daddy|grandma|"
    rf"grandpa|granny|nan|{_DET} (?:(?!(?:is|has|was)\b)\w+ ){{0,2}}?{_KIN})"
)
_IS = r"(?:is|are|has been|have been|keeps|keep|has|have)"
_SELF = r"(?:myself|himself|herself|themselves|themself)"
_MEANS = (
    r"(?:want\w*|going|need\w*|feel\w*(?: like)?|think\w*|thought\w*|plan\w*|might|could|started|keep|"
    r"kept|urges?|tr(?:y|ied|ying)|about|desire|wish\w*|will|would(?: like)?|afraid|sometimes|often|"
    r"been|again|thinks|considering|tempted|ready|decided|threaten\w*)"
)
_BY = r"(?:\w+ ){0,5}?"
_ANY_MORE = r"(?:any ?more|any longer|on this (?:earth|planet)|in this world|at all)"
_GONE = (
    r"(?:(?:was|were|am|is) (?:\w+ )?(?:gone|dead|not (?:here|around|there|alive))|died|disappeared|"
    r"vanished|killed|did not (?:exist|wake up)|never (?:existed|been born|woke up)|had never been "
    r"born|ended)"
)
_PERHAPS = r"(?:i (?:think|guess|feel|know|believe|fear) (?:that )?)?"

_SELF_HARM = (
    # -- to die, to be dead ----------------------------------------------------------------
    r"(?:want\w*|wish\w*|hop(?:e|ing)|ready|prefer|need|like|rather|longing|going off|long) "
    r"(?:\w+ )?to (?:\w+ )?die",
    r"feel(?:ing)? like (?:dying|i want to die)|(?:rather|wish i could|let me|want) die$|i would rather (?:be dead|die)",
    r"(?:wish|wishing|if only|hope) (?:that )?i (?:was|were|am|would be) (?:\w+ )?dead",
    r"wish i (?:had never been|would never been|had not been|was never|were never|was not|were not) (?:born|alive|here)",
    r"wish i (?:did not|could not) exist|(?:want|going|ready|like) to be dead|i should be dead",
    r"(?:better|easier|happier) off (?:\w+ )?(?:dead|without me)",
    rf"(?:better|easier|happier|relieved|glad)(?: place| off)? (?:\w+ )?"
    rf"(?:without me|if (?:only )?i (?:\w+ )?{_GONE})",
    r"(?:hope|wish|want|pray|hoping|praying) (?:\w+ ){0,3}?(?:not|never|do not|did not|would not|"
    r"will not|could not) (?:\w+ )?(?:wake|woken) up",
    r"(?:sleep|fall asleep) (?:and )?(?:not|never|forever)(?: (?:wake|waking|get|have to wake) up)?",
    r"(?:want|wish|hope|like) (?:\w+ ){0,3}?(?:to )?(?:sleep|disappear|vanish|be gone|go away|not exist)"
    r" (?:for ?ever|for good|completely|from (?:this|the) (?:world|earth))",
    r"(?:want|like|wish i could|wish i would) (?:to )?(?:disappear|vanish|stop existing|not exist|"
    r"cease to exist)$|want to not (?:exist|be alive|be here)",
    r"what if i (?:\w+ )?(?:ended it|was dead|were dead|was gone|were gone|killed|died)(?! (?:my|your|the)\b)|"
    r"(?:not sure|do not know) (?:if|whether|that) i (?:\w+ )?want to (?:live|be alive|go on|wake up)$|"
    r"nothing left for me(?: here| in (?:this|the) world)?",
    # -- not to live ---------------------------------------------------------------------
    r"(?:not|no longer|never) (?:\w+ )?(?:want|wish|care|deserve|fit|need|wanting) (?:\w+ )?(?:to "
    r"(?:live|be alive|exist|wake up|carry on|go on living|keep living|keep going|stay alive)|"
    r"my life)(?! (?:in|at|near|with|next|together|without (?:you|him|her))\b)",
    rf"(?:not|no longer) (?:\w+ )?want to (?:be (?:here|around|in this world|on this earth)|go on|live "
    rf"here|do this|do life|be me) ?{_ANY_MORE}",
    r"(?:no longer|do not) want to (?:be (?:on this earth|in this world|here on earth)|go on)$",
    r"no longer want to be here",
    r"(?:can not|could not|do not know how to|unable to|not able to|do not know how long i can) "
    r"(?:go on|carry on|keep going|cope|live)"
    r"(?: (?:any ?more|any longer|living|like this|with (?:this|the) pain))*$",
    r"(?:can not|could not) (?:take|bear|stand|do|handle|face|endure) (?:it|this|life|my life|living|the"
    r" pain|another day|being alive)(?: any ?more| any longer| at all)*$",
    r"(?:can not|do not want to) live like this|can not live with myself|can not face (?:another day|"
    r"life|tomorrow)",
    r"(?:no|not any|not a|see no|not see (?:the|any|a|much)|without any|any) (?:\w+ )?(?:reason|point|sense|use|purpose) (?:\w+ )?"
    r"(?:to|in|for|of) (?:me to )?(?:(?:keep |keeping )?(?:live|living|be alive|being alive)"
    r"(?! (?:in|at|here|near|with)\b)|(?:go|going|carry|carrying) on|life|exist|existing|"
    r"wake up|waking up|get up any ?more|keep going|(?:being|be) here)",
    r"(?:nothing|not anything|not much|little) (?:\w+ )?(?:to live|worth living|to keep me alive) ?(?:for)?",
    r"what is the point (?:of|in) (?:living|life|being alive|going on|existing|anything any ?more)"
    r"(?! (?:in|at|near)\b)|why (?:should|do) i (?:go on|keep|carry on|bother) (?:living|being alive|"
    r"existing|to live)",
    r"life (?:is|feels|seems)?(?: \w+)? ?(?:not|is not|no longer) (?:\w+ )?worth (?:living|it)",
    r"(?:tired|sick|weary|exhausted) of (?:being alive|existing|life|living)"
    r"(?! (?:in|with|here|at|alone|out|together|on)\b)",
    r"(?:done|finished|through|had enough) (?:with|of) (?:life|living|being alive|this life|my life)",
    r"want (?:it|everything|it all|life|the pain|this pain|all of it|all this|my life) to "
    r"(?:\w+ )?(?:end|stop|be over)$|make it all stop|"
    r"want (?:it|everything) all to (?:end|stop|be over)",
    # -- to end it ------------------------------------------------------------------------
    r"end(?:ing|ed)? (?:it all|my life|my own life|his life|her life|their life|his own life|her own"
    r" life|my existence|my suffering|my pain|everything for good|it for good|it tonight|it once and"
    r" for all)(?! (?:in|with) (?:style|a))",
    r"(?:going|want\w*|might|will|would|think\w*|plan\w*|tried|try|trying|could|consider\w*|ready|about) "
    rf"{_BY}(?:take|taking) (?:my|his|her|their) (?:own )?life(?! (?:to|in|into|back|seriously|easy)\b)",
    r"not (?:be|going to be|want to be) (?:here|around|alive) (?:\w+ )?(?:tomorrow|next week|much "
    r"longer|by (?:morning|tomorrow))(?! (?:as|because|so|since|but)\b)",
    rf"(?:kill|killing|hang|hanging|shoot|shooting|drown|drowning|unalive|unaliving|poison|poisoning|"
    rf"gas|suffocate|strangle|electrocute|off|offing) {_SELF}",
    rf"{_MEANS} {_BY}(?:hurt|hurting|harm|harming|cut|cutting|burn|burning|stab|stabbing|starve|"
    rf"starving|injure|injuring|punish|punishing|hitting|hit|scratch|scratching|biting) {_SELF}",
    rf"(?:harm|harming|harmed|hurting|cutting|hurts|harms|cuts|burning) {_SELF}",
    r"i (?:have |have been )?(?:cut|hurt|burn|burned|burnt) myself"
    r"(?: (?:again|sometimes|on purpose|often|at night|because|to (?:feel|cope|punish|calm)|every|when|"
    r"deliberately|a lot|last night|today|so that)(?: \w+){0,8})?$",
    r"(?:i|she|he|they|friend|daughter|son|sister|brother) (?:\w+ ){0,3}?self[ -]?harm\w*|"
    r"(?:urge|urges|thoughts?|want\w*|going|thinking) (?:\w+ ){0,2}?self[ -]?harm\w*",
    r"(?:slit|slitting|cut|cutting|open) (?:my|her|his) (?:wrists?|throat|veins|arms)|"
    r"(?:gun|knife|blade|pistol) (?:to|against|at) my (?:own )?(?:head|throat|wrists?|temple)",
    r"blow (?:my|his|her) (?:brains|head) (?:out|off)|put a bullet (?:in|through) my",
    r"(?:rope|noose) (?:around|round) (?:my|his|her) neck|tied (?:a|the) noose",
    r"kms|want to kms",
    # -- suicide --------------------------------------------------------------------------
    r"(?:am|feel|feeling|is|was|been|being|got|get|so|friend|son|daughter) (?:\w+ ){0,2}?suicidal",
    r"suicidal (?:thoughts?|feelings|ideation|urges|again)|thoughts? (?:of|about) (?:suicide|death|dying|"
    r"killing|ending)",
    rf"{_MEANS} {_BY}(?:commit(?:ting)? )?suicide|commit(?:ting)? suicide (?:tonight|today|tomorrow|now)",
    r"(?:written|writing|wrote|write|left|leave|found) (?:\w+ ){0,2}?suicide (?:note|letter)",
    # -- by what, and how -----------------------------------------------------------------
    r"(?:jump|jumping|throw(?:ing)? (?:myself|himself|herself)|step(?:ping)?|walk(?:ing)?|drive|driving) "
    r"(?:off|from|in front of|under|into|out of|over|onto) (?:the |a |an |this |that |my )?(?:\w+ )?"
    r"(?:bridge|roof|building|balcony|cliff|train|bus|traffic|car|lorry|truck|window|tracks|rails|tower"
    r"|ledge|platform|tree|wall)(?! (?:game|stop|station|park|bungee))(?= |$)(?<!\bbungee)",
    r"standing on (?:a|the) (?:\w+ )?(?:ledge|railing|window ?sill|tracks|(?:bridge|roof|edge|balcony|platform|"
    r"cliff) (?:\w+ ){0,5}?(?:jump|end|die|let go|over))",
    rf"{_MEANS} {_BY}(?:overdose|overdosing|(?:take|taking|swallow|swallowing) (?:all|a whole|the whole"
    r"|a bottle|a handful|every)(?: \w+){0,4}? (?:pills?|tablets|medication|medicine|paracetamol|"
    r"bottle of pills))",
    r"(?:have|got) (?:the|my|all the|enough) (?:pills|tablets|rope|gun|knife|blade|razor) "
    r"(?:\w+ )?(?:here|ready|in my hand|in front|beside|next|to (?:die|do it|end|kill))",
    r"(?:painless|easiest|easy|quickest|best|least painful|peaceful) (?:\w+ )?way (?:for me )?to "
    r"(?:die|go to sleep forever|end my|kill (?:my|your)self)",
    r"how many (?:\w+ ){0,2}?(?:pills|tablets|paracetamol|sleeping pills|painkillers)(?: \w+){0,6}? "
    r"(?:die|kill|fatal|lethal|overdose)|(?:lethal|fatal|deadly) dose of \w+",
    # -- not to matter --------------------------------------------------------------------
    rf"(?:nobody|none|not anyone|anyone|anybody|they|no person|who) (?:\w+ )?(?:would|will|is going to)"
    rf" (?:\w+ )?(?:miss me|(?:\w+ ){{0,2}}?(?:care|notice|mind|cry|miss)(?: \w+){{0,2}}? (?:if|when) i "
    rf"(?:\w+ )?{_GONE})",
    r"(?:nobody|not anyone) (?:would|will) (?:\w+ )?(?:miss me|care if i (?:live|die)|notice if i die)",
    rf"(?:would|does) (?:anyone|anybody|it) (?:\w+ )?(?:miss me|(?:care|notice|matter|mind)(?: \w+){{0,2}}?"
    rf" if i (?:\w+ )?{_GONE})",
    r"(?:am|being|become|feel like|only|nothing but) (?:\w+ ){0,2}?(?:a |such a )burden"
    r"(?: (?:to|on|for) (?:\w+ ?){1,3})?$",
    r"i (?:\w+ )?hate (?:myself|my life|being alive|living)(?: (?:so much|and i|and my life|too|every"
    r")(?: \w+){0,5})?$",
    r"i (?:am|feel) (?:\w+ )?worthless(?: and \w+)?$|i feel (?:\w+ )?(?:hopeless|empty inside)$|"
    r"i do not deserve to (?:live|be alive|exist)",
    r"i (?:see no|have no|can not see any|do not see any|lost all|have lost all) (?:way out|hope|future)"
    r"(?: (?:any ?more|left|for me|at all))*$|there is no (?:hope|way out|future) (?:for me|left|any ?more)|"
    r"(?:feel like|feels like|see that) there is no (?:hope|way out|future|point)(?: left| for me)?$",
)
_ABUSE_OBJECT = (
    r"(?:me|us|(?:my|our|her|his|the) (?:\w+ )?(?:mum|mom|mother|sister|brother|kids?|"
    r"children|child|baby|son|daughter|wife|grandmother|grandma|dad))"
)
_ABUSE = (
    rf"{_SOMEBODY} (?:\w+ ){{0,3}}?(?:hits?|beats?|beat|slaps?|slapped|punche[sd]|punch|kicks?|kicked|"
    rf"hurts?|abuses?|abused|rapes?|raped|molests?|molested|chokes?|choked|strangles?|strangled|"
    rf"assaults?|assaulted|threatens?|threatened|touches|whips?|whipped|burns?|burned|tortures?|bullies|"
    rf"bully|terrori[sz]es?|hitting|beating|slapping|punching|kicking|hurting|abusing|raping|molesting|"
    rf"choking|strangling|assaulting|threatening|bullying|torturing|stalks?|stalking|stalked|grope[sd]|"
    rf"groping|pushe[sd]|shove[sd]|spits? (?:on|at)) {_ABUSE_OBJECT}",
    r"(?:i|we) (?:am|was|were|are|got|get|have been|am being|was being|keep getting|have just been) "
    r"(?:\w+ ){0,3}?(?:raped|beaten(?: up)?|abused|molested|sexually assaulted|assaulted|hit by "
    rf"{_DET} {_KIN}|groped|stalked|trafficked|tortured|bullied|mistreated|harassed|blackmailed|"
    r"threatened|attacked|strangled)",
    rf"(?:abusive|violent) (?:\w+ )?(?:husband|wife|partner|boyfriend|girlfriend|relationship|man|woman|father|"
    r"mother|home|marriage|stepfather|family|ex|parents|dad|mum|mom)|"
    rf"{_SOMEBODY} (?:is|gets|becomes|turns) (?:\w+ )?(?:violent|abusive)"
    r"(?: (?:with|towards?|to) (?:me|us|\w+ \w+))?",
    rf"(?:afraid|scared|frightened|terrified) (?:of (?:my (?:\w+ )?(?:husband|partner|boyfriend|wife|"
    r"girlfriend|father|dad|mother|mum|mom|stepfather|stepdad|uncle|brother|ex|parents)|what (?:he|she|"
    r"they) (?:will|might|would)|going home|being at home)|to (?:go|be|come) home|(?:that )?(?:he|she|"
    r"they) (?:will|would|might|is going to|are going to|could) (?:\w+ )?(?:hurt|hit|kill|beat|find|"
    r"attack|come))",
    r"(?:do not feel|am not|are not|not feel|never feel|never|feel) (?:\w+ )?(?:un)?safe (?:at home|in my"
    r"(?: own)? (?:home|house)|with (?:him|her|them|my \w+)|around (?:him|her|them|my \w+)|here any ?more)",
    r"i (?:am|feel) (?:\w+ )?unsafe|i am not safe|am in an abusive|home is not safe|"
    r"suffer\w* (?:from )?(?:domestic )?(?:abuse|violence)|victim of (?:\w+ )?(?:abuse|violence|rape)|"
    r"domestic (?:violence|abuse)(?= (?:at home|in my|from my|and i)|$)",
    rf"{_SOMEBODY} (?:will|would|do|does) not let me (?:leave|go out|go home|see (?:anyone|anybody|my)|use"
    r" (?:my|the) phone|eat|call|out)|lock(?:s|ed|ing) me (?:in|up)\b|controls? (?:everything i|my "
    r"(?:money|phone|every))",
    r"(?:teacher|uncle|stepfather|stepdad|father|dad|coach|boss|priest|neighbou?r|brother|man|doctor) "
    r"(?:\w+ )?(?:touched|touches|is touching) me$|"
    rf"{_SOMEBODY} (?:\w+ ){{0,2}}?(?:touch(?:es|ed|ing)?|feels?) (?:me|my) (?:\w+ ){{0,6}}?(?:do not want|"
    r"inappropriat\w+|private|down there|at night|in bed|should not|secret|wrong|breasts?|body|legs?)|"
    rf"{_SOMEBODY} (?:\w+ ){{0,2}}?(?:forces?|forced|forcing|makes?|made) me (?:to )?(?:have sex|sleep with"
    r"|touch|undress|do (?:sexual|things)|watch (?:him|her))|forced (?:himself|herself) on me",
)
_WEAPON = r"(?:gun|knife|machete|weapon|rifle|pistol|axe|hammer|baseball bat|bat|bomb|shotgun|blade)"
_DANGER = (
    rf"{_SOMEBODY} (?:\w+ )?(?:is|are|has|have|just) (?:\w+ )?(?:breaking|broken|broke|break|climbing|"
    r"forcing (?:his|her|their) way|trying to (?:break|get|force|come)) (?:\w+ )?(?:in|into|down|through)\b"
    r"(?! tears| song| laughter)",
    rf"(?:there (?:is|are)|{_DET}|an) (?:\w+ ){{0,2}}?(?:intruders?|burglars?|prowlers?|robbers?|kidnappers?"
    r"|armed (?:man|men))(?= (?:is|are|in|at|outside|here|downstairs|upstairs|has|trying)|$)|"
    r"(?:someone|somebody|a stranger|strangers?|a man|men) (?:is |are )?(?:in|inside) (?:my|our|the) "
    r"(?:house|home|flat|apartment|bedroom)(?= |$)(?! (?:next|across))",
    rf"{_SOMEBODY} (?:who )?(?:\w+ )?(?:is|are|has|have|got|with|keeps|pointing|waving|holding|carrying|"
    rf"pulled)(?: (?:got|pointing|waving|holding|carrying|threatening (?:me|us) with|out|pulled))? "
    rf"(?:a|an|the|his|her) {_WEAPON}(?! (?:and fork|collection|show|store|shop|block|set|game|permit|cake|"
    r"salad|sharpener|toy|made))",
    rf"(?:has|have|there is|got|holding|waving|with) (?:a|an|his|her) (?:gun|knife) (?:to|at|against|on|"
    r"pointed|in (?:his|her) hand)",
    rf"(?:wants?|going|trying|tries|tried|threatens?|threatened|threatening|swore|will|would) (?:me )?(?:to "
    r")?(?:kill|murder|stab|shoot|hurt|rape|attack|strangle|kidnap) (?:me|us|her|him|them|my \w+|everyone|"
    r"somebody|someone)(?! (?:with (?:kindness|laughter|love)|softly|at chess))",
    r"(?:is|are) (?:\w+ )?(?:following|chasing|stalking|after|hunting|attacking|robbing|mugging|kidnapping|"
    r"shooting at|stabbing|strangling|threatening|beating up) (?:me|us|her|him|somebody|someone|people|my "
    r"\w+)(?! (?:on|back))",
    r"(?:i|we) (?:am|are|have been|was|were|got|have just been|just got|think i am) (?:\w+ ){0,2}?(?:being )"
    r"?(?:followed|chased|attacked|robbed|mugged|stabbed|shot|kidnapped|held (?:hostage|captive|against|"
    r"prisoner)|hunted|carjacked|taken hostage|abducted)(?! (?:by (?:the|a) (?:film|camera|dog\b)|up|down))",
    rf"{_SOMEBODY} (?:\w+ ){{0,2}}?(?:been|got|was|just got) (?:stabbed|shot|kidnapped|attacked|abducted)",
    r"(?:there is|there are|i (?:can )?hear|i heard|we hear) (?:\w+ )?(?:gun ?shots?|shots|gunfire|shooting|"
    r"an? (?:active )?(?:shooter|gunman|shooting|stabbing)|explosions?|a bomb)|"
    r"(?:someone|somebody|a man|he|they) (?:is|are) (?:\w+ )?(?:shooting|stabbing)(?! (?:a|the|some|for) "
    r"(?:film|video|photo|scene|hoop|pool))",
    r"(?:call|get|send|need|phone|ring|fetch) (?:me |us )?(?:the )?(?:police|cops)"
    r"(?! (?:officer|report|if|about|station|check))",
    r"(?:i am|we are|i think i am|she is|he is|they are) in (?:\w+ )?danger(?! of\b(?! (?:dying|being "
    r"(?:killed|hurt|attacked))))|my life is in danger|hiding from (?:him|her|my (?:husband|partner|ex|"
    r"dad|father|boyfriend)|a man|someone|an intruder)|fear for my life|been kidnapped|"
    r"hold(?:ing|s)? me (?:against my will|hostage|captive|prisoner|here against)",
)
_BODY = r"(?:he|she|they|i|we|it|somebody|someone|\w+)"
_MEDICAL = (
    r"(?:call|get|send|need|needs|phone|ring|fetch|calling|dial) (?:\w+ ){0,2}?(?:an? |the )?(?:ambulance|"
    r"paramedics?|911|999|112|000|emergency services|emergency number|medic)",
    r"(?:need|get|fetch|call) (?:me |us |him |her )?(?:a |the )?(?:doctor|medical help|help|nurse|first aid)"
    r" (?:right now|now|immediately|at once|quick\w*|urgently|fast|here|for (?:him|her|them|my \w+))"
    r"|urgent medical|medical emergency|is there a doctor|we need a doctor|someone call a doctor|"
    r"call a doctor|this is an emergency|it is an emergency|there is an emergency|i need urgent help",
    r"(?:somebody|someone) (?:please )?help (?:me|us|him|her|them)|^help (?:me )?help|"
    r"save (?:me|us|my life)$|help me i am (?:dying|hurt|bleeding|trapped|stuck|scared)|"
    r"(?:get|send) help(?: now| quick\w*| here)?$",
    r"(?:not|stopped|stops|no longer|hardly|barely|trouble|difficulty|struggling to|struggles to|unable to|"
    r"not able to|can not|never|hard to) (?:\w+ )?(?:breathe|breathing|get (?:any )?air|get my breath|"
    r"catch (?:my|his|her) breath)(?! (?:exercise|technique|lesson|apparatus|through))",
    r"(?:gasping for (?:air|breath)|turn(?:ing|ed) blue|lips are blue|going blue|suffocating)(?! light)",
    r"(?:chest|heart) (?:pains?|is (?:hurting|tight|in pain|crushing))|pains? in (?:my|his|her|the) (?:"
    r"\w+ )?(?:chest|left arm)|(?:my|his|her) chest (?:hurts?|feels? tight|is on fire)|tightness in (?:my|"
    r"his|her) chest|pressure (?:on|in) (?:my|his|her) chest|(?:no|not (?:have )?a|can not find (?:a|his|her)"
    r"|not find (?:a|his|her)) pulse",
    r"(?:having|have|has|had|suffering|suffered|get|getting|is it|think it is|like) (?:just )?(?:a|an|"
    r"another) (?:\w+ )?(?:heart attack|stroke|seizure|cardiac arrest|epileptic fit|anaphyla\w+|brain "
    r"bleed|miscarriage|asthma attack|severe allergic reaction|allergic reaction)",
    r"cardiac arrest|(?:is|in) anaphyla\w+|(?:is|are|am|started|has been) (?:\w+ )?(?:convulsing|fitting on|"
    r"having (?:\w+ )?(?:fits?|convulsions)|seizing)|(?:throat|tongue|airway) is (?:\w+ )?(?:swelling|"
    r"closing|swollen|blocked)",
    r"(?:is|are|am|has fallen|lying|found \w+|knocked|went|fell|was|lost|lies) (?:\w+ )?unconscious|"
    r"(?:lost|losing|loses) consciousness|unconscious on|un ?responsive|not respond(?:ing)?(?! to (?:my|"
    r"your|the|e ?mails?))|will not wake up|can not wake (?:him|her|them|my \w+)(?: up)?|"
    r"(?:is|are) not waking up|not (?:moving|conscious)(?= (?:and|any ?more|at all)|$)",
    rf"{_SOMEBODY} (?:\w+ )?(?:just |has |have |is )?(?:\w+ )?(?:collapsed|collapsing|passed out|fainted|"
    r"blacked out|keeled over)|i (?:am|think i am|feel like i am) (?:going to |about to )?(?:pass(?:ing)? "
    r"out|faint(?:ing)?|collaps(?:e|ing)|black(?:ing)? out)",
    r"(?:is|are|am|keeps|has started|started|was) (?:\w+ )?(?:bleeding)(?: (?:a lot|badly|heavily|out|to "
    r"death|everywhere|from (?:his|her|my|the) \w+|so much|profusely|and))?(?= |$)"
    r"(?! a little| a bit| slightly)|bleeding (?:to death|out|badly|heavily|a lot|will not stop|does not"
    r" stop)|(?:stop|stopping) (?:the )?bleeding|los(?:ing|t) (?:\w+ ){0,3}?blood|"
    r"blood (?:is )?(?:everywhere|all over|pouring|gushing|spurting)|so much blood|coughing up blood|"
    r"vomiting blood|throwing up blood",
    r"(?:is|are|am|started|keeps|been) (?:\w+ )?choking|something (?:is )?stuck in (?:his|her|my) throat",
    r"overdosed|(?:took|taken|had) an overdose|(?:is|are) overdosing|(?:took|taken|swallowed|ate|drank|drunk|eaten|had|takes|swallows) (?:\w+ ){0,2}?"
    r"(?:too many|too much of (?:my|her|his)|all (?:of )?(?:my|her|his|the|those|these)|a (?:whole )?"
    r"(?:bottle|packet|pack|box|handful|lot) of|loads of|a load of|an entire|the whole|the wrong|(?:\d\d+|"
    r"twenty|thirty|forty|fifty|sixty|hundred|dozens of)) (?:\w+ ){0,3}?(?:pills?|tablets?|medication|"
    r"medicine|meds|painkillers?|paracetamol|aspirin\w*|ibuprofen|sleeping \w+|antidepressants|insulin|drugs|"
    r"tylenol|xanax|valium|opioids|morphine|capsules)",
    r"(?:drank|drunk|swallowed|ate|eaten|swallow|inhaled|drinking) (?:\w+ ){0,3}?(?:bleach|poison|antifreeze|"
    r"detergent|battery|batteries|drain cleaner|cleaning (?:fluid|product)|washing up liquid|magnet|magnets|"
    r"weed ?killer|rat poison|pesticide|petrol|acid|poisonous|death cap|berries from)|"
    r"(?:been|is|was|am|got|i have been) poisoned",
    r"(?:is|are|am|someone|somebody) (?:\w+ )?drowning|(?:fell|fallen|falls) (?:in|into|through) (?:the )?"
    r"(?:\w+ )?(?:water|river|lake|pool|pond|canal|sea|ice) (?:and|can not)|(?:fell|fallen) through the ice",
    r"(?:i|he|she|they|mum|mom|dad|gran\w*|nan|mother|father|\w+) (?:has |have )?(?:fell|fallen|slipped|"
    r"tripped)(?: \w+){0,6}? (?:can not|not|unable to|hurt (?:his|her|my)) (?:\w+ )?(?:get up|move|stand|"
    r"moving|hip|head|back|neck|spine)|(?:has|have) fallen (?:down (?:the )?stairs|from (?:a|the) (?:roof|"
    r"ladder|window|balcony))|can not (?:feel|move) (?:my|his|her) (?:legs?|arms?|face|left side|right side|body)|"
    r"can not (?:get up|stand up) (?:off|from) the floor",
    r"(?:there has been|there is|there was|i|we|he|she|they|have|had|had just|just had|in) (?:had |just had |"
    r"been in |have had |have been in |has had |just )?(?:an|a) (?:\w+ )?(?:accident|car crash|crash)"
    r"(?= (?:here|just now|and|on|outside|in the|at|send|people)|$)(?! (?:waiting|and i met|insurance))",
    r"(?:been|got|was|were|just got) (?:hit|run over|knocked down|struck|run down|electrocuted|crushed) "
    r"by (?:a|the) (?:car|bus|train|lorry|truck|tram|motorbike|van|bike|taxi)|(?:been|got|was) (?:\w+ )?"
    r"electrocuted|been run over",
    r"face is (?:drooping|droopy|hanging)|speech is (?:slurred|slurring)|one side of (?:his|her|my) (?:face|"
    r"body)|(?:waters?|water has|waters have) (?:just )?(?:broke|broken)(?= |$)|(?:is|am) (?:\w+ )?(?:in "
    r"labou?r|giving birth)(?= |$)|baby is coming|contractions are",
    r"i (?:think|feel like|believe) i am (?:dying|going to die|having a heart attack)$|"
    r"i am dying$|(?:he|she|somebody|someone|mum|mom|dad|mother|father|grandma|husband|wife) is dying "
    r"(?:right now|help|here|in front)|worst headache of my life|bitten by a (?:snake|viper|adder|"
    r"poisonous)|broken (?:my|his|her) (?:neck|back|spine|skull)|severed|bone is sticking out",
)
_PLACE = (
    r"(?:house|home|kitchen|flat|apartment|building|room|bedroom|office|car|roof|curtains?|bed|school|"
    r"hotel|shop|garage|shed|barn|oven|stove|pan|hair|clothes?|sleeve|shirt|jacket|dress|sofa|bin|"
    r"basement|cellar|attic|neighbou?rs|museum|hall|stage|lift|train|bus|engine|forest|chip pan|tree|"
    r"laptop|battery|balcony|tent|caravan|everything|whole (?:place|house|building)|place|trousers|"
    r"tablecloth|christmas tree|wing|floor|ceiling)"
)
_FIRE = (
    r"there is (?:a |an )?(?:\w+ )?(?:fire|smoke|flames)(?= |$)(?! (?:drill|station|engine|truck|exit|alarm"
    r"|burning (?:nicely|in the (?:fireplace|hearth)))| in (?:his|her|your) (?:eyes|heart|belly|soul))",
    rf"(?:{_PLACE}) (?:is|are) (?:\w+ )?burning(?= |$)(?! (?:hot|with))|"
    rf"(?:{_PLACE}|someone|somebody|he|she|it|i) (?:is|are|am|has caught|have caught|caught|just caught|"
    r"catches) (?:\w+ )?(?:on fire|fire|in flames|ablaze)(?= |$)"
    r"(?! (?:with|today|lately|about|up with|for you|inside|love))",
    rf"(?:set|setting|sets) (?:\w+ )?(?:{_PLACE}|myself|himself|herself|us|me) on fire|^fire(?: fire)*$|"
    r"^(?:help )?(?:there is )?fire help$|^(?:help )+(?:a )?fire",
    rf"something is (?:burning|on fire|smoking)|(?:{_PLACE}) is (?:full of|filling with|filled with) smoke|"
    r"smoke (?:is |coming |pouring |everywhere|all over|in (?:here|the|my))(?:coming|pouring|everywhere|"
    r"filling|house|room|kitchen|hall|hallway|flat|from|out|under)?|(?:smell|smells of|smelling|smells like)"
    r" (?:\w+ )?(?:gas|burning|smoke)(?= |$)|gas leak|leaking gas|carbon monoxide alarm",
    r"(?:fire|smoke) alarm is (?:going off|ringing|on)|(?:call|get|send|need) (?:the )?fire (?:brigade|"
    r"department|service|engine|fighters)|flames (?:are )?(?:coming|everywhere|in|out|from)",
    r"(?:i am|we are|people are|somebody is|someone is|he is|she is|kids are|children are|child is|i got|i "
    r"have been) (?:\w+ )?(?:trapped|stuck|locked) (?:\w+ )?(?:in|inside|under|down) (?:the |a |an |my |this "
    r")?(?:\w+ )?(?:lift|elevator|fire|smoke|building|rubble|car|snow|basement|cellar|flood|water|room|house|"
    r"toilet|well|cave|mud|burning|avalanche)(?! (?:of|with (?:my boss|idiots)))|we are trapped|i am trapped$",
    r"(?:building|ceiling|roof|wall|bridge|stage|scaffolding) (?:is|has|just) (?:\w+ )?(?:collapsing|collapsed|"
    r"coming down|falling)|(?:house|basement|cellar|street|car|water|flat) is (?:\w+ )?(?:flooding|"
    r"flooded|under water)|there (?:is|has been) an? (?:explosion|earthquake|gas explosion|bomb)",
)

PHRASES = {
    "medical": _MEDICAL,
    "fire": _FIRE,
    "danger": _DANGER,
    "self_harm": _SELF_HARM,
    "abuse": _ABUSE,
}

_LOVED = rf"(?:dog|cat|puppy|kitten|hamster|rabbit|horse|pony|bird|parrot|budgie|guinea pig|pet|{_KIN})"
SORROW = (
    rf"(?:my|our) (?:\w+ ){{0,2}}?{_LOVED} (?:\w+ ){{0,3}}?(?:died|dead|passed(?: away)?|dying|killed|"
    r"drowned|put (?:down|to sleep)|run over|gone for ?ever)",
    rf"(?:lost|losing|buried|bury|miss) my (?:\w+ )?{_LOVED}",
    rf"(?:death|funeral|passing|suicide) of my|(?:mother|father|mum|mom|dad|friend|wife|husband|dog|cat) is "
    r"(?:funeral|grave|death)|(?:he|she|they) (?:has |have )?(?:died|passed away)|"
    r"(?:going to|at|after|from) (?:a|the|his|her) funeral",
    r"(?:had|having|after) (?:a|the|my) (?:miscarriage|stillbirth)|lost (?:the|our|a) baby|"
    r"(?:diagnosed with|have got|have|has|got) (?:\w+ )?(?:cancer|dementia|leuk\w+|a (?:brain )?tumou?r)|"
    r"terminally ill|months to live",
    r"(?:i am|i feel|feeling) (?:\w+ )?(?:grieving|heartbroken|depressed|lonely|sad|miserable|devastated|"
    r"hopeless|desperate)|broke my heart|my heart is broken|(?:left|leaving|broke up with|cheated on|"
    r"dumped|divorcing) me(?= |$)|(?:can not|could not) stop crying|crying (?:all|every)|i am grieving",
)
"""Of a loss, of grief: told to a friend, and never declined."""
