"""Messages on the data channel that no page would send: deep, long, no text, no number, mutated."""

import asyncio
import json
import random
from collections.abc import Iterator

from attacks.target import Report, Stranger, Target, paced

DEPTHS = (9, 90, 254, 495, 600, 700, 800, 900, 950, 980, 987)
"""From 254 on the API once failed to read what was kept; from 495 on nothing of anybody's was
written any more."""


def deep_hellos() -> Iterator[str]:
    """Browser facts nested ever deeper, in lists and in objects."""
    for depth in DEPTHS:
        for opening, inner, closing in (("[", "", "]"), ('{"a":', "1", "}")):
            facts = opening * depth + inner + closing * depth
            yield f'{{"type":"hello","consent":false,"client":{{"x":{facts}}}}}'


def odd_messages() -> Iterator[str]:
    """Numbers out of range, halves of characters, NUL, names given twice, a second hello."""
    for digits in (400, 4_299, 4_300, 5_000, 60_000):
        yield f'{{"type":"stats","values":{{"rtt_ms":{"9" * digits}}}}}'
        yield f'{{"type":"stats","values":{{"rtt_ms":-{"9" * digits}}}}}'
        yield f'{{"type":"text","text":"hi","at":{"7" * digits}}}'
        yield f'{{"type":"stats","at":0.{"3" * digits},"values":{{"a_ms":1}}}}'
        yield f'{{"type":"hello","consent":false,"away_ms":{"1" * digits}}}'
        yield f'{{"type":"hello","consent":false,"client":{{"x":{"8" * digits}}}}}'
    for number in ("1e999", "-1e999", "1e308", "NaN", "Infinity", "-Infinity", "1e-999999"):
        yield f'{{"type":"stats","values":{{"rtt_ms":{number}}}}}'
        yield f'{{"type":"text","text":"hi","at":{number}}}'
        yield f'{{"type":"hello","consent":false,"client":{{"x":{number}}}}}'
        yield f'{{"type":"calibrate","step":"set","gain_db":{number}}}'
    for text in (r"\ud800", r"\udfff", r"a\ud83d b", r"\ude00\ud83d", r"a\u0000b"):
        yield f'{{"type":"text","text":"hello {text}"}}'
        yield f'{{"type":"hello","consent":false,"client":{{"x":"{text}"}}}}'
        yield f'{{"type":"hello","consent":false,"client":{{"{text}":1}}}}'
        yield f'{{"type":"hello","consent":false,"timezone":"{text}"}}'
        yield f'{{"type":"stats","values":{{"{text}_ms":1}}}}'
        yield f'{{"type":"label","do":"record","modality":"gesture","label":"{text}"}}'
    yield '{"type":"consent","given":false,"given":true}'
    yield '{"type":"hello","consent":false,"consent":true}'
    yield '{"type":"text","type":"consent","given":true,"text":"hi"}'
    yield '{"type":"hello","consent":false,"client":{"a":1,"a":2}}'
    for _ in range(5):
        yield '{"type":"hello","consent":false,"client":{"browser":"again"}}'


OF_A_CALL = 10
SOUND = (
    {"type": "hello", "consent": False, "client": {"browser": "x", "cores": 4}, "timezone": "UTC"},
    {"type": "consent", "given": False},
    {"type": "text", "text": "What is your name?"},
    {"type": "interrupt"},
    {"type": "stats", "values": {"rtt_ms": 12.5, "path": "udp"}},
    {"type": "calibrate", "step": "set", "gain_db": 3},
    {"type": "judge", "id": "00000000-0000-0000-0000-000000000000", "score": 0.5},
    {"type": "label", "do": "lesson", "on": True},
)
PIECES = (
    "null", "true", "-1", "1e400", '"\\ud800"', "[]", "{}", "[" * 10 + "]" * 10, '"' + "y" * 5_000,
    "9" * 500, "\x00", "\\u0000", '"type"', '"consent"', '"given":true,', ",", "}", "{", '"', " ",
)  # fmt: skip


def mutated(message: str, chance: random.Random) -> str:
    """``message`` with one to four pieces taken out, doubled, exchanged or put in."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(message) + 1)
        to = min(len(message), at + chance.randint(0, 12))
        match chance.randrange(4):
            case 0:
                message = message[:at] + message[to:]
            case 1:
                message = message[:to] + message[at:to] * chance.randint(1, 5) + message[to:]
            case 2:
                message = message[:at] + chance.choice(PIECES) + message[to:]
            case 3:
                message = message[:at] + chr(chance.randrange(1, 0xD800)) + message[at:]
    return message


async def deep_hello(target: Target) -> Report:
    """The first hello of a call, and more of them, nested up to 987 deep."""
    async with Stranger(target) as line:
        for message in deep_hellos():
            line.raw(message)
            await asyncio.sleep(0.05)
        await line.until(lambda: False, target.seconds)
    return line.report()


async def odd_json(target: Target) -> Report:
    """Each odd message, ten a call: more in one would be dropped for being many."""
    messages = list(odd_messages())
    target.random().shuffle(messages)
    reports: list[Report] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + target.seconds
    for n in range(0, len(messages), OF_A_CALL):
        if loop.time() > until:
            break
        async with Stranger(target) as line:
            line.hello()
            for message in messages[n : n + OF_A_CALL]:
                line.raw(message)
            await line.drained()
            await line.until(lambda: False, 0.3)
        reports.append(line.report())
    return reports[-1] | {
        "sent": sum(report["sent"] for report in reports),
        "told": sum(sum(report["faults"].values()) for report in reports),
        "shown": sum(report["shown"] for report in reports),
    }


async def infinite_stats(target: Target) -> Report:
    """Numbers that no database takes: 886 messages, each a row that can't be inserted."""
    async with Stranger(target) as line:
        line.hello()
        async for _ in paced(target.seconds, 443, 886):
            line.raw('{"type":"stats","values":{"rtt_ms":1e999}}')
        await line.drained()
    return line.report()


async def mutated_messages(target: Target) -> Report:
    """Right messages with pieces exchanged, 300 a second."""
    chance = target.random()
    async with Stranger(target) as line:
        line.hello()
        async for _ in paced(target.seconds, 300, 20_000):
            line.raw(mutated(json.dumps(chance.choice(SOUND)), chance))
        await line.drained()
    return line.report()
