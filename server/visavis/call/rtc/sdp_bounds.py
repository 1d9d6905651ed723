"""The bounds of an SDP body, held before anything parses it, and what of it is used.

One pass over the lines: how many there are of each kind is bounded, each line that is used must
look as its standard says, and all others are left out. What a parser gets after that is small,
ASCII, and holds each thing once, so that its time grows with the length of the offer and nothing
in it can make it stumble. A browser's offer with simulcast and every codec has about 250 lines,
at most 100 of a kind, in 12 kB.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

MAX_BYTES = 32 * 1024
"""Of an offer or a fragment; a longer one is refused."""
MAX_CANDIDATES = 60
"""Of a call, in its offer and in all fragments; an offer with more is refused."""
MAX_OF_A_KIND = 200
"""Lines with the same name ("a=ssrc"), used or not; an offer with more is refused."""
MAX_SECTIONS = 32
MAX_FINGERPRINTS = 32
MAX_LINE = 1_000
"""Characters of a line that is used."""
MAX_PAYLOAD_TYPE = 127
RTCP_TYPES = range(72, 77)
"""Payload types that look like RTCP where both share a port (RFC 5761 §4)."""

_TOKEN = "[!-~]"
_LINES = {
    "mid": f"{_TOKEN}{{1,100}}",
    "ice-ufrag": f"{_TOKEN}{{1,256}}",
    "ice-pwd": f"{_TOKEN}{{1,256}}",
    "ice-lite": "",
    "fingerprint": "[A-Za-z0-9-]{1,20} [0-9A-Fa-f:]{1,300}",
    "setup": "actpass|active|passive",
    "group": "[A-Z]{1,20}[ -~]*",
    "sendrecv": "",
    "sendonly": "",
    "recvonly": "",
    "inactive": "",
    "rtcp-mux": "",
    "extmap": f"([0-9]{{1,5}})(?:/[a-z]{{1,10}})? ({_TOKEN}+)(?: [ -~]*)?",
    "rtpmap": "([0-9]{1,3}) [!-.0-~]{1,100}/[0-9]{1,9}(?:/[0-9]{1,3})?",
    "fmtp": "([0-9]{1,3}) ([ -~]*)",
    "rtcp-fb": rf"(\*|[0-9]{{1,3}}) ({_TOKEN}{{1,40}}(?: [ -~]+)?)",
    "ssrc": f"([0-9]{{1,10}}) {_TOKEN}[^\0]*",
    "ssrc-group": "[A-Z-]{1,20}(?: [0-9]{1,10}){0,16}",
    "sctpmap": "[0-9]{1,5} [ -~]*",
    "sctp-port": "[0-9]{1,5}",
    "max-message-size": "[0-9]{1,10}",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _LINES.items()}
_SESSION = {"group", "ice-ufrag", "ice-pwd", "ice-lite", "fingerprint", "setup"}
"""What is used before the first section; the rest is used within one."""
_MEDIA = re.compile(r"([a-z]{1,20}) ([0-9]{1,5})(?:/[0-9]{1,5})? ([A-Z/]{1,40}) ([ -~]+)")
_CANDIDATE = re.compile(
    r"([!-~]{1,64}) ([0-9]{1,5}) ([!-~]{1,20}) ([0-9]{1,10}) ([!-~]{1,255}) ([0-9]{1,5}) typ "
    r"([a-z]{1,20})(?: .*)?"
)
_LOCAL_NAME = re.compile(r"[A-Za-z0-9-]{1,63}\.local")
_NUMBERS = {"apt", "max-fr", "max-fs", "maxplaybackrate", "minptime", "stereo", "useinbandfec"}
"""Parameters of a format that the parser takes for whole numbers."""
_FEEDBACK = {"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}
"""Feedback that may be answered; other kinds are passed over (RFC 4585 §4.2)."""
_LINE_END = re.compile(r"\r\n|\n|\r")


class BadSdp(ValueError):
    """A line can't be read; the text is a sentence for whoever sent it."""


