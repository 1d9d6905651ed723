"""Lips against voice: the opening of the mouth in each picture, and how far it is from the sound.

The opening is the distance of the inner lips (FaceMesh points 13 and 14) by that of the outer eye
corners (33 and 263), so that neither size nor nearness matters. It is laid on one line with the
sound by RTCP sender reports, and slid against the loudness until they agree best: the lag of the
highest normalised cross-correlation within ±400 ms.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.client.ear import Ear
from visavis.client.eye import Eye
from visavis.client.line import Line
from visavis.client.measure import LevelTrack
from visavis.client.report import CallReport, MouthReport
from visavis.client.sound import RATE, WINDOW, levels

STEP_MS = 10.0
MAX_LAG_MS = 400.0
SMOOTH_MS = 40.0
"""Standard deviation of the Gaussian over the loudness: about what a mouth can follow."""
MIN_SPEECH_S = 1.0
"""A shorter reply says too little about its lag."""
CLEAR = 0.3
"""A correlation below this is no agreement, and its lag no measure."""
_MARGIN_S = 0.5


def lag(
    mouth_s: NDArray[np.float64],
    opening: NDArray[np.float64],
    voice_s: NDArray[np.float64],
    amplitude: NDArray[np.float64],
) -> tuple[float, float] | None:
    """How many ms the ``opening`` (N,) at ``mouth_s`` is behind the ``amplitude`` (M,) at
    ``voice_s``, and their correlation there; None when either doesn't move."""
    begin = max(mouth_s[0], voice_s[0])
    end = min(mouth_s[-1], voice_s[-1])
    grid = np.arange(begin, end, STEP_MS / 1000)
    reach = int(MAX_LAG_MS / STEP_MS)
    if len(grid) <= 2 * reach:
        return None
    mouth = np.interp(grid, mouth_s, opening)
    voice = _smooth(np.interp(grid, voice_s, amplitude), SMOOTH_MS / STEP_MS)
    core = voice[reach : len(voice) - reach]
    scores = np.array(
        [_correlation(core, mouth[shift : shift + len(core)]) for shift in range(2 * reach + 1)]
    )
    if not np.isfinite(scores).any():
        return None
    best = int(np.nanargmax(scores))
    place = float(best)
    if 0 < best < 2 * reach:
        left, top, right = scores[best - 1 : best + 2]
        bend = left - 2 * top + right
        if bend < 0:
            place += 0.5 * (left - right) / bend
    return (place - reach) * STEP_MS, float(scores[best])


def _smooth(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    reach = int(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), "valid")


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-12 else float("nan")


def installed() -> bool:
    """Whether lips can be read here: mediapipe is an extra."""
    return find_spec("mediapipe") is not None


@contextmanager
def _face_mesh() -> Iterator[Any]:
    """Mediapipe's, which sees one face. What native code prints meanwhile, as it starts and as it
    first finds one, is dropped: no setting silences it."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        # loaded here: it takes a second and 100 MB, and only calls that read lips need it
        import mediapipe

        mesh = mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)
        with mesh:
            yield mesh
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def openings(eye: Eye, spans: Sequence[tuple[float, float]]) -> dict[int, float | None]:
    """By RTP timestamp, the opening of the mouth in each picture that arrived within ``spans``
    (perf_counter s); None where no face is seen."""
    found: dict[int, float | None] = {}
    with _face_mesh() as mesh:
        for picture, frame in eye.decoded():
            if any(begin <= picture.at <= end for begin, end in spans):
                result = mesh.process(frame.to_ndarray(format="rgb24"))
                faces = result.multi_face_landmarks
                found[picture.timestamp] = (
                    _opening(faces[0].landmark, frame.width, frame.height) if faces else None
                )
    return found


def _opening(points: Sequence[object], width: int, height: int) -> float:
    scale = np.array([width, height])
    at = {i: np.array([points[i].x, points[i].y]) * scale for i in (13, 14, 33, 263)}  # type: ignore[attr-defined]
    return float(np.linalg.norm(at[13] - at[14]) / np.linalg.norm(at[33] - at[263]))


def _voice(ear: Ear, ntp: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (s, sender's line) and amplitudes (0..1) of every 5 ms of sound, in media order."""
    packets = sorted(ear.packets, key=lambda packet: packet.timestamp)
    times, amplitudes = [], []
    for packet in packets:
        level = levels(packet.samples)
        start = ear.timeline.seconds(packet.timestamp, ntp=ntp)
        times.append(start + (np.arange(len(level)) + 0.5) * WINDOW / RATE)
        amplitudes.append(10 ** (level / 20))
    return np.concatenate(times), np.concatenate(amplitudes)


def read_lips(report: CallReport, line: Line, heard: LevelTrack) -> MouthReport:
    """The mouth of the whole call; writes each turn's offset into its row."""
    assert line.eye is not None
    eye, ear = line.eye, line.ear
    ntp = eye.timeline.has_reports() and ear.timeline.has_reports()
    spans = []
    for turn in report.turns:
        if turn.reply_began_ms is not None and turn.reply_ended_ms is not None:
            spans.append(
                (
                    line.began + turn.reply_began_ms / 1000 - _MARGIN_S,
                    line.began + turn.reply_ended_ms / 1000 + _MARGIN_S,
                )
            )
    found = openings(eye, spans)
    seen = [
        (picture.at, eye.timeline.seconds(picture.timestamp, ntp=ntp), opening)
        for picture in eye.pictures
        if (opening := found.get(picture.timestamp)) is not None
    ]
    voice_s, amplitude = _voice(ear, ntp)
    offsets: list[float] = []
    strengths: list[float] = []
    rows = [turn for turn in report.turns if turn.reply_ended_ms is not None]
    for turn, (begin, end) in zip(rows, spans, strict=True):
        mine = [(media, opening) for at, media, opening in seen if begin <= at <= end]
        if end - begin - 2 * _MARGIN_S < MIN_SPEECH_S or len(mine) < 10:
            continue
        mouth_s, opening = np.array(mine).T
        low, high = np.searchsorted(voice_s, [mouth_s[0], mouth_s[-1]])
        if high - low < 2:
            continue
        measured = lag(mouth_s, opening, voice_s[low:high], amplitude[low:high])
        if measured is not None:
            turn.mouth_offset_ms, turn.mouth_correlation = measured
            if measured[1] >= CLEAR:
                offsets.append(measured[0])
                strengths.append(measured[1])
    loud = np.interp([media for _, media, _ in seen], voice_s, amplitude) if seen else np.zeros(0)
    speaking = [o for (_, _, o), a in zip(seen, loud, strict=True) if a > 10 ** (-40 / 20)]
    silent = [o for (_, _, o), a in zip(seen, loud, strict=True) if a < 10 ** (-60 / 20)]
    return MouthReport(
        basis="rtcp" if ntp else "arrival",
        pictures=len(found),
        faces=len(seen),
        offset_ms=median(offsets) if offsets else None,
        correlation=median(strengths) if strengths else None,
        open_speaking=median(speaking) if speaking else None,
        open_silent=median(silent) if silent else None,
    )
