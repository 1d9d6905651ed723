"""No library tells its maker what happens here."""

import os
import subprocess
import sys
from pathlib import Path

IMPORTS = """
import visavis.engines.embeddings.minilm
import visavis.engines.stt.vad
import visavis.learning.trainers.lstm_v1
"""
OPEN = """
import os
for handle in os.listdir("/proc/self/fd"):
    print(os.path.realpath(f"/proc/self/fd/{handle}"))
"""


def test_onnxruntime_keeps_no_events_and_opens_no_connection(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if "TELEMETRY" not in k}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + OPEN],
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "onnxruntime" not in done.stdout and "socket:" not in done.stdout
    assert not list(tmp_path.rglob("*onnxruntime*"))
