"""What the calls of a node answer with; one for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from visavis.call.dialogue.attention import Attention
from visavis.call.dialogue.prompt import Briefing
from visavis.call.need.helping import NeedLines
from visavis.engine_settings import ChatSettings
from visavis.engines.chat.base import LanguageModel
from visavis.engines.chat.rules import Rules
from visavis.need_settings import NeedSettings

_CHAT = ChatSettings()


@dataclass(frozen=True)
class Mind:
    """The persona's rules, its lines, and the language model behind them."""

    briefing: Briefing
    rules: Rules
    chat: LanguageModel | None = None
    """None: the rules alone hold the conversation."""
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the persona says unasked; of each kind there may be none."""
    openers: Sequence[str] = ()
    """Fillers, said while the model keeps the caller waiting; empty: nothing."""
    opener_after_s: float = _CHAT.opener_after_ms / 1000
    bridges: Sequence[str] = ()
    """What is said when it has kept them waiting for seconds; empty: nothing."""
    text_timeout_s: float = 10.0
    """The longest that the model's next words are waited for."""
    max_tokens: int = _CHAT.max_tokens
    temperature: float = _CHAT.temperature
    language: str = "en"
    """ISO 639-1: the one that is spoken here."""
    voiced: Sequence[str] | None = ("en",)
    """Those that the voice can say; None: any."""
    need: NeedLines = field(default_factory=lambda: NeedLines.of(NeedSettings()))
    """What somebody in need is told."""
    attention: Attention = field(default_factory=Attention)
    """Whose answer is thought first."""
    speaks_signs: bool = False
    """A caller's signs are said aloud before they are answered."""
