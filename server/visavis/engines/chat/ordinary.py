"""English words that follow "my name is", "call me" and "I'm" without being a name.

All folded and in small letters. Names that are words as well (Will, May, Hope, Mark, Grace) aren't
here, unless they are far oftener the word.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION = _words(
    """
    a about actually after again against ah all almost already also although always am an and
    another any anybody anyone anything anytime are around as ask asked at away back basically
    be because been before being between both but by bye can cannot certainly could currently
    definitely did do does doing done down during each early eight either er even ever every
    everybody everyone everything few finally first five for four friday from get go goes gonna
    goodbye got gotta guess had has have having he hello her here hers hey hi him his hmm home
    how however i i'm if in into is it its just know last later least less let lets like many
    maybe me mean might mine monday more most much must my near nearly need neither never next
    nine no nobody none nor not nothing now obviously of off often oh ok okay on once one only
    or other our ours out over own perhaps please possibly pretty probably quite rather really
    said same saturday say says see seven shall she should simply since six so some somebody
    someone something sometime sometimes soon sorry still such sunday supposed tell ten than
    thank thanks that the their theirs them then there these they think this those though three
    through thursday to today told tomorrow tonight too tuesday twice two uh um under unless
    until up upon us usually very via wanna want was we wednesday well were what whatever when
    whenever where whether which whichever while who whoever whom whose why with without wonder
    would yes yesterday yet you your yours
    """
)
"""Never a name, nor a part of one, however it is written."""

NAMES_TOO = _words("an do in my on see so to")
"""Those of them that are names elsewhere: "My name is An"."""

PEOPLES = _words(
    """
    afghan african agnostic albanian algerian american anglican angolan aquarius arab arabian
    arabic argentine argentinian aries armenian asian atheist aussie australian austrian
    azerbaijani bahraini baltic bangladeshi baptist basque bavarian belarusian belgian bengali
    berliner bolivian bosnian brazilian breton brit british buddhist bulgarian burmese
    californian cambodian cameroonian canadian cantonese capricorn caribbean catalan catholic
    chilean chinese cockney colombian congolese cornish corsican croatian cuban cypriot czech
    dane danish democrat dutch east eastern ecuadorian egyptian english english-speaking
    englishman eritrean estonian ethiopian european filipino finnish flemish french frenchman
    galician gambian gemini geordie georgian german ghanaian greek guatemalan gypsy haitian
    hawaiian hebrew hindu hispanic honduran hungarian icelandic indian indonesian inuit iranian
    iraqi irish israeli italian ivorian jain jamaican japanese jewish jordanian kazakh kenyan
    kiwi korean kurdish kuwaiti kyrgyz latin latina latino latvian lebanese liberian libra
    libyan lithuanian londoner lutheran macedonian malay malaysian maltese maori methodist
    mexican moldovan mongolian mormon moroccan mozambican muslim namibian nepalese nepali
    nigerian nordic north northern norwegian orthodox pakistani palestinian panamanian
    paraguayan parisian persian peruvian pisces polish portuguese protestant punjabi quaker
    republican roma romanian russian rwandan sagittarius sami saudi scandinavian scorpio
    scottish scouse senegalese serbian sicilian sikh singaporean slovak slovakian slovenian
    somali south southern spaniard spanish sudanese swahili swede swedish swiss syrian taiwanese
    tajik tamil tanzanian taoist taurus texan thai tibetan tory tunisian turk turkish turkmen
    ugandan ukrainian uruguayan uzbek vegan venezuelan vietnamese welsh west western yemeni
    yorkshire zambian zimbabwean
    """
)
"""Peoples, tongues and creeds, which are written with a capital."""

PLACES = _words(
    """
    africa amazon america asia australia austria barcelona beijing belgium berlin brazil britain
    brussels budapest canada chicago chile china christmas colombia copenhagen covid croatia
    december denmark dublin earth easter edinburgh egypt england europe facebook february
    finland france germany god google greece halloween hamburg hungary iceland india indonesia
    internet iran iraq ireland israel italy january japan jesus july jupiter korea london madrid
    march mars mexico microsoft morocco moscow munich naples netflix nigeria norway november
    october oslo pakistan peru poland portugal prague romania rome russia scotland september
    spain stockholm sweden switzerland syria tokyo turkey ukraine vienna vietnam visavis wales
    warsaw whisper youtube zurich
    """
)
"""Places, times and brands: "This is London" introduces nobody."""

ORDINARY = _words(
    """
    able abroad absent absolutely accountant accurate active actor actress addicted adult
    adventurous afraid after aged ahead alive allergic allowed alone amazed amazing ambidextrous
    ambiguous ambitious ambulance amused ancient angry annoyed anonymous anxious anyway
    architect artist asap ashamed asleep asthmatic athlete attached autistic awake aware awful
    awkward bad baked baker bald banker barista bartender beat beautiful behind best better big
    bilingual biologist bipolar bisexual bit bitter black blessed blind blocked blonde blue
    boiling bold bored boring born boss bossy both boy brave breakfast bright brilliant broke
    broken brother brown brunette brutal builder busy butcher cab calm captain careful careless
    carpenter certain challenged cheap cheeky chef chemist chief child childish chilly chuffed
    classic classified clean cleaner clear clever clingy closed clumsy coach coder coffee cold
    collect colourful coming common complete complex complicated composer concerned confident
    confused content convinced cook cool correct cosy cozy crackers crazy creative crying
    curious curly cursed cute cynical dad daddy daft dancer dark darling dead deaf dear deep
    dentist depressed designer desperate determined developer diabetic different difficult
    dinner directly dirty disabled disappointed divorced dizzy doctor doomed double doubtful
    downstairs dramatic drenched dressed driver driving drunk dull dumb dumped dusty dying
    dyslexic eager easy eating ecstatic editor eighteen eighty elderly electric electrician
    elegant eleven embarrassed emotional empty engaged engineer enough enthusiastic envious
    epileptic everywhere exact excellent excited exhausted expecting expert extinct extra
    extrovert fab fabulous fair fake false familiar famous fancy far farmer fast fat father fed
    feeling female fiction fierce fifteen fifty final fine finished fired firefighter fisherman
    fit flat flattered fluent fluffy fond foolish foreign forever forgetful forgotten formal
    fortunate forty fragile free freezing frequently fresh friend friendly frightened frozen
    frustrated full fun funny furious further fussy gardener gay generous genius gentle
    german-sounding girl glad global gluten gold golden gone good gorgeous grand grandad
    grandfather grandma grandmother granny grateful great greedy green grey grown grumpy guest
    guide guilty gutted hairdresser half handsome happening happy hard hardly harmless harsh
    headed healthy heartbroken heavy helpful helping helpless hidden high hilarious hispanic
    historian holy homeless homesick honest honey honored honoured hopeful hopeless horrible
    horrified host hot huge human humble hundred hungover hungry hurt husband hyphenated icky
    idiot idiotic idle ignorant ill illegal immediately immortal important impossible impressed
    in incomplete incredible independent indifferent indoors injured innocent insane insecure
    inside instantly instead intelligent intense interested interesting intrigued introvert
    introverted invisible involved irrelevant irritated ish ishy jammed jealous jet jobless
    joking jolly journalist judge juvenile keen kidding kind knackered known lame large late
    lately latte laughing lawyer lazy leaving left lefthanded legend lesbian librarian listed
    literally little lively living local locked logical lonely long looking lost loud lovely
    loving low loyal lucky lunch mad madam made major male man manager mandatory married
    mathematician mature meaningless meant mechanic medical mediocre minor miserable missing
    misspelled misspelt mistaken mister mixed mobile modern modest mom moody moral mother moving
    mum mummy music musician mute mysterious naive naked named names narrow nasty national
    natural naughty nauseous neat necessary negative nervous neutral new nice nineteen ninety
    noble noisy nonbinary normal nostalgic nosy nowhere nurse nuts obsessed obvious obviously
    odd offended old old-fashioned oldfashioned online onto open opinionated opposed optimistic
    orange ordinary organic organised organized original outside overdue overjoyed overseas
    overweight overwhelmed owed paid painful painter pale paralysed paranoid partly passive
    patient peaceful peckish peculiar pensioner perfect permanent person personal pessimistic
    petrified pharmacist philosopher photographer physical physicist picky pilot pink plain
    plastic playing pleased plumber plump poet policeman polite political politician poor
    popular positive possible practical precious pregnant prepared present pretentious printed
    private programmer pronounceable pronounced properly proud psychologist public pure purple
    puzzled queer quick quickly quiet random rare raw reading ready real realistic recent
    receptionist red registered regular related relaxed reliable relieved religious reluctant
    remote responsible restless retired rich ridiculous right romantic rough royal rude ruined
    running sad safe sailor sarcastic satisfied saved scared scary sceptical scientific
    scientist scruffy seasick seated secret secretary selfish senior sensible sensitive
    separated serious seriously seventeen seventy sexy shaken shaking sharp shattered shiny
    shocked short shut shy sick silent silly silver similar simple sincere singer single sir
    sister sitting sixteen sixty skeptical skinny skint sleeping sleepy slightly slim slippery
    sloppy slow slowly small smart smiling snobby soaked sober social soft soldier solid someone
    somewhere sore spare special spelled spelt spicy spoilt spontaneous spread stable standing
    starved starving steady stiff stoked stolen straight stranger stressed strict strong
    stubborn stuck student stupid successful sudden sunburnt sunny super superstitious supreme
    sure surgeon surgery surprised suspicious sweaty sweet sweetheart sweetie swollen taken
    talented talkative tall taxi tea teacher team tearful technician teenager tender tense
    terrible terrific terrified thankful that therapist thick thin thirsty thirteen thirty
    thoughtful thrilled ticklish tidy tied tiny tipsy tired tiring toddler together torn totally
    tough tourist toxic traditional tragic trainee trainer trans translator trapped trendy
    tricky trilingual trouble troubled true trying twelve twenty twins typical ugly unable
    uncertain underage underpaid unemployed unfair unfit unhappy unimportant unique universal
    unknown unlucky unpopular unsure unusual unwell upset upstairs urgent useless usual vague
    vain valid various vast vegetarian vet viral virtual visitor vital volunteering vulnerable
    waiter waiting waitress walking warm wasted watching weak wealthy weary weird welcome wet
    white whole wicked wide widowed wife wild wireless wise woman wonderful wood wooden worker
    working worried worse worst worthless wrecked writer written wrong yellow young yummy zero
    zonked
    """
)
"""Written small they are no names; nor with a capital, behind "I'm" or "this is"."""

ENDINGS = (
    "able",
    "ible",
    "ful",
    "less",
    "ously",
    "ation",
    "ment",
    "ness",
    "ingly",
    "ically",
    "ing",
)
"""So end words, and hardly a name of more than five letters."""

PARTICLES = _words(
    """
    af al av bin bint d da dal dalla das de dei del della den der des di do dos du e el ibn la
    las le lo los of op t te ten ter tot und van vom von wa y zu zum zur
    """
)
"""Small words inside of names, before a capital: "van der Berg"."""

TITLES = _words("dr miss mister mr mrs ms prof professor sir st")
"""They stand before a name, and are none."""

BEHIND = _words("again and but by calling from here on speaking the too with your")
"""What may stand behind a name that is only perhaps one: "I'm Otto from Berlin"."""

TELLING = _words(
    """
    always called every film if mean means movie sang say saying says said sing sings sometimes song
    tell tells title told usually when whenever word words write wrote
    """
)
"""A farewell behind these is told of, or lies in the future."""

SURELY = _words("bye goodbye now")
"""With one of these a farewell is meant, if a reason is given behind it,"""

REASON = _words("i my our somebody someone we")
"""and a reason has one of these."""
