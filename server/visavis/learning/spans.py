"""A span of a past call as a take: cut from what was kept of it with the caller's consent.

Times are ms on the clock on which the rows stand: landmarks on the call's media clock, the
caller's sound on its own.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose.features import FeaturesError, Landmarks, LandmarkSequence, dump, load
from visavis.learning.errors import LearningError, NotThere
from visavis.learning.examples import Modality, Take, label_of, sound_file
from visavis.learning.takes import MAX_S, audio_problems, gesture_problems
from visavis.records.files import Files, unflac
from visavis.records.reading.reader import Reader, Row

RATE = 16_000


async def cut(
    reader: Reader,
    files: Files,
    session: UUID,
    modality: Modality,
    label: str,
    from_ms: float,
    to_ms: float,
    performer: str | None = None,
) -> Take:
    """The take. Raises `NotThere`, or `LearningError` with what is wrong with the span."""
    label = label_of(label)
    if not 0 < to_ms - from_ms <= (MAX_S + 0.5) * 1000:
        raise LearningError("to_ms", f"A take lasts up to {MAX_S:.0f} seconds; choose a span.")
    call = await reader.row(
        "select s.user_id, s.started, s.consent_given, u.username from session s "
        "join users u using (user_id) where s.id = $1",
        session,
    )
    if call is None:
        raise NotThere("id", "There is no such call.")
    if not call["consent_given"]:
        raise LearningError("id", "The caller has not agreed to be recorded in this call.")
    kind = ("pose", "features_uri") if modality == "gesture" else ("audio", "uri")
    rows = await reader.rows(
        f"select id, at_ms, {kind[1]} as uri from {kind[0]} where session_id = $1 "
        f"and {kind[1]} is not null and at_ms <= $3 and at_ms + length_ms >= $2 "
        + ("and kind = 'input' " if modality == "audio" else "")
        + "order by at_ms",
        session,
        from_ms,
        to_ms,
    )
    if not rows:
        what = "seen" if modality == "gesture" else "heard"
        raise LearningError("from_ms", f"Nothing that was {what} in this span was kept.")
    make = _gesture if modality == "gesture" else _sound
    npz, problems = await asyncio.to_thread(make, files, rows, from_ms, to_ms)
    if problems:
        raise LearningError("from_ms", " ".join(problems))
    return Take(
        call["user_id"],
        session,
        modality,
        label,
        npz,
        performer=performer or call["username"],
        at=call["started"] + timedelta(milliseconds=from_ms),
        consent=True,
        details={
            "from_ms": from_ms,
            "to_ms": to_ms,
            "cut_from": [str(row["id"]) for row in rows],
        },
    )


def _gesture(
    files: Files, rows: list[Row], from_ms: float, to_ms: float
) -> tuple[bytes, list[str]]:
    stretches = [_read(files, row) for row in rows]
    header = stretches[0].header
    frames = [
        Landmarks(one.pose[n], one.face[n], one.left_hand[n], one.right_hand[n], float(one.t_ms[n]))
        for one in stretches
        if one.header.size == header.size
        for n in np.flatnonzero((one.t_ms >= from_ms) & (one.t_ms <= to_ms))
    ]
    if len(frames) < 2:
        return b"", ["Too few pictures of this span were kept."]
    npz = dump(header, frames)
    return npz, gesture_problems(load(npz))


def _read(files: Files, row: Row) -> LandmarkSequence:
    try:
        return load(files.path(row["uri"]).read_bytes())
    except (OSError, FeaturesError) as error:
        raise LearningError("id", f"What was seen in this call can't be read: {error}") from error


def _sound(files: Files, rows: list[Row], from_ms: float, to_ms: float) -> tuple[bytes, list[str]]:
    """What was heard, in its place; silence where nothing was kept."""
    pcm: NDArray[np.int16] = np.zeros(int((to_ms - from_ms) * RATE / 1000), np.int16)
    for row in rows:
        try:
            kept = unflac(files.path(row["uri"]).read_bytes(), RATE)
        except Exception as error:  # whatever damaged bytes make the decoder raise
            raise LearningError("id", f"The sound of this call can't be read: {error}") from error
        at = int((row["at_ms"] - from_ms) * RATE / 1000)
        kept = kept[max(0, -at) :]
        place = pcm[max(0, at) : max(0, at) + len(kept)]
        place[:] = kept[: len(place)]
    wave = pcm.astype(np.float32) / 32768
    return sound_file(wave, RATE), audio_problems(wave, RATE)
