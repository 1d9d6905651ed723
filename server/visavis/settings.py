"""Every setting of the server, with its default; those of the engines are in ``engine_settings``.

A setting comes from, last wins: the default here, the profile of the ``deployment_type``
(``server/visavis/deployments``), ``visavis.toml`` in the working folder, the environment
(``VISAVIS_CHAT__URL`` sets ``chat.url``), the command line. Secrets come from the environment
only. ``DATABASE_URL`` is read without a prefix because every host of a Postgres
database sets it under that name.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, Field, IPvAnyNetwork, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from visavis.deployments import profile
from visavis.engine_settings import (
    ChatSettings,
    Key,
    KindSettings,
    KnowledgeSettings,
    LipsyncSettings,
    PoseSettings,
    Seconds,
    ServiceUrlOrNone,
    SettingsTables,
    SttSettings,
    TtsSettings,
    TurnSettings,
    VisionSettings,
)
from visavis.need_settings import AlertsSettings, NeedSettings

__all__ = [
    "AlertsSettings",
    "AudioSettings",
    "BakingSettings",
    "CallersSettings",
    "ChatSettings",
    "FillingSettings",
    "IceSettings",
    "KindSettings",
    "KnowledgeSettings",
    "LimitsSettings",
    "LipsyncSettings",
    "MeasuresSettings",
    "NeedSettings",
    "PoseSettings",
    "PromptsSettings",
    "RecordsSettings",
    "RemoteLipsyncSettings",
    "Settings",
    "SignsSettings",
    "SttSettings",
    "TokenSettings",
    "TtsSettings",
    "TurnSettings",
    "VisionSettings",
    "VisitsSettings",
    "WebSettings",
]

Port = Annotated[int, Field(ge=0, le=65535)]


def _origin(said: str) -> str:
    if said != "*" and not re.fullmatch(r"https?://[^/\s?#@]+", said):
        raise ValueError(
            f"{said!r:.80} is no origin: write https://host or https://host:port, without a path, "
            'or "*"'
        )
    return said


class WebSettings(BaseModel):
    """Where the page and the signalling answer."""

    host: str = "127.0.0.1"
    port: Port = 8443
    """0 takes a free port."""
    tls: bool = True
    """Browsers give a microphone only to https pages, or to http ones on localhost."""
    token: SecretStr = SecretStr("")
    """If set, only who sends it as a bearer token may call (and read /metrics)."""
    origins: list[Annotated[str, AfterValidator(_origin)]] = []
    """Other sites (https://host) whose pages may call this server; "*" for any."""
    trusted_proxies: list[IPvAnyNetwork] = []
    """Addresses or networks of reverse proxies before this server. Only of these it is believed
    for whom they ask (X-Forwarded-For, else Forwarded); they must write one and drop the other."""


class LimitsSettings(BaseModel):
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


class IceSettings(BaseModel):
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


class FillingSettings(BaseModel):
    """What fills a hole of a prompt: one of the three."""

    value: str | None = None
    function: str | None = None
    """time, date, place, schedule, persona, caller_name, seen, history, knowledge, another that is
    installed, or ``module:function``."""
    template: str | None = None


class PromptsSettings(BaseModel):
    """Prompts of this deployment, over the persona's and over what was saved in the database."""

    templates: dict[str, str] = {}
    """By name: "iris.system" stands at the head, "iris.note" before the caller's newest words."""
    parameters: dict[str, FillingSettings] = {}
    """What fills holes of your own, by the hole's name."""


class AudioSettings(SettingsTables):
    """What is done to sound: filters by name, several with "+" between them.

    Packaged: high-pass, denoise, loudness (for the persona only: it looks 3 s ahead).
    """

    kind = "filters"
    caller_filter: str = "high-pass"
    """Before the caller is listened to; empty: none."""
    persona_filter: str = ""
    """On each clause the persona speaks; empty: none."""
    filters: dict[str, str] = Field(default={})
    """Graphs of your own by name, as ffmpeg writes them: "volume=3dB,lowpass=f=7000"."""

    @property
    def used(self) -> list[str]:
        """The filters in force that are plug-ins, each once: those that aren't graphs of one's
        own."""
        chains = (self.caller_filter, self.persona_filter)
        parts = (part.strip() for chain in chains for part in chain.split("+"))
        return [*dict.fromkeys(part for part in parts if part and part not in self.filters)]


class BakingSettings(BaseModel):
    """What is made ahead of calls and kept."""

    lines: Literal["off", "first", "all"] = "first"
    """Canned lines spoken at the start, unless they are there: the greeting and what fills
    silences, or all; ``visavis bake`` makes all of them."""


class RemoteLipsyncSettings(BaseModel):
    """A service that makes clips of canned lines, by ``visavis bake``; off without a url."""

    url: ServiceUrlOrNone = ""
    """Of its queue, as in https://queue.fal.run."""
    storage_url: ServiceUrlOrNone = ""
    """Where files are uploaded, as in https://rest.alpha.fal.ai; empty: the same."""
    model: str = ""
    key: Key = SecretStr("")
    """VISAVIS_REMOTE_LIPSYNC__KEY."""
    fields: tuple[str, str, str] = ("image_url", "audio_url", "video_url")
    """What the model calls the portrait, the audio and the gesture reference."""
    gesture_reference: Path | None = None
    """A video whose movements the model is to imitate."""
    timeout_s: Seconds = 600.0
    poll_s: Seconds = 1.0
    keep_s: Annotated[int, Field(ge=0)] = 0
    """For how long the service is asked to keep uploads; 0: as it likes."""


class RecordsSettings(BaseModel):
    """Where a call is kept."""

    data: Path = Path("data")
    """Media, features, the journal and the embedded Postgres."""
    keep_transcripts: bool = True
    """Off: a call without consent leaves measures only."""


class CallersSettings(BaseModel):
    """Who calls, as far as the place says so."""

    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,200}$")] = "guest"
    """The name under which callers who give none are kept; a kiosk's is shared."""
    initiator: Annotated[str, Field(min_length=1, max_length=60)] = "caller"
    """What begins a session here: a caller, someone's presence, a test."""
    consent: Literal["ask", "never"] = "ask"
    """"never": nobody is asked, and nothing of a camera or microphone is kept."""


