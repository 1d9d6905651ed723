"""Right messages, far too many of them."""

from collections.abc import Callable

from attacks.target import Report, Stranger, Target, paced


async def _flood(target: Target, rate: float, most: int, message: Callable[[int], str]) -> Report:
    async with Stranger(target) as line:
        line.hello()
        async for n in paced(target.seconds, rate, most):
            line.raw(message(n))
        await line.drained()
        await line.until(lambda: False, 2.5)  # until the server has told its lag once more
    return line.report()


async def consent_flood(target: Target) -> Report:
    """Consent given and taken back 2,125 times a second: 8,500 in 4 s."""
    answers = ("true", "false")
    return await _flood(
        target, 2_125, 8_500, lambda n: f'{{"type":"consent","given":{answers[n % 2]}}}'
    )


async def stats_flood(target: Target) -> Report:
    """As many measures as a message holds, 127 times a second: 1,274 in 10 s."""
    values = ",".join(f'"measure_number_{n}_ms":{n}' for n in range(128))
    return await _flood(
        target, 127.4, 1_274, lambda n: f'{{"type":"stats","at":{n},"values":{{{values}}}}}'
    )


async def text_flood(target: Target) -> Report:
    """A typed turn 100 times a second."""
    return await _flood(
        target, 100, 1_000, lambda n: f'{{"type":"text","text":"What time is it? {n}"}}'
    )


async def bad_flood(target: Target) -> Report:
    """What isn't JSON, 1,000 times a second."""
    return await _flood(target, 1_000, 10_000, lambda n: "{" * (n % 9))


async def mixed_flood(target: Target) -> Report:
    """Every other kind of message, 300 times a second together."""
    kinds = (
        '{"type":"interrupt"}',
        '{"type":"calibrate","step":"quiet"}',
        '{"type":"calibrate","step":"cancel"}',
        '{"type":"calibrate","step":"set","gain_db":1}',
        '{"type":"judge","id":"00000000-0000-0000-0000-000000000000","score":1}',
        '{"type":"hello","consent":false}',
        '{"type":"label","do":"lesson","on":true}',
        '{"type":"label","do":"lesson","on":false}',
    )
    return await _flood(target, 300, 3_000, lambda n: kinds[n % len(kinds)])
