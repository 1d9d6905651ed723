"""How fast a call is, at the caller's ear: 20 turns, split by what answered and by stage.

    python tests/bench/first_call.py                          # starts a server of its own
    python tests/bench/first_call.py --url http://… --pid N --database postgresql://…

The caller is ``visavis.client``, a WebRTC peer in this process; the server is another. Voice to
voice is from the caller's last voiced sample handed to RTP until the first audible sample arrived
(no jitter buffer). The stages are the server's own ``performance_log`` rows of the same turns.
A second call speaks over the replies. CPU and memory are those of the server and its children,
the database and the workers among them.
"""

import argparse
import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asyncpg
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds

from visavis.client import CallPlan, CallReport, Interruption, Turn, call
from visavis.client.sound import Sound, sound
from visavis.records.postgres.embedded import running_url

RULES = (
    "Hello.",
    "What is your name?",
    "What are you?",
    "Can you say that again?",
    "My name is Robin.",
    "What is my name?",
    "How are you?",
    "Thank you very much.",
)
QUESTIONS = (
    "Why is the sky blue?",
    "What should I cook for dinner tonight?",
    "I had a very long day at work today.",
    "Can you tell me something about the sea?",
    "Which book would you take to a desert island?",
    "I am learning to play the piano.",
    "What makes a good friend?",
    "How do birds find their way south?",
    "I would like to travel to Italy next spring.",
    "What do you think of old films?",
    "Why do cats purr?",
    "My garden is full of tomatoes this year.",
)
PITCHES = (1.0, 0.65)
"""Two voices: hibari's own, and a man's."""
START_S = 180.0
TOTALS = ("voice_to_voice", "first_words")
"""`first_words`: where an opener ("Well,") was the first sound, when the answer itself began."""


def spoken(text: str, pitch: float) -> Sound:
    return sound(text, sounds.speech(text, pitch))


def conversation(turns: int) -> tuple[Turn, ...]:
    """Two rule turns for each three questions, the voices taking turns."""
    rules, questions = list(RULES), list(QUESTIONS)
    order = [rules if i % 5 in (0, 3) else questions for i in range(turns)]
    picks = [kind[order[:i].count(kind) % len(kind)] for i, kind in enumerate(order)]
    return tuple(Turn(spoken(text, PITCHES[i % 2])) for i, text in enumerate(picks))


def spoken_over() -> tuple[Turn, ...]:
    """Replies spoken over: by words, which must silence, and by noises, which may only dip."""
    words = [spoken("No wait, I have a different question for you.", pitch) for pitch in PITCHES]
    noises = [
        sound("cough", sounds.cough()),
        sound("uh-huh", sounds.uh_huh()),
        sound("laugh", sounds.laugh()),
    ]
    overs = [words[0], noises[0], words[1], noises[1], words[0], noises[2], words[1]]
    asked = ("What are you?", "How do you work?", "Can you tell me a long story about the sea?")
    return tuple(
        Turn(spoken(asked[i % 3], PITCHES[i % 2]), Interruption(over, 700))
        for i, over in enumerate(overs)
    )


@dataclass
class Usage:
    """CPU and memory of a process and all its children, sampled each half second."""

    pid: int
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    by_name: dict[str, float] = field(default_factory=dict)

    def _tree(self) -> list[psutil.Process]:
        root = psutil.Process(self.pid)
        return [root, *root.children(recursive=True)]

    def _cpu(self) -> dict[int, float]:
        used = {}
        for process in self._tree():
            try:
                times = process.cpu_times()
                used[process.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        return used

    def _memory(self) -> None:
        total = 0.0
        names: defaultdict[str, float] = defaultdict(float)
        for process in self._tree():
            try:
                # PSS shares out what processes have in common, so that the sum means something
                size = process.memory_full_info().pss / 1e6
                names[process.name()] += size
                total += size
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        if total > self.rss_mb:
            self.rss_mb, self.by_name = total, dict(names)

    @contextmanager
    def watched(self) -> Iterator[None]:
        before, done = self._cpu(), threading.Event()

        def watch() -> None:
            while not done.wait(0.5):
                self._memory()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            after = self._cpu()
            self.cpu_s = sum(used - before.get(pid, 0.0) for pid, used in after.items())


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, int]]:
    """A server of our own on a free port of loopback; its address and process id."""
    # run by root, the database runs as another user, who must be able to reach its folder
    data.chmod(0o755)
    port = _free_port()
    visavis = Path(sys.executable).parent / "visavis"
    command = [str(visavis), "serve", "--http", "--port", str(port)]
    environment = os.environ | {"VISAVIS_WEB__HOST": "127.0.0.1"}
    with (data / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--data", str(data / "data")], stdout=log, stderr=log, env=environment
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _until_ready(url, process, data / "server.log")
        yield url, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"The server ended at once:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2) as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The server was not ready within {START_S:g} s:\n{log.read_text()[-3000:]}")


