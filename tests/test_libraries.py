"""A library of the system's that is missing is a sentence, and what to do."""

import os
import subprocess
import sys
from pathlib import Path


def test_an_opencv_that_lacks_its_library(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")'
    )
    told = subprocess.run(
        [sys.executable, "-m", "visavis", "doctor"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert "libGL.so.1" in told.stderr and "apt-get install libgl1" in told.stderr
    assert "Traceback" not in told.stderr
