"""What hearing costs: ``python -m tests.bench.hearing [--model NAME] [--repeat N]``.

Whisper by length of speech and by threads, the end-of-turn model, the voice activity detector,
one Opus packet through the ear, and a round trip to a worker process. Median and best by the
clock; beside them, for what runs in this process, the median of the CPU time, which says more on
a machine that is busy with other things.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
from hibari import Hibari
from numpy.typing import NDArray
from scipy.signal import resample_poly

from visavis.call.hearing.conceal import Concealer
from visavis.call.hearing.receiver import OpusDecoder
from visavis.compute.worker import Worker
from visavis.engines.stt.endpoint import EndpointModel
from visavis.engines.stt.hosted import SLOTS
from visavis.engines.stt.vad import Vad
from visavis.engines.stt.whisper import Whisper
from visavis.settings import Settings

STORY = (
    "Yesterday I went to the market to buy some apples, pears and a large loaf of bread, and then "
    "I walked all the way home along the river in the rain, because I like how it sounds."
)


def timed(job: Callable[[], Any], repeat: int) -> list[float]:
    """Median and best by the clock, median of the CPU time; ms."""
    times, cpu = [], []
    for _ in range(repeat):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        job()
        cpu.append((time.process_time() - begin_cpu) * 1000)
        times.append((time.perf_counter() - begin) * 1000)
    return [float(np.median(times)), min(times), float(np.median(cpu))]


def row(name: str, figures: list[float], unit: str = "ms") -> None:
    print(f"{name:38s}" + "".join(f"{figure:10.2f}" for figure in figures) + f"  {unit}")


def opus_packets(pcm: NDArray[np.float32]) -> list[bytes]:
    """20 ms Opus packets of (N,) float at 48 kHz."""
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", 48_000
    packets = []
    for begin in range(0, len(pcm) - 959, 960):
        part = (pcm[begin : begin + 960] * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(part[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, begin, Fraction(1, 48_000)
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


async def round_trips(weights: Path, model: str, speech: NDArray[np.int16], repeat: int) -> None:
    """The worker's own cost, and a transcript with a verdict beside it."""
    worker = Worker(
        "visavis.engines.stt.service:Service",
        name="stt",
        slots=SLOTS,
        whisper=str(weights / model),
        smart_turn=str(weights / "smart-turn-v3.2" / "smart-turn-v3.2-cpu.onnx"),
    )
    begin = time.perf_counter()
    await worker.start()
    row("worker: start, both models warm", [(time.perf_counter() - begin) * 1000])
    try:
        empty, pairs, extra = [], [], []
        nothing = np.zeros(800, np.int16)  # too short to be looked at
        for _ in range(repeat):
            begin = time.perf_counter()
            await worker.call("transcribe", nothing, timeout=10)
            empty.append((time.perf_counter() - begin) * 1000)
            begin = time.perf_counter()
            transcript, _ = await asyncio.gather(
                worker.call("transcribe", speech, timeout=10),
                worker.call("finished", speech, timeout=10),
            )
            pairs.append((time.perf_counter() - begin) * 1000)
            extra.append(pairs[-1] - transcript.ms)
        row("worker: round trip", [float(np.median(empty)), min(empty)])
        row("worker: transcript + end of turn, 2 s", [float(np.median(pairs)), min(pairs)])
        row("  of which outside whisper", [float(np.median(extra)), min(extra)])
        memory = psutil.Process(worker.pid).memory_info().rss
        row("worker: resident memory", [memory / 2**20], "MB")
    finally:
        await worker.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="faster-whisper-base")
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    repeat = options.repeat
    weights = Settings().weights.expanduser()

    spoken = Hibari()(STORY, seed=1)
    loud = np.flatnonzero(np.abs(spoken) > 0.01)
    spoken = spoken[loud[0] :]
    speech = resample_poly(spoken, 2, 3).astype(np.float32)
    print(f"{'':38s}{'median':>10s}{'best':>10s}{'CPU':>10s}")
    for threads in (1, 2):
        whisper = Whisper(str(weights / options.model), threads=threads)
        for seconds in (1, 2, 3, 5, 8):
            part = speech[: seconds * 16_000]
            whisper.transcribe(part)
            name = f"{options.model} t{threads}, {seconds} s"
            row(name, timed(lambda: whisper.transcribe(part), repeat))  # noqa: B023

    endpoint = EndpointModel(str(weights / "smart-turn-v3.2" / "smart-turn-v3.2-cpu.onnx"))
    row("smart-turn", timed(lambda: endpoint.finished(speech[:48_000]), repeat))

    pcm = (speech * 32767).astype(np.int16)
    for name, sound in (("speech", pcm), ("silence", np.zeros_like(pcm))):
        vad = Vad()
        figures = timed(lambda: vad.push(sound), repeat)  # noqa: B023
        row(f"vad, 32 ms of {name}", [ms * 1000 * 512 / len(sound) for ms in figures], "µs")

    packets = opus_packets(resample_poly(spoken, 2, 1))
    decoder, concealer = OpusDecoder(), Concealer()
    figures = timed(lambda: [decoder.decode(packet) for packet in packets], repeat)
    row("ear, decode and resample 20 ms", [ms * 1000 / len(packets) for ms in figures], "µs")
    figures = timed(lambda: (concealer.conceal(320), concealer.heard(pcm[:320])), 20 * repeat)
    row("ear, conceal 20 ms", [ms * 1000 for ms in figures], "µs")

    asyncio.run(round_trips(weights, options.model, pcm[:32_000], repeat))


if __name__ == "__main__":
    main()