async def from_database(url: str, session: str) -> tuple[dict[str, str], list[asyncpg.Record]]:
    """Which system answered each turn, by its id; and the turns' ``performance_log`` rows."""
    await asyncio.sleep(2.0)  # the journal is written behind
    connection = await asyncpg.connect(url)
    try:
        chats = await connection.fetch(
            "select turn_id, system from chat where session_id = $1 and turn_id is not null "
            "order by created",
            session,
        )
        rows = await connection.fetch(
            "select turn_id, measure, value, part_of from performance_log "
            "where session_id = $1 and turn_id is not null",
            session,
        )
    finally:
        await connection.close()
    return {str(chat["turn_id"]): chat["system"] for chat in chats}, rows


def kinds(report: CallReport, systems: dict[str, str]) -> list[str]:
    """``rules`` or ``model`` for each turn, by the ids of the captions that came in its time."""
    ends = [turn.began_ms for turn in report.turns[1:]] + [report.duration_ms]
    found = []
    for turn, end in zip(report.turns, ends, strict=True):
        ids = [
            str(event["id"])
            for event in report.events
            if "id" in event and turn.ended_ms <= event["received_ms"] < end
        ]
        system = next((systems[one] for one in ids if one in systems), "unknown")
        found.append(kind_of(system))
    return found


def kind_of(system: str) -> str:
    return "model" if ":" in system else "unknown" if system == "unknown" else "rules"


