"""Then and now, turn by turn: a document for machines, and the same for people."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visavis.call.dialogue.making import seed_of
from visavis.replay.kept import CannotReplay, Exchange, Kept
from visavis.replay.outcome import Played

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def words(text: str) -> list[str]:
    """What counts when transcripts are compared: words, whatever their case and punctuation."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def word_error_rate(then: str, now: str) -> float:
    """Words substituted, missing and added, as a share of the words in `then`."""
    one, other = words(then), words(now)
    if not one:
        return float(bool(other))
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, heard in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != heard))
    return row[-1] / len(one)


@dataclass(frozen=True)
class Side:
    """What a turn gave, at one time."""

    transcript: str
    reply: str
    turns: int
    systems: Mapping[str, str]
    parameters: Mapping[str, Any]
    stages: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """As it stands in the document."""
        return {
            "transcript": self.transcript,
            "reply": self.reply,
            "turns": self.turns,
            "systems": dict(self.systems),
            "parameters": dict(self.parameters),
            "stages": dict(self.stages),
        }


def then_of(exchange: Exchange) -> Side:
    """What the call had."""
    stages = {name: round(ms, 1) for name, ms in exchange.stages.items()}
    return Side(
        exchange.transcript, exchange.reply, 1, exchange.systems, exchange.parameters, stages
    )


def now_of(played: Played) -> Side:
    """What today's engines give."""
    return Side(
        played.transcript,
        played.reply,
        played.turns,
        played.systems,
        played.parameters,
        played.stages,
    )


def document(
    kept: Kept,
    played: Sequence[tuple[Exchange, Played | None]],
    *,
    wer: float,
    faults: Sequence[tuple[str, str]],
    against: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The comparison. `wer`: how much a transcript may differ and still agree; `against`: an
    earlier comparison of the same call, whose results stand for the call's own.

    Raises `CannotReplay` when `against` is of another call or lacks a turn.
    """
    earlier = None if against is None else _earlier(against, kept)
    turns = []
    for exchange, now in played:
        if now is None:
            continue
        then = then_of(exchange)
        if earlier is not None:
            then = _found(earlier, exchange)
        turns.append(_turn(exchange, then, now_of(now), wer))
    return {
        "session": str(kept.session),
        "started": kept.started,
        "version": kept.version,
        "against": "the call" if earlier is None else "an earlier replay",
        "wer": wer,
        "seed": seed_of(kept.session),
        "agrees": all(turn["agrees"] for turn in turns),
        "not_kept": kept.unkept,
        "faults": [{"kind": kind, "message": message} for kind, message in faults],
        "turns": turns,
    }


def _turn(exchange: Exchange, then: Side, now: Side, wer: float) -> dict[str, Any]:
    spoken = exchange.pcm is not None
    rate = word_error_rate(then.transcript, now.transcript) if spoken else 0.0
    ruled = then.systems.get("chat") == "rules" and now.systems.get("chat") == "rules"
    return {
        "turn": str(exchange.turn),
        "kind": "speech" if spoken else "text",
        "at_ms": exchange.at_ms,
        "then": then.as_json(),
        "now": now.as_json(),
        "wer": round(rate, 4),
        "agrees": rate <= wer,
        "reply": "unchanged" if then.reply == now.reply else "changed",
        "by_chance": not ruled,
    }


def _earlier(against: Mapping[str, Any], kept: Kept) -> dict[str, Any]:
    if against.get("session") != str(kept.session) or not isinstance(against.get("turns"), list):
        raise CannotReplay(
            f"What it is to be compared with is no replay of {kept.session}: "
            "make one with `visavis replay SESSION --json`."
        )
    return {turn["turn"]: turn["now"] for turn in against["turns"]}


def _found(earlier: Mapping[str, Any], exchange: Exchange) -> Side:
    try:
        return Side(**earlier[str(exchange.turn)])
    except (KeyError, TypeError):
        raise CannotReplay(
            f"The earlier replay has no turn {exchange.turn}, or not all of it."
        ) from None


def lines(compared: Mapping[str, Any]) -> Iterator[str]:
    """The comparison for people."""
    yield (
        f"Session {compared['session']} of {compared['started']}, "
        f"kept by version {compared['version']}, compared with {compared['against']}."
    )
    for number, turn in enumerate(compared["turns"], start=1):
        yield ""
        yield from _turn_lines(number, turn)
    yield ""
    if any(turn["by_chance"] for turn in compared["turns"]):
        yield (
            "Replies of a language model are drawn by chance and may differ each time; how they "
            "were drawn stands beside them. No seed of such a reply is kept."
        )
    if compared["not_kept"]:
        yield f"{compared['not_kept']} spoken turns were not played: their sound was not kept."
    for fault in compared["faults"]:
        yield f"Fault while replaying, {fault['kind']}: {fault['message']}"
    differ = sum(not turn["agrees"] for turn in compared["turns"])
    count = len(compared["turns"])
    yield (
        f"All of {count} turns agree."
        if not differ
        else f"{differ} of {count} turns were understood differently."
    )


def _turn_lines(number: int, turn: Mapping[str, Any]) -> Iterator[str]:
    then, now = turn["then"], turn["now"]
    at = "" if turn["at_ms"] is None else f" at {turn['at_ms'] / 1000:.1f} s"
    if turn["kind"] == "text":
        yield f"Turn {number}{at}, typed: {then['transcript']}"
    else:
        word = "unchanged" if turn["wer"] == 0 else f"word error rate {100 * turn['wer']:.0f} %"
        verdict = "" if turn["agrees"] else ", DIFFERS"
        yield f"Turn {number}{at}, spoken: {word}{verdict}"
        yield f"  heard then     {then['transcript']}"
        yield f"  heard now      {now['transcript'] or '(nothing)'}"
        if now["turns"] != then["turns"]:
            yield f"  It was taken for {now['turns']} turns, and for {then['turns']} then."
    chance = f" ({_drawn(now)})" if turn["by_chance"] else ""
    yield f"  reply {turn['reply']}{chance}"
    if turn["reply"] == "changed":
        yield f"  answered then  {then['reply']}"
        yield f"  answered now   {now['reply']}"
    stages = [
        f"{name} {_ms(then['stages'].get(name))} → {_ms(now['stages'].get(name))}"
        for name in ("endpoint", "think", "speak")
    ]
    yield f"  ms then → now  {', '.join(stages)}"
    for part in ("stt", "chat", "tts"):
        before, after = then["systems"].get(part), now["systems"].get(part)
        if before and after and before != after:
            yield f"  {part} was {before}, is {after}"


def _drawn(side: Mapping[str, Any]) -> str:
    """How a reply came about."""
    parameters = side["parameters"]
    told = [side["systems"].get("chat", "")]
    told += [f"{n} {parameters[n]}" for n in ("temperature", "seed", "rule") if n in parameters]
    return ", ".join(told)


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