class TooMuch(BadSdp):
    """Longer, or more of something, than is taken."""


@dataclass
class Section:
    """What is used of one m-section, or of the lines before the first."""

    media: str = ""
    kind: str = ""
    mid: str = ""
    lines: list[str] = field(default_factory=list)
    codecs: dict[str, list[str]] = field(default_factory=dict)
    """By payload type: its rtpmap line, then its format's parameters and feedback, each once."""
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: dict[tuple[str, str], None] = field(default_factory=dict)
    ssrcs: dict[int, None] = field(default_factory=dict)


@dataclass
class Reduced:
    """A body that is within its bounds."""

    sdp: str
    """What is used of it, without candidates."""
    sections: int
    candidates: tuple[tuple[str, str], ...]
    """(mid, candidate) pairs that may be tried; "" as candidate: there are no more."""
    candidate_lines: int
    """All that came, tried or not; ``a=end-of-candidates`` is none."""
    ufrags: frozenset[str]
    size: int
    """Bytes of the body."""


def reduce(body: str) -> Reduced:
    """Check a body and leave out what is not used. Raises `BadSdp`, `TooMuch`."""
    size = len(body.encode())
    if size > MAX_BYTES:
        raise TooMuch(
            f"The body has {len(body):,} characters, {size:,} bytes; {MAX_BYTES:,} are accepted."
        )
    return _Reading(size).read(body)


