"""Every setting of the server, with its default, in one place.

A setting comes from, last wins: the default here, the profile of the ``deployment_type``
(``server/visavis/deployments``), ``visavis.toml`` in the working folder, the environment
(``VISAVIS_CHAT__URL`` sets ``chat.url``), the command line. Secrets come from the environment
only. ``DATABASE_URL`` is read without a prefix because every host of a Postgres
database sets it under that name.
"""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from visavis.deployments import profile
from visavis.engines import registry

Port = Annotated[int, Field(ge=0, le=65535)]


class Web(BaseModel):
    """Where the page and the signalling answer."""

    host: str = "127.0.0.1"
    port: Port = 8443
    """0 takes a free port."""
    tls: bool = True
    """Browsers give a microphone only to https pages, or to http ones on localhost."""
    token: SecretStr = SecretStr("")
    """If set, only who sends it as a bearer token may call (and read /metrics)."""
    origins: list[str] = []
    """Other sites (https://host) whose pages may call this server; "*" for any."""
    trusted_proxies: list[IPvAnyNetwork] = []
    """Addresses or networks of reverse proxies before this server. Only of these it is believed
    for whom they ask (X-Forwarded-For, else Forwarded); they must write one and drop the other."""


class Limits(BaseModel):
    """What one address may take of this server, so that nobody else misses it: an IPv4 address, an
    IPv6 /64; behind a trusted proxy the address that it names. Times in s."""

    header_s: Annotated[float, Field(gt=0)] = 15.0
    """A request's header must have come by then, TLS handshake included; else the socket is
    closed."""
    keepalive_s: Annotated[float, Field(gt=0)] = 30.0
    """So long a socket may stay open between two requests."""
    sockets_per_address: Annotated[int, Field(ge=1)] = 100
    """With one more, the address's own socket that has been idle longest is closed."""
    sockets: Annotated[int, Field(ge=1)] = 2_000
    """In all, and never more than half of the descriptors that this process may have."""
    unconnected_per_address: Annotated[int, Field(ge=1)] = 2
    """Calls that were answered and have not connected yet. One more is answered 429, unless it
    shows a token."""
    calls_a_minute: Annotated[int, Field(ge=1)] = 30
    """Calls begun by one address, whatever becomes of them. One more is answered 429, unless it
    shows a token."""
    changes_a_second: Annotated[float, Field(gt=0)] = 20.0
    """Requests of one address that aren't just reading (and five seconds' worth at once). One more
    is answered 429, unless it shows a token."""


class Ice(BaseModel):
    """How media finds its way to a caller."""

    hosts: list[str] = []
    """Addresses offered to callers; empty: all of this machine's, and loopback where the page
    itself is served on loopback."""
    servers: list[str] = []
    """STUN and TURN URLs, for this server and for its callers. None by default: no address of
    a caller is told to a third party."""
    private_callers: bool = True
    """Whether loopback and private addresses that a caller names are tried. Off, on a server of
    the open internet, no stranger makes it knock at machines of its own network; a caller behind
    a NAT is met all the same, by their public address."""
    username: str = ""
    credential: SecretStr = SecretStr("")


class Kind(BaseModel):
    """A kind of engine: which one, and what all of the kind are told. An engine's own settings are
    in the table of its name, as in ``[tts.hibari]``."""

    model_config = ConfigDict(extra="allow")

    kind: ClassVar[str]
    engine: str

    @property
    def chosen(self) -> str:
        """The name of the engine that is in force."""
        return self.engine

    @field_validator("engine")
    @classmethod
    def _installed(cls, name: str) -> str:
        registry.check(cls.kind, name)
        return name

    def own(self, name: str) -> dict[str, Any]:
        """What the table of this engine's name says; {} without one."""
        found = (self.model_extra or {}).get(name, {})
        return dict(found) if isinstance(found, dict) else {}


class Stt(Kind):
    """What turns the caller's speech into text."""

    kind = "stt"
    engine: str = "whisper"
    model: str = "faster-whisper-base"
    language: str = "en"
    threads: int = 1


class Turn(BaseModel):
    """When a caller's turn begins and ends; times in ms."""

    min_silence_ms: int = 200
    """Silence after which a turn that sounds finished ends."""
    max_silence_ms: int = 800
    """Silence after which any turn ends, finished or not."""
    speculate_ms: int = 64
    """Silence after which transcription starts, before the turn has ended."""
    max_turn_ms: int = 28_000
    """The longest turn; a longer one is cut and answered. Whisper hears 30 s at most."""
    prompts_ms: tuple[float, ...] = (20_000, 60_000)
    """Nobody has spoken for so long: the persona asks gently, once at each."""
    give_up_ms: float = 600_000
    """Nobody has spoken for so long: the call ends."""
    semantic: bool = True
    """Ask the end-of-turn model whether the turn sounds finished."""


