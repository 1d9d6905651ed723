"""Whether what came of a turn is what must come of it: by patterns, words and times."""

from visavis.evaluate.results import ScenarioResult, TurnResult
from visavis.evaluate.scenario import Expected, Scenario
from visavis.evaluate.words import word_error_rate


def judge(scenario: Scenario, result: ScenarioResult) -> None:
    """Note all that failed in ``result``."""
    for step, came in zip(scenario.steps, result.steps, strict=False):
        came.failures += failures(step.expected, came)
    missing = len(scenario.steps) - len(result.steps)
    if missing:
        result.failures.append(f"the call was over before the last {missing} turn(s)")
    if scenario.ends is not None and scenario.ends != result.ended:
        result.failures.append(
            "the call should have ended by this, and went on"
            if scenario.ends
            else "the call ended, and should go on"
        )


def failures(expected: Expected, came: TurnResult) -> list[str]:
    """What of a turn isn't as it must be, a sentence each."""
    return [
        *_answer(expected, came),
        *_time(expected, came),
        *_understood(expected, came),
        *_voice(expected, came),
    ]


def _answer(expected: Expected, came: TurnResult) -> list[str]:
    found = []
    if expected.answered is True and not came.answer:
        found.append("there is no answer")
    elif expected.answered is False and came.answer:
        found.append("it is answered, and should not be")
    elif came.answer:
        for group in expected.has:
            if not any(pattern.search(came.answer) for pattern in group):
                wanted = " or ".join(pattern.pattern for pattern in group)
                found.append(f"the answer lacks {wanted}")
    for pattern in expected.lacks:
        if said := pattern.search(came.answer):
            found.append(f"the answer has {said[0]!r}, which {pattern.pattern} forbids")
    return found


def _time(expected: Expected, came: TurnResult) -> list[str]:
    most, took = expected.within_ms, came.first_ms
    if most is None or took is None or took <= most:
        return []
    return [f"the answer came after {took:.0f} ms; at most {most:.0f} are wanted"]


def _understood(expected: Expected, came: TurnResult) -> list[str]:
    found = []
    if expected.turns and came.turns not in expected.turns:
        wanted = " or ".join(map(str, expected.turns))
        found.append(f"it was taken in {came.turns} turns; {wanted} is wanted")
    if expected.heard is not None:
        rate = word_error_rate(expected.heard, came.heard)
        if rate > expected.wer:
            found.append(
                f"it was taken for {came.heard!r}, which is {rate:.0%} of the words wrong; "
                f"at most {expected.wer:.0%} are wanted"
            )
    return found


def _voice(expected: Expected, came: TurnResult) -> list[str]:
    if expected.voice is None or came.voice == expected.voice:
        return []
    became = "was not spoken over" if came.voice is None else came.voice
    return [f"her voice {became}; that it {expected.voice} is wanted"]
