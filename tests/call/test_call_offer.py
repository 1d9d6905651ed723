"""Offers that can be answered, and sentences for those that cannot."""

import random
from collections import Counter
from collections.abc import Callable

import offer_cases
import pytest
from call.loopback import Caller

from visavis.call.events import Bus
from visavis.call.rtc import ice, offer, sdp_bounds
from visavis.call.rtc.peer import Peer
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.voice_track import VoiceTrack


async def sdp(**media: str | None) -> str:
    caller = Caller(**media)
    text: str = await caller.offer()
    await caller.close()
    return text


async def test_what_an_offer_brings() -> None:
    read = offer.read(await sdp(audio="sendrecv", video="recvonly"))
    assert (read.sends_audio, read.hears, read.sends_video, read.sees) == (True, True, True, False)
    assert read.events
    assert "a=candidate" not in read.sdp and "end-of-candidates" not in read.sdp
    assert read.candidates[-1][1] == ""
    only = offer.read(await sdp(audio="sendonly", video=None))
    assert (only.sends_audio, only.hears, only.kinds) == (
        False,
        True,
        frozenset({"audio", "application"}),
    )


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
async def test_what_is_wrong_is_said(
    change: Callable[[str], str], error: type[offer.OfferError], says: str
) -> None:
    good = await sdp()
    offer.read(good)
    with pytest.raises(error, match=says) as caught:
        offer.read(change(good))
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
            Bus(),
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


@pytest.mark.parametrize("row", offer_cases.rows(), ids=lambda row: row["id"])
def test_the_cases_are_read_or_refused(row: dict[str, object]) -> None:
    if "answer" in row and row["id"] not in offer_cases.NOT_YET:
        offer.read(offer_cases.text(row))
        return
    with pytest.raises(offer.OfferError) as caught:
        offer.read(offer_cases.text(row))
    assert str(caught.value).endswith(".") and "Error" not in str(caught.value)
    if "bounded_ms" in row:
        assert isinstance(caught.value, offer.TooBig)


PLAIN = offer_cases.text({"file": "offers/audio_opus.sdp"})
FULL = offer_cases.text({"file": "offers/audio_video_data.sdp"})


def lines(line: str, count: int) -> str:
    return "".join(line.replace("{i}", str(i)) + "\r\n" for i in range(1, count + 1))


@pytest.mark.parametrize(
    "more",
    [
        "a=x:" + "é" * 17_000,
        lines("a=candidate:{i} 1 udp {i} 198.51.100.7 9 typ host", 61),
        lines("a=candidate:{i} 1 tcp {i} 198.51.100.7 9 typ host", 61),
        lines("a=ssrc:{i} cname:x", 201),
        lines("a=rtcp-fb:* nack", 201),
        lines("a=rtpmap:1 x/8000", 201),
        lines("a=nothing-known", 201),
        lines("a=fingerprint:sha-256 AA:{i}", 40),
        lines("m=audio 0 UDP/TLS/RTP/SAVPF 96", 40),
        lines("", 201),
        "\r" * 201,
    ],
)
def test_too_much_of_anything_is_refused(more: str) -> None:
    with pytest.raises(offer.TooBig, match="accepted"):
        offer.read(PLAIN + more)


NINES = "9" * 5_000


@pytest.mark.parametrize(
    "line",
    [
        f"a=rtpmap:{NINES} opus/48000/2",
        f"a=rtpmap:96 opus/{NINES}",
        f"a=rtpmap:96 opus/48000/{NINES}",
        f"a=fmtp:111 minptime={NINES}",
        "a=fmtp:111 minptime=ten",
        "a=rtpmap:٩٦ opus/48000/2",
        "a=rtpmap:200 opus/48000/2",
        "a=rtpmap:73 opus/48000/2",
        f"a=ssrc:{NINES} cname:x",
        f"a=ssrc-group:FID {NINES}",
        f"a=extmap:{NINES} urn:x",
        f"a=max-message-size:{NINES}",
        "a=sctp-port:65536",
        "a=setup:sometimes",
        "a=fingerprint:sha-256",
        "a=mid:" + "x" * 1_000,
        "a=mid:\0",
        "a=nothing-known:\0",
        "a=ice-ufrag:\x1b[2J",
        "a=candidate:1 1 udp 1 198.51.100.7 65536 typ host",
        f"a=candidate:1 1 udp {NINES} 198.51.100.7 9 typ host",
        "a=candidate:1 1 udp 1 198.51.100.7 ٩ typ host",
        "a=candidate:1 1 udp",
        "m=audio 65536 UDP/TLS/RTP/SAVPF 96",
        f"m=audio {NINES} UDP/TLS/RTP/SAVPF 96",
        f"m=audio 9 UDP/TLS/RTP/SAVPF {NINES}",
        f"m=application 9 DTLS/SCTP {NINES}",
    ],
    ids=lambda line: ascii(line[:40]),
)
def test_a_line_that_cannot_be_right_is_said_to_be_wrong(line: str) -> None:
    with pytest.raises(offer.NotSdp) as caught:
        offer.read(PLAIN + line + "\r\n")
    said = str(caught.value)
    assert said.endswith(".") and len(said) < 150 and said.isascii() and said.isprintable()