class Chat(Kind):
    """What thinks of the answer once the rules have none."""

    kind = "chat"
    engine: str = "local"
    model: str = "qwen2.5-coder-0.5b-instruct-q4_k_m"
    """A name in the weights manifest, or the remote endpoint's name for its model."""
    url: str = ""
    """Base URL of an OpenAI-compatible endpoint (…/v1); setting it chooses that engine."""
    key: SecretStr = SecretStr("")
    """Sent as a bearer token; VISAVIS_CHAT__KEY or OPENAI_API_KEY."""
    threads: int = 2
    max_tokens: int = 160
    temperature: float = 0.4
    opener_after_ms: int = 200
    """A model that keeps the caller waiting so long after their turn lets the persona begin with
    one of its openers ("Well,"); 0: never."""
    first_token_timeout_s: float = 8.0

    @property
    def chosen(self) -> str:
        """The engine in force: a ``url`` chooses the one that asks it."""
        return "openai" if self.url else self.engine


class Filling(BaseModel):
    """What fills a hole of a prompt: one of the three."""

    value: str | None = None
    function: str | None = None
    """time, date, place, schedule, persona, caller_name, seen, history or knowledge."""
    template: str | None = None


class Prompts(BaseModel):
    """Prompts of this deployment, over the persona's and over what was saved in the database."""

    templates: dict[str, str] = {}
    """By name: "iris.system" stands at the head, "iris.note" before the caller's newest words."""
    parameters: dict[str, Filling] = {}
    """What fills holes of your own, by the hole's name."""


class Knowledge(Kind):
    """What the persona knows beside its model: its own lore, and documents of the place."""

    kind = "embeddings"
    engine: str = "minilm"
    files: list[Path] = []
    """Markdown (.md), or an event schedule (.toml, see engines/embeddings/schedule.py)."""
    place: Annotated[str, Field(max_length=200)] = ""
    """Where the persona is, in words: "in the hall of the museum"."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.36
    """How alike a question and a chunk must be (cosine), so that the model is told the chunk."""
    most: Annotated[int, Field(ge=1, le=10)] = 3
    """Chunks told at once."""


class Audio(BaseModel):
    """What is done to sound: ffmpeg filters by name, several with "+" between them.

    Packaged: high-pass, denoise, loudness (for the persona only: it looks 3 s ahead).
    """

    caller_filter: str = "high-pass"
    """Before the caller is listened to; empty: none."""
    persona_filter: str = ""
    """On each clause the persona speaks; empty: none."""
    filters: dict[str, str] = {}
    """Graphs of your own by name, as ffmpeg writes them: "volume=3dB,lowpass=f=7000"."""


class Tts(Kind):
    """What speaks the answer."""

    kind = "tts"
    engine: str = "hibari"
    voice: str = ""
    """Empty: the persona's own."""


class Baking(BaseModel):
    """What is made ahead of calls and kept."""

    lines: Literal["off", "first", "all"] = "first"
    """Canned lines spoken at the start, unless they are there: the greeting and what fills
    silences, or all; ``visavis bake`` makes all of them."""


class RemoteLipsync(BaseModel):
    """A service that makes clips of canned lines, by ``visavis bake``; off without a url."""

    url: str = ""
    """Of its queue, as in https://queue.fal.run."""
    storage_url: str = ""
    """Where files are uploaded, as in https://rest.alpha.fal.ai; empty: the same."""
    model: str = ""
    key: SecretStr = SecretStr("")
    """VISAVIS_REMOTE_LIPSYNC__KEY."""
    fields: tuple[str, str, str] = ("image_url", "audio_url", "video_url")
    """What the model calls the portrait, the audio and the gesture reference."""
    gesture_reference: Path | None = None
    """A video whose movements the model is to imitate."""
    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    poll_s: Annotated[float, Field(gt=0)] = 1.0
    keep_s: Annotated[int, Field(ge=0)] = 0
    """For how long the service is asked to keep uploads; 0: as it likes."""


class Lipsync(Kind):
    """What draws the face."""

    kind = "lipsync"
    engine: str = "portrait"
    size: int = 512
    fps: int = 25
    bitrate: int = 800_000


class Pose(Kind):
    """What sees the caller; runs with their consent only."""

    kind = "pose"
    engine: str = "holistic"
    fps: float = 10.0
    complexity: Literal[0, 1, 2] = 1


