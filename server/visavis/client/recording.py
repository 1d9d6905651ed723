"""What was seen and heard as an MP4 (H.264 and AAC), sound and picture on the sender's own line."""

from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from visavis.client.ear import Ear
from visavis.client.eye import CLOCK, Eye
from visavis.client.sound import RATE

_CHUNK = 1024
"""Samples an AAC frame."""

TimedPackets = Iterator[tuple[float, list[av.Packet]]]


def voice(ear: Ear) -> tuple[int, NDArray[np.int16]]:
    """The first timestamp and every sample since, (N,) 48 kHz; what never came is silence."""
    first = min(packet.timestamp for packet in ear.packets)
    last = max(packet.timestamp + len(packet.samples) for packet in ear.packets)
    samples = np.zeros(last - first, np.int16)
    for packet in ear.packets:
        begin = packet.timestamp - first
        samples[begin : begin + len(packet.samples)] = packet.samples
    return first, samples


def save(path: Path, ear: Ear, eye: Eye | None) -> None:
    """Write ``path``; without pictures it has sound only."""
    seen = eye if eye is not None and eye.pictures else None
    ntp = ear.timeline.has_reports() and (seen is None or seen.timeline.has_reports())
    first, samples = voice(ear)
    heard = begin = ear.timeline.seconds(first, ntp=ntp)
    if seen is not None:
        begin = min(heard, seen.timeline.seconds(seen.pictures[0].timestamp, ntp=ntp))
    lead = np.zeros(round((heard - begin) * RATE), np.int16)
    with av.open(str(path), "w", format="mp4") as film:
        tracks = [_sound(film, np.concatenate([lead, samples]))]
        if seen is not None:
            tracks.append(_picture(film, seen, begin, ntp))
        # merge asks every track for its first packet before it gives one, so that the film knows
        # all its streams when its header is written
        for _, packets in merge(*tracks, key=lambda timed: timed[0]):
            film.mux(packets)


def _picture(film: av.container.OutputContainer, eye: Eye, begin: float, ntp: bool) -> TimedPackets:
    stream = None
    ticks = -1
    for picture, frame in eye.decoded():
        if stream is None:
            stream = film.add_stream("libx264", rate=25)
            stream.width, stream.height = frame.width, frame.height
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, CLOCK)
            stream.options = {"preset": "veryfast", "crf": "20", "bf": "0"}
        shown = frame.reformat(stream.width, stream.height, "yuv420p")
        moment = eye.timeline.seconds(picture.timestamp, ntp=ntp) - begin
        ticks = max(ticks + 1, round(moment * CLOCK))
        shown.pts, shown.time_base = ticks, Fraction(1, CLOCK)
        shown.pict_type = av.video.frame.PictureType.NONE
        yield ticks / CLOCK, stream.encode(shown)
    if stream is not None:
        yield ticks / CLOCK, stream.encode(None)


def _sound(film: av.container.OutputContainer, samples: NDArray[np.int16]) -> TimedPackets:
    stream = film.add_stream("aac", rate=RATE, layout="mono")
    stream.bit_rate = 128_000
    for begin in range(0, len(samples), _CHUNK):
        piece = (samples[begin : begin + _CHUNK] / 32768.0).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(piece[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
        yield begin / RATE, stream.encode(frame)
    yield len(samples) / RATE, stream.encode(None)
