"""Read a caller's offer: what it brings, and in plain words what is wrong with it."""

from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import MediaDescription, SessionDescription, candidate_from_sdp

from visavis.call.rtc import sdp_bounds
from visavis.call.rtc.sdp_bounds import MAX_CANDIDATES, BadSdp, TooMuch


class OfferError(Exception):
    """The offer cannot be answered. ``str()`` is a sentence for whoever sent it."""

    title = "The offer cannot be answered"


class NotSdp(OfferError):
    title = "Not an SDP offer"


class TooBig(OfferError):
    title = "The offer is too big"


class NoMedia(OfferError):
    title = "No audio and no video"


class TooMuchMedia(OfferError):
    title = "Too many media"


class NoCodec(OfferError):
    title = "No codec in common"


class BadFragment(OfferError):
    title = "Not a trickle ICE fragment"


class TooManyCandidates(OfferError):
    title = "Too many candidates"


@dataclass(frozen=True)
class Offer:
    """An offer that can be answered. Directions are ours: what this server may do."""

    sdp: str
    """What is used of it, without candidates, ready for ``setRemoteDescription``."""
    size: int
    """Bytes, as it came."""
    candidates: tuple[tuple[str, str], ...]
    """(mid, candidate) pairs that came with it; "" as candidate: there are no more."""
    candidate_lines: int
    """All candidates that came with it, also those that can't be tried."""
    ufrag: str
    kinds: frozenset[str]
    """Of "audio", "video" and "application"."""
    sends_audio: bool
    sends_video: bool
    hears: bool
    sees: bool

    @property
    def events(self) -> bool:
        """Whether a data channel can be opened."""
        return "application" in self.kinds


@dataclass(frozen=True)
class Fragment:
    """More candidates of a call (RFC 8840 §9)."""

    size: int
    """Bytes, as it came."""
    candidates: tuple[tuple[str, str], ...]
    candidate_lines: int


def read(sdp: str) -> Offer:
    """Check an offer. Raises one of the errors above."""
    reduced = _reduced(sdp)
    if not sdp.lstrip().startswith("v=0"):
        raise NotSdp('The body is not a session description: it does not begin with "v=0".')
    if not reduced.sections:
        raise _no_media()
    description = _parse(reduced.sdp)
    audio = _only(description, "audio")
    video = _only(description, "video")
    _only(description, "application")
    if audio is None and video is None:
        raise _no_media()
    for media in description.media:
        _check(media)
    if len({media.rtp.muxId for media in description.media}) < len(description.media):
        raise NotSdp("Two sections of the offer have the same name (a=mid).")
    _need_codec(audio, "audio/opus", "Opus")
    _need_codec(video, "video/vp8", "VP8")
    return Offer(
        sdp=reduced.sdp,
        size=reduced.size,
        candidates=reduced.candidates,
        candidate_lines=reduced.candidate_lines,
        ufrag=str(description.media[0].ice.usernameFragment),
        kinds=frozenset(media.kind for media in description.media),
        sends_audio=_may(audio, "recvonly"),
        sends_video=_may(video, "recvonly"),
        hears=_may(audio, "sendonly"),
        sees=_may(video, "sendonly"),
    )


def _reduced(body: str) -> sdp_bounds.Reduced:
    try:
        return sdp_bounds.reduce(body)
    except TooMuch as reason:
        raise TooBig(str(reason)) from None
    except BadSdp as reason:
        raise NotSdp(str(reason)) from None


def _no_media() -> NoMedia:
    return NoMedia("The offer has neither an audio nor a video section; a call needs one.")


def _parse(sdp: str) -> SessionDescription:
    try:
        return SessionDescription.parse(sdp)
    except Exception as error:
        # The parser asserts, indexes and converts freely; whatever it raises means this.
        raise NotSdp("The body begins like SDP but cannot be read as such.") from error


def _only(description: SessionDescription, kind: str) -> MediaDescription | None:
    """The one section of that kind, or None."""
    sections = [media for media in description.media if media.kind == kind]
    if len(sections) > 1:
        raise TooMuchMedia(f"The offer has {len(sections)} {kind} sections; one is accepted.")
    return sections[0] if sections else None


def _check(media: MediaDescription) -> None:
    if media.kind not in ("audio", "video", "application"):
        raise NotSdp(f"The offer has a section of kind {media.kind!r}, which no call has.")
    where = f"The {media.kind} section"
    if not media.ice.usernameFragment or not media.ice.password:
        raise NotSdp(f"{where} has no ICE credentials (a=ice-ufrag and a=ice-pwd).")
    if media.dtls is None or not media.dtls.fingerprints:
        raise NotSdp(f"{where} has no DTLS fingerprint (a=fingerprint and a=setup).")
    if not media.rtp.muxId:
        raise NotSdp(f"{where} has no name (a=mid).")
    if media.kind != "application" and not media.rtcp_mux:
        raise NotSdp(f"{where} does not put RTP and RTCP on one port (a=rtcp-mux).")


def _need_codec(media: MediaDescription | None, mime: str, name: str) -> None:
    if media is None:
        return
    offered = [codec.mimeType for codec in media.rtp.codecs]
    if mime not in (codec.lower() for codec in offered):
        has = ", ".join(sorted({codec.split("/")[-1] for codec in offered})) or "none"
        raise NoCodec(f"For {media.kind} this server speaks {name}; the offer has {has}.")


def _may(media: MediaDescription | None, theirs: str) -> bool:
    """Whether their direction allows ours; no direction means both (RFC 8866 §6.7)."""
    return media is not None and media.direction in (theirs, "sendrecv", None)


def read_fragment(fragment: str, ufrag: str, before: int = 0) -> Fragment:
    """The candidates of a trickle ICE fragment; ``before``: how many the call has had.

    Raises BadFragment if it is not one, or belongs to another ICE session: restarting ICE is
    not supported, the caller calls again. Raises TooManyCandidates beyond those of a call.
    """
    try:
        reduced = sdp_bounds.reduce(fragment)
    except TooMuch as reason:
        raise TooBig(str(reason)) from None
    except BadSdp as reason:
        raise BadFragment(str(reason)) from None
    if reduced.ufrags - {ufrag}:
        raise BadFragment("The fragment is for another ICE session; restart by calling again.")
    if not reduced.candidate_lines and not reduced.candidates:
        raise BadFragment("The fragment has neither a=candidate nor a=end-of-candidates lines.")
    if before + reduced.candidate_lines > MAX_CANDIDATES:
        raise TooManyCandidates(f"A call has at most {MAX_CANDIDATES} candidates; that was more.")
    return Fragment(reduced.size, reduced.candidates, reduced.candidate_lines)


def candidate(mid: str, line: str) -> RTCIceCandidate:
    """One of the pairs above as an ``RTCIceCandidate``."""
    parsed = candidate_from_sdp(line)
    parsed.sdpMid = mid
    return parsed