class Vision(Kind):
    """What says in words what is seen."""

    kind = "vision"
    engine: str = "landmarks"
    """"openai" looks at portraits; callers are only ever described by their landmarks."""
    every_s: Annotated[float, Field(gt=0)] = 30.0
    """Between two kept descriptions of a caller, with their consent."""
    url: str = ""
    """Base URL of an OpenAI-compatible endpoint (…/v1) whose model takes images."""
    model: str = ""
    key: SecretStr = SecretStr("")
    """Sent as a bearer token; VISAVIS_VISION__KEY."""
    timeout_s: Annotated[float, Field(gt=0)] = 60.0


class Records(BaseModel):
    """Where a call is kept."""

    data: Path = Path("data")
    """Media, features, the journal and the embedded Postgres."""
    keep_transcripts: bool = True
    """Off: a call without consent leaves measures only."""


class Callers(BaseModel):
    """Who calls, as far as the place says so."""

    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,200}$")] = "guest"
    """The name under which callers who give none are kept; a kiosk's is shared."""
    initiator: Annotated[str, Field(min_length=1, max_length=60)] = "caller"
    """What begins a session here: a caller, someone's presence, a test."""
    consent: Literal["ask", "never"] = "ask"
    """"never": nobody is asked, and nothing of a camera or microphone is kept."""


class Signs(BaseModel):
    """A caller's own signs."""

    spoken: bool = False
    """A sign is said aloud, for whoever stands by, before it is answered."""


class Visits(BaseModel):
    """How a place receives people; times in s."""

    presence: bool = False
    """A stand: the line is always open, and people come and go before the camera."""
    attract_after_s: Annotated[float, Field(gt=0)] = 30.0
    """Nobody has been there for so long: the persona speaks to whoever passes by."""
    attract_every_s: Annotated[float, Field(gt=0)] = 60.0
    stay_s: Annotated[float, Field(gt=0)] = 3.0
    """Who was invited and is still there after so long is introduced to the persona."""
    gone_s: Annotated[float, Field(gt=0)] = 10.0
    """Nobody seen and nothing said for so long: whoever was there has left."""


class Token(BaseModel):
    """Opens the API to one person."""

    token: Annotated[SecretStr, Field(min_length=16, max_length=500)]
    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,200}$")]
    role: Literal["caller", "tester", "trainer", "operator"] = "tester"


class Measures(BaseModel):
    """How closely a node watches itself."""

    every_s: Annotated[float, Field(gt=0)] = 30.0
    """Running measures (loop lag, the database's lag) become a row so often."""
    each_frame: bool = False
    """Keep the cost of every frame of a reply in its row, beside its median and maximum."""


class Settings(BaseSettings):
    """All of them; ``Settings()`` reads the file and the environment."""

    model_config = SettingsConfigDict(
        env_prefix="VISAVIS_",
        env_nested_delimiter="__",
        toml_file="visavis.toml",
        extra="forbid",
    )

    deployment: str = "default"
    deployment_type: str = "video_call"
    persona: str = "iris"
    portrait: Path | None = None
    """A photo of a face to use in place of the persona's own portrait."""
    max_calls: int = 0
    """Calls at once; 0: what the warm-up measured. One more is answered 503."""
    weights: Path = Path("~/.cache/visavis/weights")
    certs: Path = Path("certs")
    database_url: str = Field(
        default="", validation_alias=AliasChoices("database_url", "DATABASE_URL")
    )
    """Empty: the embedded Postgres."""

    web: Web = Web()
    limits: Limits = Limits()
    ice: Ice = Ice()
    stt: Stt = Stt()
    turn: Turn = Turn()
    chat: Chat = Chat()
    prompts: Prompts = Prompts()
    knowledge: Knowledge = Knowledge()
    tts: Tts = Tts()
    audio: Audio = Audio()
    lipsync: Lipsync = Lipsync()
    baking: Baking = Baking()
    remote_lipsync: RemoteLipsync = RemoteLipsync()
    pose: Pose = Pose()
    vision: Vision = Vision()
    records: Records = Records()
    access: list[Token] = []
    """Who may read what was kept, beside the operator's own token in the data folder."""
    callers: Callers = Callers()
    signs: Signs = Signs()
    visits: Visits = Visits()
    measures: Measures = Measures()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of the sources, first wins."""
        return (
            init_settings,
            env_settings,
            _File(settings_cls),
            _Profile(settings_cls),
        )


class _File(TomlConfigSettingsSource):
    """``visavis.toml``, whose fields all exist."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        profile.check(Path("visavis.toml"), found, self.settings_cls)
        return found


class _Profile(PydanticBaseSettingsSource):
    """The profile of the deployment type that the other sources name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked for: the profile is read as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        default = self.settings_cls.model_fields["deployment_type"].default
        kind = str(self.current_state.get("deployment_type", default))
        return profile.load(kind, self.settings_cls)