class _Reading:
    """One pass over a body."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sections = [Section()]
        self._counts: Counter[str] = Counter()
        self._found: list[tuple[Section, str]] = []
        self._ufrags: set[str] = set()
        self._number = 0

    def read(self, body: str) -> Reduced:
        for self._number, line in enumerate(_LINE_END.split(body), 1):
            self._line(line.rstrip(" \t"))
        if "\0" in body and len(self._sections) > 1:
            raise BadSdp("The body has a NUL character in it, which no SDP has.")
        mids = {section.mid for section in self._sections}
        lines = ["v=0"]
        for section in self._sections:
            lines += _written(section, mids)
        return Reduced(
            sdp="\r\n".join(lines) + "\r\n",
            sections=len(self._sections) - 1,
            candidates=tuple((section.mid, line) for section, line in self._found),
            candidate_lines=self._counts["a=candidate"],
            ufrags=frozenset(self._ufrags),
            size=self._size,
        )

    def _line(self, line: str) -> None:
        name, _, value = line.partition(":")
        if not line.startswith("a="):
            name, value = line[:2], line[2:]
        self._count(name)
        if name == "m=":
            self._media(value, line)
        elif name == "a=candidate":
            self._candidate(value)
        elif name == "a=end-of-candidates":
            self._found.append((self._sections[-1], ""))
        elif name[2:] in _PATTERNS and name.startswith("a="):
            self._attribute(name[2:], value, line)

    def _count(self, name: str) -> None:
        self._counts[name] += 1
        most = {
            "m=": MAX_SECTIONS,
            "a=candidate": MAX_CANDIDATES,
            "a=fingerprint": MAX_FINGERPRINTS,
        }.get(name, MAX_OF_A_KIND)
        if self._counts[name] > most:
            shown = name.isascii() and name.isprintable() and 0 < len(name) <= 40
            what = f"{name} lines" if shown else "lines of a kind"
            raise TooMuch(f"The body has over {most} {what}; no more are accepted.")

    def _media(self, value: str, line: str) -> None:
        match = _MEDIA.fullmatch(value)
        if match is None or len(line) > MAX_LINE or int(match[2]) > 65_535:
            raise self._unreadable("m=")
        kind, _, profile, formats = match.groups()
        if kind in ("audio", "video"):
            if not all(map(_payload_type, formats.split())):
                raise self._unreadable("m=")
        elif profile == "DTLS/SCTP" and not _port(formats):
            raise self._unreadable("m=")
        self._sections.append(Section(line, kind))

    def _candidate(self, value: str) -> None:
        match = _CANDIDATE.fullmatch(value.strip())
        if match is None or int(match[4]) >= 2**32 or int(match[6]) > 65_535:
            raise self._unreadable("a=candidate")
        foundation, component, transport, priority, host, port, kind = match.groups()
        usable = transport.lower() == "udp" and component == "1" and int(port) and _usable(host)
        if usable:
            kept = f"{foundation} 1 udp {priority} {host} {port} typ {kind}"
            self._found.append((self._sections[-1], kept))

    def _attribute(self, name: str, value: str, line: str) -> None:
        match = _PATTERNS[name].fullmatch(value)
        if match is None or len(line) > MAX_LINE:
            raise self._unreadable(f"a={name}")
        section = self._sections[-1]
        if name == "ice-ufrag":
            self._ufrags.add(value)
        elif name == "mid":
            section.mid = value
        if not section.media and name not in _SESSION:
            return
        if name == "rtpmap":
            if not _payload_type(match[1]):
                raise self._unreadable("a=rtpmap")
            section.codecs.setdefault(match[1], [line])
        elif name == "fmtp":
            if not _whole_numbers(match[2]):
                raise self._unreadable("a=fmtp")
            section.parameters[match[1]] = line
        elif name == "rtcp-fb":
            if match[2] in _FEEDBACK:
                section.feedback[match[1], match[2]] = None
        elif name == "ssrc":
            if int(match[1]) < 2**32:
                section.ssrcs[int(match[1])] = None
        elif name == "sctp-port" and not _port(value):
            raise self._unreadable("a=sctp-port")
        elif name == "extmap":
            if 0 < int(match[1]) < 256:
                section.lines.append(f"a=extmap:{match[1]} {match[2]}")
        else:
            section.lines.append(line)

    def _unreadable(self, name: str) -> BadSdp:
        return BadSdp(
            "The body begins like SDP but cannot be read as such: "
            f"its line {self._number} is not a right {name} line."
        )


def _written(section: Section, mids: set[str]) -> list[str]:
    lines = [section.media] if section.media else []
    for line in section.lines:
        if line.startswith("a=group:"):
            semantics, *items = line.removeprefix("a=group:").split()
            line = " ".join([f"a=group:{semantics}", *(item for item in items if item in mids)])
        lines.append(line)
    for payload_type, codec in section.codecs.items():
        lines += codec
        if payload_type in section.parameters:
            lines.append(section.parameters[payload_type])
    for payload_type, feedback in section.feedback:
        # "*" is written out, once, so that a codec has no feedback twice.
        if payload_type == "*":
            lines += [f"a=rtcp-fb:{each} {feedback}" for each in section.codecs]
        elif ("*", feedback) not in section.feedback and payload_type in section.codecs:
            lines.append(f"a=rtcp-fb:{payload_type} {feedback}")
    lines += [f"a=ssrc:{ssrc} cname:-" for ssrc in section.ssrcs]
    return lines


def _payload_type(digits: str) -> bool:
    known = re.fullmatch("[0-9]{1,3}", digits) is not None and int(digits) <= MAX_PAYLOAD_TYPE
    return known and int(digits) not in RTCP_TYPES


def _port(digits: str) -> bool:
    return re.fullmatch("[0-9]{1,5}", digits) is not None and 0 < int(digits) <= 65_535


def _whole_numbers(parameters: str) -> bool:
    """Whether what must be a whole number is one, of at most nine digits."""
    pairs = (parameter.partition("=") for parameter in parameters.split(";"))
    return all(
        name not in _NUMBERS or not equals or re.fullmatch("[0-9]{1,9}", value) is not None
        for name, equals, value in pairs
    )


def _usable(host: str) -> bool:
    """An address that one caller may have, or a name of the ``.local`` kind. No other name is
    looked up, and nothing is ever sent to many at once."""
    if _LOCAL_NAME.fullmatch(host):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    many = address.is_multicast or address.is_unspecified or host == "255.255.255.255"
    return not (mapped or many or "%" in host)