def quantiles(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{'–':>8}{'–':>8}{0:>5}"
    return f"{median(known):8.0f}{np.percentile(known, 95):8.0f}{len(known):5d}"


def print_latency(report: CallReport, by_turn: list[str]) -> None:
    print(f"\n{'voice to voice, ms':34}{'p50':>8}{'p95':>8}{'n':>5}")
    for kind in ("rules", "model", "unknown"):
        values = [
            turn.reply_latency_ms
            for turn, one in zip(report.turns, by_turn, strict=True)
            if one == kind
        ]
        if values:
            print(f"{kind:34}{quantiles(values)}")
    print(f"{'all':34}{quantiles([turn.reply_latency_ms for turn in report.turns])}")


def print_stages(systems: dict[str, str], rows: Sequence[asyncpg.Record]) -> None:
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row["part_of"] == "voice_to_voice" or row["measure"] in TOTALS:
            kind = kind_of(systems.get(str(row["turn_id"]), "unknown"))
            groups[kind, row["measure"]].append(row["value"])
    print(f"\n{'the server, by stage, ms':34}{'p50':>8}{'p95':>8}{'n':>5}")
    for (kind, measure), values in sorted(groups.items()):
        print(f"{kind + ' ' + measure:34}{quantiles(values)}")


VOICE = """
select event_type, at_ms from session_events where session_id = $1::uuid
  and event_type in ('voice_dip', 'voice_resume', 'reply_cut') order by event_id
"""


async def came_back(database: str, session: str) -> tuple[list[float], int]:
    """ms from each dip of the voice until it was at its full level again, and how many replies
    were cut: what a caller who hears silence and then speech can't tell apart."""
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(VOICE, session)
    finally:
        await connection.close()
    back: list[float] = []
    dipped: float | None = None
    for kind, at_ms in rows:
        if kind == "voice_dip":
            dipped = at_ms
        elif kind == "voice_resume" and dipped is not None:
            back.append(at_ms - dipped)
            dipped = None
        else:
            dipped = None
    return back, sum(kind == "reply_cut" for kind, _ in rows)


def print_spoken_over(report: CallReport, back: list[float], cut: int) -> None:
    over = [turn.spoken_over for turn in report.turns if turn.spoken_over]
    over = [one for one in over if one.level_before_db is not None and not one.in_pause]
    words = [one for one in over if one.said[0].isupper()]
    noises = [one for one in over if not one.said[0].isupper()]
    print(f"\n{'spoken over, ms':34}{'p50':>8}{'p95':>8}{'n':>5}")
    print(f"{'words: yields':34}{quantiles([one.yield_ms for one in words])}")
    print(f"{'words: silent':34}{quantiles([one.silence_ms for one in words])}")
    print(f"{'words: next reply':34}{quantiles([one.reply_latency_ms for one in words])}")
    print(f"{'noises: yields':34}{quantiles([one.yield_ms for one in noises])}")
    print(f"{'noises: dip to full voice':34}{quantiles(back)}")
    print(f"{len(noises)} noises; replies cut: {cut}, by words")


def print_rest(report: CallReport, usage: Usage) -> None:
    lips, sight, ear = report.mouth, report.video, report.audio
    print()
    if sight:
        print(
            f"pictures {sight.frames}, {sight.fps or 0:.1f} a second, {len(sight.freezes)} freezes "
            f"over 120 ms, longest {sight.longest_gap_ms or 0:.0f} ms"
        )
    if ear:
        print(
            f"audio {ear.packets} packets, {ear.lost} lost, {len(ear.gaps)} gaps over 60 ms, "
            f"longest {ear.longest_gap_ms or 0:.0f} ms"
        )
    if lips and lips.offset_ms is not None:
        print(
            f"mouth {lips.offset_ms:.0f} ms after the voice (correlation {lips.correlation:.2f}), "
            f"a face in {lips.faces} of {lips.pictures} pictures"
        )
    print(
        f"offer to first picture {report.first_picture_ms or 0:.0f} ms; "
        f"own frames late p99 {report.sending_late_p99_ms or 0:.1f} ms"
    )
    share = usage.cpu_s / (report.duration_ms / 1000)
    names = ", ".join(f"{name} {size:.0f}" for name, size in sorted(usage.by_name.items()))
    print(f"server CPU {share:.2f} s a second of call; memory (PSS) {usage.rss_mb:.0f} MB: {names}")


def turns_table(report: CallReport, by_turn: list[str]) -> None:
    for turn, kind in zip(report.turns, by_turn, strict=True):
        latency = "–" if turn.reply_latency_ms is None else f"{turn.reply_latency_ms:.0f}"
        print(f"{latency:>6} ms {kind:8} {turn.said!r} heard as {turn.caller_text!r}")
        print(f"{'':18} {turn.persona_text!r}")
        if turn.problem:
            print(f"{'':18} {turn.problem}")


async def bench(url: str, pid: int, database: str, turns: int) -> list[CallReport]:
    usage = Usage(pid)
    plan = CallPlan(url, conversation(turns), client={"bench": "first_call"})
    with usage.watched():
        report = await call(plan)
    if report.problem and not report.turns:
        raise SystemExit(report.problem.message)
    systems, rows = await from_database(database, str(report.session))
    by_turn = kinds(report, systems)
    turns_table(report, by_turn)
    print(f"\n{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print_latency(report, by_turn)
    print_stages(systems, rows)
    over = await call(CallPlan(url, spoken_over(), mouth=False))
    print_spoken_over(over, *await came_back(database, str(over.session)))
    print_rest(report, usage)
    for problem in (report.problem, over.problem):
        if problem:
            print(f"PROBLEM {problem.kind}: {problem.message}")
    return [report, over]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--pid", type=int, help="its process id")
    parser.add_argument("--database", help="its database's URL")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="write both reports here, JSON")
    chosen = parser.parse_args()

    def measured(url: str, pid: int, database: str) -> None:
        reports = asyncio.run(bench(url, pid, database, chosen.turns))
        if chosen.keep:
            chosen.keep.write_text(json.dumps([one.document() for one in reports], indent=1))

    if chosen.url:
        if not (chosen.pid and chosen.database):
            parser.error("--url needs --pid and --database")
        measured(chosen.url, chosen.pid, chosen.database)
        return
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (url, pid):
        embedded = Path(folder, "data", "postgres")
        database = os.environ.get("DATABASE_URL") or running_url(embedded)
        if database is None:
            raise SystemExit("The server's database can't be found.")
        measured(url, pid, database)


if __name__ == "__main__":
    main()
