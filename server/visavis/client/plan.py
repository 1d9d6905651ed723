"""What a call is to do."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from visavis.client.sound import SoundFile

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Interruption:
    """Speak over the reply: ``sound`` begins ``after_ms`` after its first audible sample."""

    sound: SoundFile
    after_ms: float


@dataclass(frozen=True)
class Turn:
    """One thing to say: a sound, or a typed text."""

    say: SoundFile | str
    interruption: Interruption | None = None


@dataclass(frozen=True)
class CallPlan:
    """A whole call. Times in seconds."""

    url: str
    """Where the page is; calls go to ``<url>/calls``."""
    turns: tuple[Turn, ...] = ()
    video: bool = True
    """False: no video is offered at all."""
    camera: Path | None = None
    """A picture or clip to show; None: a synthetic picture."""
    camera_size: tuple[int, int] = (640, 480)
    camera_fps: float = 15.0
    """For a picture or the synthetic one; a clip has its own."""
    room: bool = True
    """Room noise between utterances; False: digital zeros."""
    consent: bool = False
    insecure: bool | None = None
    """Accept any certificate; None: only where the URL is loopback."""
    token: str = ""
    """Sent as a bearer token, if the server asks for one."""
    person: str = ""
    """For whom the call is made, by username or id; the token's holder may, or a trainer."""
    host_addresses: tuple[str, ...] | None = None
    """Addresses to offer as ICE host candidates; None: 127.0.0.1 where the URL is loopback, else
    all of this machine's."""
    source: str | None = None
    """The address of this machine that HTTP comes from; None: as the system chooses."""
    save: Path | None = None
    mouth: bool = True
    """Find the lips in the pictures after the call (about 15 ms a picture)."""
    greeting_s: float = 5.0
    """How long to wait for the persona to speak first; it is heard to its end."""
    answer_s: float = 20.0
    """How long to wait for an answer."""
    after_interruption_s: float = 6.0
    """How long to wait for sound after an interruption; a cough needs no answer."""
    reply_s: float = 60.0
    """The longest reply waited for."""
    silence_s: float = 0.7
    """A reply is over after this much silence, once the server has said so (``heard``)."""
    unconfirmed_s: float = 2.5
    """A reply is over after this much silence if the server says nothing of it."""
    connect_s: float = 10.0
    hold_s: float = 0.0
    """Stay on the line this long after the last turn."""
    client: dict[str, str] = field(default_factory=dict)
    """More facts for ``hello``."""

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        return urlsplit(self.url).hostname in LOOPBACK

    @property
    def addresses(self) -> tuple[str, ...] | None:
        """ICE host addresses, or None for all of the machine's."""
        if self.host_addresses is not None:
            return self.host_addresses
        return ("127.0.0.1",) if self.loopback else None

    @property
    def verify(self) -> bool:
        """Whether the server's certificate must be trusted."""
        return not (self.loopback if self.insecure is None else self.insecure)
