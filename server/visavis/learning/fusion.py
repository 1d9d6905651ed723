"""What a caller said and signed in one turn, as one line of their words."""

from collections.abc import Sequence


def fused(
    speech: str,
    signs: Sequence[tuple[str, float]],
    began_ms: float | None = None,
    ended_ms: float | None = None,
) -> str:
    """`speech`, said from `began_ms` to `ended_ms`, with signs (label, when) where they fall.

    Signs made before or after the speech stand there; those within it stand between its words, by
    their share of its time. Without times they follow. A sign that only repeats what is said
    beside it, or the same sign made twice, adds nothing.
    """
    spoken = speech.split()
    said = _plain(speech)
    placed: list[tuple[int, str]] = []
    last = ""
    for label, at_ms in sorted(signs, key=lambda sign: sign[1]):
        label = " ".join(label.split())
        plain = _plain(label)
        if not label or plain == last or (plain and f" {plain} " in f" {said} "):
            continue
        last = plain
        placed.append((_slot(len(spoken), at_ms, began_ms, ended_ms), label))
    words: list[str] = []
    for slot in range(len(spoken) + 1):
        words += [label for at, label in placed if at == slot]
        words += spoken[slot : slot + 1]
    return " ".join(words)


def _slot(words: int, at_ms: float, began_ms: float | None, ended_ms: float | None) -> int:
    """Before which of the words a sign stands; `words` is behind all of them."""
    if began_ms is None or ended_ms is None or at_ms >= ended_ms:
        return words
    if at_ms <= began_ms:
        return 0
    return min(words, round((at_ms - began_ms) / (ended_ms - began_ms) * words))


def _plain(text: str) -> str:
    """Its letters and digits in lower case, in words."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