@pytest.mark.parametrize("end", ["\u2028", "\x0b", "\x0c", "\x1c", "\x85"])
def test_only_what_ends_a_line_in_sdp_ends_one(end: str) -> None:
    """Python's idea of a line knows more ends, and so more lines than were counted."""
    read = offer.read(PLAIN + end.join(["a=x:y", *["a=candidate:1 1 udp 1 ::1 9 typ host"] * 99]))
    assert len(read.candidates) < 60 and "x:y" not in read.sdp


def test_what_a_parser_gets_holds_each_thing_once() -> None:
    formats = [n for n in range(96, 127) if n != 111]
    more = "".join(f"a=rtpmap:{n} VP8/90000\r\na=fmtp:{n} x=1\r\n" * 3 for n in formats)
    more += lines("a=rtcp-fb:* nack", 80) + lines("a=rtcp-fb:100 nack", 50)
    more += lines("a=rtcp-fb:* other{i}", 60) + lines("a=ssrc:7 cname:{i}", 190)
    video = FULL[: FULL.index("m=application")]
    counted = Counter(line.split(" ")[0] for line in offer.read(video + more).sdp.splitlines())
    assert counted["a=rtpmap:100"] == counted["a=fmtp:100"] == counted["a=rtcp-fb:100"] == 1
    assert counted["a=rtcp-fb:126"] == 1 and counted["a=ssrc:7"] == 1


def test_what_cannot_be_tried_is_passed_over_but_counted() -> None:
    tried = ["198.51.100.7", "2001:db8::7", "0a1b.local"]
    passed = ["host.example", "a.b.local", "0.0.0.0", "224.0.0.1", "255.255.255.255", "ff02::1"]
    passed += ["fe80::1%eth0", "::ffff:198.51.100.7"]
    more = "".join(f"a=candidate:1 1 UDP 1 {host} 9 typ host\r\n" for host in tried + passed)
    more += "a=candidate:1 2 udp 1 198.51.100.7 9 typ host\r\n"
    more += "a=candidate:1 1 udp 1 198.51.100.7 0 typ host\r\n"
    more += "a=candidate:1 1 tcp 1 198.51.100.7 9 typ host tcptype active\r\n"
    bare = "".join(line for line in PLAIN.splitlines(True) if "candidate" not in line)
    read = offer.read(bare + more)
    assert [line.split()[4] for _, line in read.candidates] == tried
    assert read.candidate_lines == len(tried) + len(passed) + 3


def test_the_candidates_of_a_call_are_counted_together() -> None:
    one = "a=mid:0\r\na=candidate:1 1 udp 1 198.51.100.7 9 typ host ufrag x\r\n"
    found = offer.read_fragment(one, "ufrag", 59)
    assert (found.candidate_lines, len(found.candidates), found.size) == (1, 1, len(one))
    with pytest.raises(offer.TooManyCandidates, match="60"):
        offer.read_fragment(one, "ufrag", 60)
    assert offer.read_fragment("a=end-of-candidates", "ufrag", 60).candidates == (("", ""),)
    only_tcp = "a=candidate:1 1 tcp 1 198.51.100.7 9 typ host"
    assert offer.read_fragment(only_tcp, "ufrag").candidates == ()


def test_a_browser_with_everything_is_within_the_bounds() -> None:
    """As Chromium's with two cameras, a screen and simulcast: 40 payload types a section."""
    formats = [n for n in [*range(35, 66), *range(96, 128)] if n != 111][:40]
    video = FULL[FULL.index("m=video") : FULL.index("m=application")]
    media = video.splitlines()[0].rsplit(" ", 1)[0] + " " + " ".join(map(str, formats))
    more = "".join(
        f"a=rtpmap:{n} VP8/90000\r\na=rtcp-fb:{n} nack\r\na=fmtp:{n} x-google=1\r\n"
        for n in formats
    )
    more += lines("a=extmap:{i} urn:ietf:params:rtp-hdrext:x{i}", 14)
    more += "a=rid:h send\r\na=rid:m send\r\na=rid:l send\r\na=simulcast:send h;m;l\r\n"
    more += lines("a=ssrc:{i} msid:stream track", 12)
    video = "\r\n".join([media, *video.splitlines()[1:]]) + "\r\n" + more
    whole = FULL[: FULL.index("m=video")] + video + FULL[FULL.index("m=application") :]
    assert offer.read(whole).sends_video
    times = "".join(video.replace("a=mid:", f"a=mid:{n}") for n in range(3))
    assert sdp_bounds.reduce(whole + times).sections == 6
