"""What a check of this machine found; one that breaks or hangs is a finding, too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Thread

from visavis.inputs import one_line, without_passwords

LIMIT_S = 30.0
"""What a check takes at most: to import what is heavy takes the longest, some seconds."""
REPORT = "Please report this."


@dataclass(frozen=True)
class Finding:
    """What one check found. `remedy` says what to do; it is empty where all is well."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def checked(
    name: str,
    look: Callable[[], Iterator[Finding]],
    *,
    limit_s: float = LIMIT_S,
    remedy: str = REPORT,
) -> list[Finding]:
    """What a check finds, each on one line and without passwords. Raises nothing.

    ``remedy`` is for a check that breaks, or takes more than ``limit_s``: it goes on in a thread
    that nobody waits for, and what it found until then stands.
    """
    found: list[Finding] = []

    def wrong(why: str) -> Finding:
        return Finding(name, False, f"couldn't be checked{why}", remedy)

    def run() -> None:
        try:
            found.extend(look())
        except (Exception, SystemExit) as error:
            found.append(wrong(f": {type(error).__name__}: {error}"))

    thread = Thread(target=run, name=f"check {name}", daemon=True)
    thread.start()
    thread.join(limit_s)
    late = [wrong(f" within {limit_s:g} s")] if thread.is_alive() else []
    return [_shown(one) for one in [*found, *late]]


def _shown(finding: Finding) -> Finding:
    detail, remedy = (
        without_passwords(one_line(text)) for text in (finding.detail, finding.remedy)
    )
    return replace(finding, detail=detail, remedy=remedy)
