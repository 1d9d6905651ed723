"""Offers that can be answered, and sentences for those that cannot."""

import random

import pytest
from loopback import Caller

from server.call import ice, offer
from server.call.clock import MediaClock
from server.call.peer import Peer
from server.call.playout import Playout
from server.call.voice_track import VoiceTrack


async def sdp(**media: str | None) -> str:
    caller = Caller(**media)
    text = await caller.offer()
    await caller.close()
    return text


async def test_what_an_offer_brings() -> None:
    read = offer.read(await sdp(audio="sendrecv", video="recvonly"))
    assert (read.sends_audio, read.hears, read.sends_video, read.sees) == (True, True, True, False)
    assert read.events
    assert "a=candidate" not in read.sdp and "end-of-candidates" not in read.sdp
    assert read.candidates[-1][1] == ""
    only = offer.read(await sdp(audio="sendonly", video=None))
    assert (only.sends_audio, only.hears, only.kinds) == (False, True, {"audio", "application"})


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda s: "hello", offer.NotSdp, "v=0"),
        (lambda s: "v=0\r\nm=audio", offer.NotSdp, "cannot be read"),
        (lambda s: s.replace("m=video ", "m=video x"), offer.NotSdp, "cannot be read"),
        (lambda s: s + "a=x:" + "y" * 300_000, offer.TooBig, "accepted"),
        (lambda s: s[: s.index("m=")], offer.NoMedia, "neither"),
        (lambda s: s.replace("ice-pwd", "ice-pw"), offer.NotSdp, "ICE credentials"),
        (lambda s: s.replace("a=fingerprint", "a=finger"), offer.NotSdp, "fingerprint"),
        (lambda s: s.replace("a=rtcp-mux", "a=rtcp-mix"), offer.NotSdp, "one port"),
        (lambda s: s.replace("a=mid:", "a=mod:"), offer.NotSdp, "a=mid"),
        (lambda s: s.replace("VP8", "VP1"), offer.NoCodec, "VP8"),
        (lambda s: s.replace("opus", "opium"), offer.NoCodec, "opium"),
        (lambda s: s.replace("m=application", "m=image"), offer.NotSdp, "image"),
        (lambda s: s + s[s.index("m=audio") : s.index("m=video")], offer.TooMuchMedia, "2 audio"),
    ],
)
async def test_what_is_wrong_is_said(change: object, error: type, says: str) -> None:
    good = await sdp()
    offer.read(good)
    with pytest.raises(error, match=says) as caught:
        offer.read(change(good))  # type: ignore[operator]
    assert str(caught.value).endswith(".")
    assert caught.value.title


def damaged(good: str, rng: random.Random) -> str:
    """An offer with a line gone, doubled, swapped, cut or scrambled."""
    lines = good.splitlines()
    for _ in range(rng.randint(1, 3)):
        n, m = rng.randrange(len(lines)), rng.randrange(len(lines))
        match rng.randrange(5):
            case 0:
                del lines[n]
            case 1:
                lines.insert(m, lines[n])
            case 2:
                lines[n], lines[m] = lines[m], lines[n]
            case 3:
                lines[n] = lines[n][: rng.randrange(len(lines[n]) + 1)]
            case 4:
                lines[n] = "".join(rng.sample(lines[n], len(lines[n])))
    return "\r\n".join(lines) + "\r\n"


async def test_a_damaged_offer_is_answered_or_refused_and_nothing_else() -> None:
    good = await sdp(audio="sendrecv", video="sendrecv")
    rng = random.Random(7)
    answered = refused = 0
    for _ in range(300):
        try:
            read = offer.read(damaged(good, rng))
        except offer.OfferError as error:
            refused += 1
            assert str(error).endswith(".")
            continue
        peer = Peer(
            read,
            voice=VoiceTrack(Playout(), MediaClock()),
            face=None,
            configuration=ice.configuration(),
        )
        try:
            assert (await peer.answer()).startswith("v=0")
            answered += 1
        except offer.OfferError as error:
            refused += 1
            assert str(error).endswith(".")
        finally:
            await peer.close()
    assert answered > 50 and refused > 20
