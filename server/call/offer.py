"""Read a caller's offer: what it brings, and in plain words what is wrong with it."""

import re
from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import MediaDescription, SessionDescription, candidate_from_sdp

MAX_BYTES = 256 * 1024
"""A browser's offer with everything in it is under 20 kB."""


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


@dataclass(frozen=True)
class Offer:
    """An offer that can be answered. Directions are ours: what this server may do."""

    sdp: str
    """Without its candidates, ready for ``setRemoteDescription``."""
    candidates: tuple[tuple[str, str], ...]
    """(mid, candidate) pairs that came with it; "" as candidate: there are no more."""
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


def read(sdp: str) -> Offer:
    """Check an offer. Raises one of the errors above."""
    if len(sdp) > MAX_BYTES:
        raise TooBig(f"The offer has {len(sdp):,} characters; {MAX_BYTES:,} are accepted.")
    description = _parse(sdp)
    audio = _only(description, "audio")
    video = _only(description, "video")
    if audio is None and video is None:
        raise NoMedia("The offer has neither an audio nor a video section; a call needs one.")
    for media in description.media:
        _check(media)
    _need_codec(audio, "audio/opus", "Opus")
    _need_codec(video, "video/vp8", "VP8")
    kept, candidates = _split_candidates(sdp)
    return Offer(
        sdp=kept,
        candidates=candidates,
        ufrag=str(description.media[0].ice.usernameFragment),
        kinds=frozenset(media.kind for media in description.media),
        sends_audio=_may(audio, "recvonly"),
        sends_video=_may(video, "recvonly"),
        hears=_may(audio, "sendonly"),
        sees=_may(video, "sendonly"),
    )


def _parse(sdp: str) -> SessionDescription:
    if not sdp.lstrip().startswith("v=0"):
        raise NotSdp('The body is not a session description: it does not begin with "v=0".')
    try:
        return SessionDescription.parse(sdp)
    except Exception as error:
        # The parser asserts, indexes and converts freely; whatever it raises means this.
        line = f" ({error})" if str(error) else ""
        raise NotSdp(f"The body begins like SDP but cannot be read as such{line}.") from error


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


def _split_candidates(sdp: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The candidates apart from the rest.

    aiortc resolves an mDNS candidate (what a browser gives before it may use the microphone)
    while it sets the description, which can take seconds; apart, they can be added meanwhile.
    """
    kept, found, mid = [], [], ""
    for section in re.split(r"(?m)^(?=m=)", sdp):
        match = re.search(r"(?m)^a=mid:(\S+)", section)
        mid = match.group(1) if match else ""
        for line in section.splitlines():
            if line.startswith("a=candidate:"):
                found.append((mid, line.removeprefix("a=candidate:").strip()))
            elif line.startswith("a=end-of-candidates"):
                found.append((mid, ""))
            elif line:
                kept.append(line)
    return "\r\n".join(kept) + "\r\n", tuple(found)


def read_fragment(fragment: str, ufrag: str) -> tuple[tuple[str, str], ...]:
    """(mid, candidate) pairs of a trickle ICE fragment (RFC 8840 §9); "" ends them.

    Raises BadFragment if it is not one, or belongs to another ICE session: restarting ICE is
    not supported, the caller calls again.
    """
    if len(fragment) > MAX_BYTES:
        raise TooBig(f"The fragment has {len(fragment):,} characters; {MAX_BYTES:,} are accepted.")
    named = set(re.findall(r"(?m)^a=ice-ufrag:(\S+)", fragment))
    if named - {ufrag}:
        raise BadFragment("The fragment is for another ICE session; restart by calling again.")
    _, found = _split_candidates(fragment)
    if not found:
        raise BadFragment("The fragment has neither a=candidate nor a=end-of-candidates lines.")
    return found


def candidate(mid: str, line: str) -> RTCIceCandidate:
    """An ``RTCIceCandidate``. Raises BadFragment for a line that is none."""
    try:
        parsed = candidate_from_sdp(line)
    except Exception as error:
        raise BadFragment(f"Not an ICE candidate: {line[:120]!r}.") from error
    parsed.sdpMid = mid
    return parsed
