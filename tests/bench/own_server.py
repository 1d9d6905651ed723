"""A server of a benchmark's own, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 180.0


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