class SignsSettings(BaseModel):
    """A caller's own signs."""

    spoken: bool = False
    """A sign is said aloud, for whoever stands by, before it is answered."""


class VisitsSettings(BaseModel):
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


class TokenSettings(BaseModel):
    """Opens the API to one person."""

    token: Annotated[SecretStr, Field(min_length=16, max_length=500)]
    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,200}$")]
    role: Literal["caller", "tester", "trainer", "operator"] = "tester"


class MeasuresSettings(BaseModel):
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
    """The name of a profile that is installed, or the path of a .toml file of your own."""
    persona: str = "iris"
    """The name of one that is installed (``visavis persona list``), or the path of a folder, which
    has a / in it and begins at the working folder, where ``visavis.toml`` lies: "./otto"."""
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

    web: WebSettings = WebSettings()
    limits: LimitsSettings = LimitsSettings()
    ice: IceSettings = IceSettings()
    stt: SttSettings = SttSettings()
    turn: TurnSettings = TurnSettings()
    chat: ChatSettings = ChatSettings()
    prompts: PromptsSettings = PromptsSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    tts: TtsSettings = TtsSettings()
    audio: AudioSettings = AudioSettings()
    lipsync: LipsyncSettings = LipsyncSettings()
    baking: BakingSettings = BakingSettings()
    remote_lipsync: RemoteLipsyncSettings = RemoteLipsyncSettings()
    pose: PoseSettings = PoseSettings()
    vision: VisionSettings = VisionSettings()
    records: RecordsSettings = RecordsSettings()
    access: list[TokenSettings] = []
    """Who may read what was kept, beside the operator's own token in the data folder."""
    callers: CallersSettings = CallersSettings()
    need: NeedSettings = NeedSettings()
    alerts: AlertsSettings = AlertsSettings()
    signs: SignsSettings = SignsSettings()
    visits: VisitsSettings = VisitsSettings()
    measures: MeasuresSettings = MeasuresSettings()

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

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return profile.read(file_path)

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
