"""How fast a call is, at the caller's ear: 20 turns, split by what answered and by stage.

    python tests/bench/first_call.py                          # starts a server of its own
    python tests/bench/first_call.py --url http://… --pid N --database postgresql://…

The caller is ``visavis.client``, a WebRTC peer in this process; the server is another. What counts
is from the caller's last voiced sample handed to RTP until the first own word of the answer arrived
(no jitter buffer): nobody waits for a filler or a "Well,". The stages are the server's own
``performance_log`` rows of the same turns. A second call speaks over the replies. CPU and memory
are those of the server and its children, the database and the workers among them.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds
from bench.own_server import serving
from bench.printed import (
    kind_of,
    print_latency,
    print_rest,
    print_spoken_over,
    print_stages,
    turns_table,
)
from bench.usage import Usage

from visavis.client import CallPlan, CallReport, Interruption, Turn, call
from visavis.client.sound import SoundFile, sound
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


def spoken(text: str, pitch: float) -> SoundFile:
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
