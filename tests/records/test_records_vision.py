"""What is seen, in words: from real landmarks, in a call with consent, and gone without it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from records_opened import Books, Query

import visavis.personas
from visavis.call.camera.description import CallerDescription
from visavis.call.dialogue.seen import LatestLook
from visavis.call.events import Bus, ConsentChanged, Looked, StretchSeen
from visavis.call.keeping.poses import PoseRecorder
from visavis.call.voice.clock import SessionClock
from visavis.engines.lipsync.landmarks import Points, find_landmarks
from visavis.engines.pose.features import SHAPES, Header, Landmarks, stretch
from visavis.engines.pose.interpretation import interpretation
from visavis.engines.vision import landmarks

IRIS = Path(visavis.personas.__file__).parent / "iris" / "portrait"


@pytest.fixture(scope="module")
def faces() -> dict[str, Points]:
    """The points of some pictures of Iris, (478, 3) in px."""
    names = ("neutral", "smile", "asleep")
    return {name: find_landmarks(cv2.imread(str(IRIS / f"{name}.webp"))) for name in names}


def seen(
    points: Points,
    t_ms: float = 0.0,
    *,
    scale: float = 0.4,
    left: float = 0.3,
    hand: float | None = None,
) -> Landmarks:
    """Landmarks as Holistic gives them: the face ``scale`` high, its left edge at ``left``."""
    parts = {name: np.full(shape, np.nan, np.float32) for name, shape in SHAPES.items()}
    face = points[:468] / np.ptp(points[:468, 1]) * scale
    moved = np.array([left - face[:, 0].min(), 0.2 - face[:, 1].min(), 0])
    parts["face"] = (face + moved).astype(np.float32)
    parts["pose"] = np.full(SHAPES["pose"], 0.8, np.float32)
    if hand is not None:
        parts["right_hand"] = np.full(SHAPES["right_hand"], hand, np.float32)
    return Landmarks(**parts, t_ms=t_ms)


def test_a_caller_is_described_by_what_can_be_measured(faces: dict[str, Points]) -> None:
    def said(name: str = "neutral", **where: float) -> str:
        return landmarks.caller(seen(faces[name], **where), (100, 100)).description

    assert said() == "One person is seen, looking towards the camera."
    assert said("smile").endswith("looking towards the camera, smiling.")
    assert "closed eyes" in said("asleep")
    assert "near the camera" in said(scale=0.6, left=0.2)
    assert "far from the camera, at the left of the picture" in said(scale=0.1, left=0.1)
    assert "one hand raised" in said(hand=0.3) and "one hand in view" in said(hand=0.9)
    turned = faces["neutral"].copy()
    turned[landmarks.NOSE, 0] += 0.2 * np.ptp(turned[:, 0])
    assert "looking away" in landmarks.caller(seen(turned), (100, 100)).description
    nobody = replace(seen(faces["neutral"]), pose=np.full((33, 4), np.nan, np.float32))
    nobody = replace(nobody, face=np.full((468, 3), np.nan, np.float32))
    assert landmarks.caller(nobody, (100, 100)).description == "Nobody is seen."


async def test_what_is_seen_in_a_call_becomes_rows_and_goes_with_consent(
    books: Books, query: Query, faces: dict[str, Points]
) -> None:
    recorder, now = books.recorder, [0.0]

    class Clock(SessionClock):
        def __init__(self) -> None:
            """Its time is set."""

        def now_ms(self) -> float:
            return now[0]

    session = recorder.session.started(user=recorder.users.add("guest"), initiator="page")
    bus = Bus()
    PoseRecorder(session, recorder, bus)
    latest = LatestLook(bus, Clock())
    CallerDescription(bus, every_s=30.0)
    await recorder.consent(session, True)
    bus.publish(ConsentChanged(True))
    header = Header("eye", "1", 10.0, (100, 100))
    for stretched in range(2):
        frames = [seen(faces["neutral"], 44_000.0 * stretched + 11_000 * n) for n in range(4)]
        for frame in frames:
            now[0] = frame.t_ms
            bus.publish(Looked(frame, header, 0.5))
        whole = stretch(header, frames)
        whole = replace(whole, interpretation=interpretation(frames))
        bus.publish(StretchSeen(whole))
    assert latest.text() == "One person is seen, looking towards the camera."
    now[0] += 6_000
    assert latest.text() == ""

    assert await recorder.flushed(10)
    rows = await query(
        "select v.description, v.details, p.interpretation, s.index, s.sequence_id "
        "from vision v join pose p on p.id = v.pose_id join pose_sequence s on s.pose_id = p.id "
        "order by v.created"
    )
    assert [row["index"] for row in rows] == [0, 0, 1]  # at 0, 33 and 66 s
    assert len({row["sequence_id"] for row in rows}) == 1
    assert rows[0]["description"].startswith("One person") and rows[0]["details"]["scale"] == 0.4
    assert rows[0]["interpretation"]["seen"]["face"] == 1.0

    await recorder.consent(session, False)
    bus.publish(ConsentChanged(False))
    assert latest.text() == ""
    bus.publish(Looked(seen(faces["neutral"]), header, 0.5))
    assert await recorder.flushed(10)
    left = await query("select description, details from vision")
    assert left == [{"description": None, "details": {}}] * 3
