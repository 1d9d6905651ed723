"""How soon the persona has something to say: the local language model's first token and first
clause, the rules' answer, and the voice's first audio.

    .venv/bin/python tests/bench/thinking.py [--cores 2] [--model NAME] [--kernels NAME]

The model runs in its worker as in a call, its prompt cache primed as when a call begins. Each of
the 20 questions is asked in a new conversation.
"""

import argparse
import asyncio
import platform
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil

from visavis.call.dialogue.conversation import asked
from visavis.call.dialogue.prompt import Briefing, Prompt, Told
from visavis.call.events import Bus, Faulted
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.compute.worker import Worker
from visavis.engines.chat import choosing
from visavis.engines.chat.clauses import clauses
from visavis.engines.chat.hosted import LocalEngine
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Memory, Rules
from visavis.engines.embeddings import chunks
from visavis.engines.embeddings.knowledge import Chunk, Knowledge
from visavis.engines.embeddings.minilm import WEIGHT, MiniLM
from visavis.engines.tts.hibari import HibariVoice
from visavis.personas import Persona, load
from visavis.prompts.functions import FUNCTIONS
from visavis.prompts.graph import Graph, Parameter, Template
from visavis.settings import ChatSettings, Settings

QUESTIONS = (
    "I had a really long day.",
    "Can you tell me how tall Mount Everest is?",
    "Why is the sky blue?",
    "Do you like music?",
    "What should I cook for dinner tonight?",
    "I just moved to a new city and I feel a bit lonely.",
    "Tell me a joke.",
    "What's the capital of France?",
    "I'm responder about getting a dog.",
    "Tell me something interesting about the ocean.",
    "Do you have any hobbies?",
    "What do you think about love?",
    "I can't sleep at night.",
    "Is it better to live in a city or in the country?",
    "Who won the World Cup in 2018?",
    "My daughter starts school tomorrow.",
    "Hello, what do you think of the weather?",
    "Can you sing?",
    "What's twelve times eight?",
    "I don't believe you're real, you know.",
)
KNOWN = (
    ("When does the tour begin?", "14:30"),
    ("Where is lunch?", "garden"),
    ("Who gives the lecture?", "Hale"),
    ("Where does the tour start?", "fountain"),
    ("What do you do about my privacy?", "consent"),
    ("When are the doors open?", "10"),
)
"""Questions about the programme and the lore, and a word that the right answer has."""
PROGRAMME = """# Open day
| Time | Event | Place |
|---|---|---|
| 10:00 | Doors open | the main entrance |
| 12:00 | Lunch is served | the garden café |
| 14:30 | Guided tour of the east wing | the fountain in the hall |
| 16:00 | Lecture on glaciers by Dr Hale | room 12 |
"""
SENTENCE = "The mountain is about nine thousand metres above the level of seas."


async def think(
    engine: LocalEngine,
    persona: Persona,
    question: str,
    primed: bool = False,
    prompt: Prompt | None = None,
) -> tuple[float, float, str]:
    """ms to the first token and to the first clause, and the reply; ``primed``: the question was
    evaluated before, as while the silence after it is being weighed; ``prompt``: what is known
    about the question is looked up, in the time that is measured, and told."""
    head = prompt.system.text if prompt else persona.system_prompt
    before = [Message("system", head), Message("assistant", persona.greeting)]
    talk = [*before, Message("user", question)]
    if primed:
        await engine.prime(talk)
    if prompt:
        await engine.prime([*before, asked("", prompt.note([], "", ()).text)])
    began = time.perf_counter()
    if prompt:
        note = await prompt.tell(Told(prompt.system), question, [], "")
        talk = [*before, asked(question, note)]
    token = clause = 0.0

    async def timed() -> AsyncIterator[str]:
        nonlocal token
        reply = engine.reply(talk, max_tokens=60, temperature=0.4)
        async for piece in reply:
            token = token or (time.perf_counter() - began) * 1000
            yield piece

    said = []
    async for part in clauses(timed()):
        clause = clause or (time.perf_counter() - began) * 1000
        said.append(part)
    return token, clause, " | ".join(said)


