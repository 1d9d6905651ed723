"""The service in its real worker process."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.compute.worker import Worker, WorkerError
from visavis.engines.stt.hosted import SLOTS

Sound = NDArray[np.float32]


async def test_transcript_and_verdict_come_from_one_worker(
    weights: Path, say: Callable[[str], Sound]
) -> None:
    whisper = weights / "faster-whisper-base"
    smart_turn = weights / "smart-turn-v3.2" / "smart-turn-v3.2-cpu.onnx"
    if not (whisper.exists() and smart_turn.exists()):
        pytest.skip("the weights are not fetched: visavis models fetch")
    worker = Worker(
        "visavis.engines.stt.service:Service",
        name="stt",
        slots=SLOTS,
        whisper=str(whisper),
        smart_turn=str(smart_turn),
    )
    await worker.start()
    try:
        pcm = (say("What is your name?") * 32767).astype(np.int16)
        transcript, finished = await asyncio.gather(
            worker.call("transcribe", pcm, timeout=20),
            worker.call("finished", pcm, timeout=20),
        )
        assert transcript.text == "What is your name?"
        assert finished > 0.8
        with pytest.raises(WorkerError, match=r"not shape \(2, 800\)"):
            await worker.call("transcribe", np.zeros((2, 800), np.int16), timeout=20)
    finally:
        await worker.stop()
