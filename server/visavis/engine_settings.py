"""The settings of the engines: for each kind a table, and in it one for an engine's own keys."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from visavis.engines import registry
from visavis.inputs import header_key, http_url


def _sendable(key: SecretStr) -> SecretStr:
    header_key(key.get_secret_value())
    return key


ServiceUrl = Annotated[str, AfterValidator(http_url)]
"""Where a service is: see `inputs.http_url`."""
ServiceUrlOrNone = Annotated[str, AfterValidator(lambda url: url and http_url(url))]
"""The same, or empty."""
Key = Annotated[SecretStr, AfterValidator(_sendable)]
"""What is sent in a header: see `inputs.header_key`."""
Seconds = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]
"""How long something is waited for."""


class SettingsTables(BaseModel):
    """A section in which engines have tables of their own, as in ``[tts.hibari]``; one that nobody
    declares (``module:Class``) has ``[tts.options]``, which the environment can name, too."""

    model_config = ConfigDict(extra="allow")

    kind: ClassVar[str]

    @model_validator(mode="after")
    def _tables_only(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            known = name == "options" or name in registry.names(self.kind)
            if not known:
                listed = ", ".join([*type(self).model_fields, *registry.names(self.kind)])
                raise ValueError(f"there is no {name} here; there are: {listed}")
            if not isinstance(value, dict):
                raise ValueError(
                    f"{name} is a table of an engine's own settings, and {value!r:.80} is none"
                )
        return self

    def own(self, name: str) -> dict[str, Any]:
        """What the table of the engine of this name says; {} without one."""
        return dict((self.model_extra or {}).get(self.table_of(name), {}))

    @property
    def used(self) -> list[str]:
        """The names of the engines that are in force."""
        raise NotImplementedError

    @staticmethod
    def table_of(name: str) -> str:
        """What the table of the engine of this name is called."""
        return "options" if ":" in name else name


class KindSettings(SettingsTables):
    """A kind of engine: which one, and what all of the kind are told."""

    engine: str

    @property
    def chosen(self) -> str:
        """The name of the engine that is in force."""
        return self.engine

    @property
    def used(self) -> list[str]:
        """It, unless it is off."""
        return [] if self.chosen == registry.OFF else [self.chosen]

    @field_validator("engine")
    @classmethod
    def _installed(cls, name: str) -> str:
        registry.check(cls.kind, name)
        return name


class SttSettings(KindSettings):
    """What turns the caller's speech into text."""

    kind = "stt"
    engine: str = "whisper"
    model: str = "faster-whisper-base"
    language: str = "en"
    threads: int = 1
    detect_language: bool = True


class ChatSettings(KindSettings):
    """What thinks of the answer once the rules have none."""

    kind = "chat"
    engine: str = "local"
    model: str = "auto"
    """"auto": the best of the weights manifest that this machine is fast enough for; a name in
    it; or the remote endpoint's name for its model."""
    url: ServiceUrlOrNone = ""
    """Base URL of an OpenAI-compatible endpoint (…/v1); setting it chooses that engine."""
    key: Key = SecretStr("")
    """Sent as a bearer token; VISAVIS_CHAT__KEY or OPENAI_API_KEY."""
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Of the local model's worker; no more than there are processors."""
    kernels: Annotated[str, Field(pattern=r"^[a-z0-9]{1,20}$")] = "auto"
    """Which build of llama.cpp computes: the processor's own family (a name forces one), or
    "wheel", which serves every system."""
    max_tokens: int = 160
    temperature: float = 0.2
    opener_after_ms: int = 700
    """Where the first words of an answer are further away than this, the persona may begin with one
    of its openers ("Hm,"); 0: never."""
    first_token_timeout_s: Seconds = 8.0

    @property
    def chosen(self) -> str:
        """The engine in force: a ``url`` chooses the one that asks it."""
        return "openai" if self.url else self.engine


class KnowledgeSettings(KindSettings):
    """What the persona knows beside its model: its own lore, and documents of the place."""

    kind = "embeddings"
    engine: str = "minilm"
    files: list[Path] = []
    """Markdown (.md), or an event schedule (.toml, see engines/embeddings/schedule.py)."""
    place: Annotated[str, Field(max_length=200)] = ""
    """Where the persona is, in words: "in the hall of the museum"."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.33
    """How alike a question and a chunk must be (cosine), so that it is taken to be about it.
    Measured by tests/bench/knowledge.py."""
    most: Annotated[int, Field(ge=1, le=10)] = 3
    """Chunks told at once."""
    quote: Literal["auto", "always", "never"] = "auto"
    """Whether a sentence of ``files`` that answers a question is said as it stands, without asking
    the model; auto: where the model is a small one of this machine, without a ``chat.url``."""
    unknown: Annotated[str, Field(min_length=1, max_length=300)] = (
        "I don't know that. Somebody at the desk may."
    )
    """Said to a question about the place that ``files`` don't answer."""
    answers: bool = True
    """Whether questions that mean one of the answers, the persona's or the operator's, are answered
    by it."""