def knowing(persona: Persona, weights: Path) -> Prompt:
    """A call's prompt that knows the programme and the persona's lore."""
    minilm = MiniLM(weights.expanduser() / WEIGHT)
    documents = [chunks.markdown(PROGRAMME, "programme"), chunks.markdown(persona.lore, "lore")]
    known = [Chunk(uuid4(), text, d.source) for d in documents for text in d.chunks]
    vectors = np.stack([minilm.embed(chunk.text) for chunk in known])
    templates = [
        Template(uuid4(), "system", persona.system_prompt),
        Template(uuid4(), "note", persona.note),
    ]
    graph = Graph(templates, [Parameter(name, function=name) for name in FUNCTIONS], FUNCTIONS)
    knowledge = Knowledge(minilm, known, vectors)
    briefing = Briefing(graph, "system", "note", persona.display_name, knowledge=knowledge)
    bus = Bus()
    bus.subscribe(Faulted, print)
    return Prompt(briefing, bus, SessionClock(MediaClock()))


def line(what: str, times: list[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[min(round(len(ordered) * 0.95), len(ordered) - 1)]
    print(f"{what:34} p50 {statistics.median(ordered):7.1f} ms   p95 {p95:7.1f} ms")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="qwen2.5-coder-0.5b-instruct-q4_k_m")
    parser.add_argument("--weights", type=Path, default=Path("~/.cache/visavis/weights"))
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--kernels", default="auto", help="wheel, or a family of processors")
    given = parser.parse_args()
    chat = ChatSettings(model=given.model, kernels=given.kernels, threads=given.cores)
    chosen = choosing.choice(Settings(weights=given.weights, chat=chat))
    print(f"{chosen.path.name} under the kernels {chosen.kernels.family}")
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    persona = load("iris")
    worker = Worker(
        "visavis.engines.chat.local:LocalModel",
        name="chat",
        slots=2,
        conversations=2,
        path=str(chosen.path),
        system_prompt=persona.system_prompt,
        examples=persona.examples,
        cores=chosen.cores,
        kernels=chosen.kernels.family,
        library=chosen.kernels.library,
    )
    began = time.perf_counter()
    await worker.start()
    print(f"model loaded and primed in {time.perf_counter() - began:.1f} s")
    try:
        engine = LocalEngine(worker, given.model)
        await engine.prime([Message("system", persona.system_prompt)])
        results = [await think(engine, persona, question) for question in QUESTIONS]
        ready = [await think(engine, persona, question, primed=True) for question in QUESTIONS]
        prompt = knowing(persona, given.weights)
        told = [await think(engine, persona, question, prompt=prompt) for question, _ in KNOWN]
        small = [await think(engine, persona, question, prompt=prompt) for question in QUESTIONS]
        resident = psutil.Process(worker.pid).memory_info().rss
        print(f"worker's memory {resident / 1e6:.0f} MB")
    finally:
        await worker.stop()
    for question, (_, _, reply) in zip(QUESTIONS, results, strict=True):
        print(f"  {question}\n      {reply}")
    for (question, right), (_, _, reply) in zip(KNOWN, told, strict=True):
        print(f"  {question}  ({right}?)\n      {reply}")
    line("language model, first token", [token for token, _, _ in results])
    line("language model, first clause", [clause for _, clause, _ in results if clause])
    line("  question primed, first token", [token for token, _, _ in ready])
    line("  question primed, first clause", [clause for _, clause, _ in ready if clause])
    line("small talk looked up, first token", [token for token, _, _ in small])
    line("known, told chunks, first token", [token for token, _, _ in told])

    rules, memory = Rules(persona.rules, persona=persona.display_name), Memory()
    times = []
    for question in QUESTIONS:
        began = time.perf_counter()
        rules.answer(question, memory)
        times.append((time.perf_counter() - began) * 1000)
    line("rules", times)
    voice = HibariVoice(persona.voice, persona.voice_pitch)
    line("voice, 12 words, all audio", [voice.say(SENTENCE).ms for _ in range(20)])
    line("voice, first clause ('Oh dear,')", [voice.say("Oh dear,").ms for _ in range(20)])


if __name__ == "__main__":
    asyncio.run(main())
