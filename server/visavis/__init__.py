"""Visavis: a self-hosted server for face-to-face calls with an animated persona."""

import os

__version__ = "0.1.0"

# Before anything imports numpy: a second OpenBLAS thread never helps products as small as ours,
# and while it waits for the next one it spins, which takes a whole core from the language model.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Before anything imports onnxruntime: it would write events to ~/.cache/Microsoft and send them
# away. Nothing leaves this machine unless its operator chose a remote service.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