class TtsSettings(KindSettings):
    """What speaks the answer."""

    kind = "tts"
    engine: str = "hibari"
    voice: str = ""
    """Empty: the persona's own."""


class LipsyncSettings(KindSettings):
    """What draws the face."""

    kind = "lipsync"
    engine: str = "portrait"
    size: int = 512
    fps: int = 25
    bitrate: int = 800_000


class PoseSettings(KindSettings):
    """What sees the caller; runs with their consent only."""

    kind = "pose"
    engine: str = "holistic"
    fps: float = 10.0
    complexity: Literal[0, 1, 2] = 1


class VisionSettings(KindSettings):
    """What says in words what is seen."""

    kind = "vision"
    engine: str = "landmarks"
    """"openai" looks at portraits; callers are only ever described by their landmarks."""
    every_s: Annotated[float, Field(gt=0)] = 30.0
    """Between two kept descriptions of a caller, with their consent."""
    url: ServiceUrlOrNone = ""
    """Base URL of an OpenAI-compatible endpoint (…/v1) whose model takes images."""
    model: str = ""
    key: Key = SecretStr("")
    """Sent as a bearer token; VISAVIS_VISION__KEY."""
    timeout_s: Seconds = 60.0


BACKCHANNELS = (
    "uh huh", "uhhuh", "uh hu", "mm hm", "mm hmm", "mmhmm", "mhm", "mm", "mmm", "hm", "hmm", "hmmm",
    "ah", "aha", "ah ha", "oh", "ooh", "uh", "um", "huh", "yeah", "yeah yeah", "yep", "yup", "okay",
    "ok", "right", "i see", "sure", "wow", "ha", "haha", "ha ha", "ha ha ha", "hahaha", "hehe",
    "yes", "exactly", "got it", "i know", "of course", "really", "true", "cool", "nice", "no way",
)  # fmt: skip
"""As English speakers listen."""


class TurnSettings(KindSettings):
    """When a caller's turn begins and ends; times in ms."""

    kind = "turns"
    engine: str = "recogniser"
    """What judges whether a turn sounds finished: what transcribes it, or "smart-turn", a model of
    its own beside a recogniser that can't tell."""
    min_silence_ms: int = 200
    """Silence after which a turn that sounds finished ends."""
    max_silence_ms: int = 800
    """Silence after which a turn ends that doesn't sound finished."""
    unfinished_ms: Annotated[int, Field(ge=0, le=10_000)] = 1_600
    """Silence after which a turn ends whose words can't be all ("What time", "I live in", a list,
    digits in groups); never shorter than max_silence_ms."""
    speculate_ms: int = 64
    """Silence after which transcription starts, before the turn has ended."""
    max_turn_ms: Annotated[int, Field(ge=5_000, le=3_600_000)] = 300_000
    """The longest turn; on a longer one the persona politely cuts in at the next pause."""
    acknowledge_after_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 0
    """At a pause after so much of a turn, and again after as much, the persona says "mm-hm"; 0:
    never."""
    hold_ms: Annotated[int, Field(ge=32, le=10_000)] = 384
    """So much of the caller's voice over the persona's silences it; its place is kept."""
    cancel_ms: Annotated[int, Field(ge=96, le=10_000)] = 900
    """So much of it, and the words are asked for before there is a pause: they end the reply."""
    thinking_cancel_ms: Annotated[int, Field(ge=32, le=10_000)] = 96
    """So much of it, while an answer is thought, takes the answer back: the turn goes on."""
    interrupt_words: Annotated[int, Field(ge=1, le=20)] = 1
    """Fewer words over the persona's voice are no interruption, unless a rule knows them
    ("Stop")."""
    backchannels: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = BACKCHANNELS
    """What listeners say without wanting the floor; over the persona's voice it is no turn."""
    interruptible: bool = True
    """Whether the caller's voice may interrupt; if not, a turn waits until the reply is said. The
    button and typed words always do."""
    prompts_ms: tuple[float, ...] = (20_000, 60_000)
    """Nobody has spoken for so long: the persona asks gently, once at each."""
    give_up_ms: float = 600_000
    """Nobody has spoken for so long: the call ends."""
    semantic: bool = True
    """Ask the end-of-turn model whether the turn sounds finished."""

    @property
    def chosen(self) -> str:
        """The engine in force."""
        return self.engine if self.semantic else registry.OFF
