"""The command ``visavis call``; the application's command line registers :func:`call`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from visavis.client import caller
from visavis.client import mouth as lips
from visavis.client.camera import CallerCamera, CameraError
from visavis.client.plan import CallPlan, Interruption, Turn
from visavis.client.problems import EXIT
from visavis.client.report import CallReport, TurnReport
from visavis.client.sound import SoundError, SoundFile, load
from visavis.inputs import mended


def call(
    url: Annotated[str, typer.Argument(help="The server's address, as it prints it.")],
    say: Annotated[
        list[Path] | None, typer.Option(help="Speech to say, one file a turn; repeatable.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="Text to type, one a turn, after the speech.")
    ] = None,
    turns: Annotated[
        int | None, typer.Option(min=1, help="How many turns; goes round what there is to say.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="A clip or picture for the camera to show.")
    ] = None,
    no_video: Annotated[bool, typer.Option("--no-video", help="Offer no video.")] = False,
    interrupt_after: Annotated[
        float | None,
        typer.Option(min=0, help="Speak over each reply, so many ms after it begins."),
    ] = None,
    interrupt_with: Annotated[
        Path | None, typer.Option(help="What to speak over it with; the first --say if not given.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Keep what is seen and heard, as MP4.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document (client/report.py).")
    ] = False,
    consent: Annotated[
        bool, typer.Option(help="Let the server keep audio, video and features of this call.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Accept any certificate; on loopback it always is.")
    ] = False,
    token: Annotated[
        str, typer.Option(envvar="VISAVIS_WEB__TOKEN", help="For a server that asks for one.")
    ] = "",
    person: Annotated[
        str, typer.Option("--as", help="Call for this person; the token must allow it.")
    ] = "",
    host_address: Annotated[
        list[str] | None,
        typer.Option(help="Address to offer for media; 127.0.0.1 if the URL is loopback."),
    ] = None,
    zeros: Annotated[
        bool, typer.Option("--zeros", help="Digital zeros between the turns, not room noise.")
    ] = False,
    mouth: Annotated[bool, typer.Option(help="Measure the lips after the call.")] = True,
    wait: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 20.0,
) -> None:
    """Call a server, speak to it, and tell how fast and how well it answered."""
    try:
        things: list[SoundFile | str] = [*(load(path) for path in say or []), *(text or [])]
        over = load(interrupt_with) if interrupt_with else None
    except SoundError as error:
        raise typer.BadParameter(str(error)) from error
    if turns is not None and not things:
        raise typer.BadParameter("--turns needs something to say: give --say or --text")
    interruption = None
    if interrupt_after is not None:
        over = over or next((load(path) for path in say or []), None)
        if over is None:
            raise typer.BadParameter("--interrupt-after needs --interrupt-with or --say")
        interruption = Interruption(over, interrupt_after)
    elif over is not None:
        raise typer.BadParameter("--interrupt-with needs --interrupt-after")
    if save is not None and not save.parent.is_dir():
        raise typer.BadParameter(f"{save.parent} does not exist")
    try:
        if video:
            CallerCamera(video, (640, 480), 15.0)
    except CameraError as error:
        raise typer.BadParameter(str(error)) from error
    count = len(things) if turns is None else turns
    plan = CallPlan(
        url=url,
        turns=tuple(Turn(things[i % len(things)], interruption) for i in range(count)),
        video=not no_video,
        camera=video,
        room=not zeros,
        consent=consent,
        insecure=insecure or None,
        token=token,
        person=person,
        host_addresses=tuple(host_address) if host_address else None,
        save=save,
        mouth=mouth,
        answer_s=wait,
        hold_s=0.0 if things else 5.0,
    )
    report = asyncio.run(caller.call(plan))
    if as_json:
        typer.echo(json.dumps(report.document(), indent=2))
    elif report.connected_ms is not None:
        typer.echo(summary(report))
        if mouth and report.video and not lips.installed():
            typer.echo("lips weren't read: that takes pip install 'visavis[pose]'")
    if report.problem is not None:
        typer.echo(mended(report.problem.message), err=True)
        raise typer.Exit(EXIT[report.problem.kind])


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def summary(report: CallReport) -> str:
    """The report for people."""
    lines = [
        f"{report.persona or 'someone'} at {report.url}, session {report.session or 'unknown'}",
        f"answered {_ms(report.answered_ms)}, connected {_ms(report.connected_ms)}, "
        f"first picture {_ms(report.first_picture_ms)}, greeting {_ms(report.greeting_ms)}",
    ]
    for turn in report.turns:
        lines += _turn(turn)
    if report.audio:
        audio = report.audio
        lines.append(
            f"heard {audio.packets} packets, {audio.lost} lost, {audio.late} late, "
            f"{len(audio.gaps)} gaps over 60 ms, longest {_ms(audio.longest_gap_ms)}"
        )
    if report.video:
        video = report.video
        size = f"{video.width}×{video.height}" if video.width else "no size"
        rate = "–" if video.fps is None else f"{video.fps:.1f}"
        lines.append(
            f"saw {video.frames} frames of {size}, {rate} a second, "
            f"{len(video.freezes)} freezes over 120 ms, longest {_ms(video.longest_gap_ms)}"
        )
    if report.mouth:
        read = report.mouth
        lines.append(
            f"mouth {_ms(read.offset_ms)} after the voice (by {read.basis}), "
            f"a face in {read.faces} of {read.pictures} pictures"
        )
    lines.append(f"own frames late p99 {_ms(report.sending_late_p99_ms)}")
    lines += [f"fault: {fault.get('message')}" for fault in report.faults]
    if report.saved:
        lines.append(f"saved {report.saved}")
    return mended("\n".join(lines))


def _turn(turn: TurnReport) -> list[str]:
    cut = ", cut in" if turn.cut_in else ""
    mouth = (
        "" if turn.mouth_offset_ms is None else f", mouth {_ms(turn.mouth_offset_ms)} after voice"
    )
    lines = [
        f"{turn.index + 1}. {turn.said}: reply after {_ms(turn.reply_latency_ms)}{cut}, "
        f"answer after {_ms(turn.answer_latency_ms)}, "
        f"caption after {_ms(turn.caption_latency_ms)}{mouth}",
        f"   caller:  {turn.caller_text}",
        f"   persona: {turn.persona_text}",
    ]
    if turn.spoken_over:
        over = turn.spoken_over
        lines.append(
            f"   spoken over with {over.said}: yields after {_ms(over.yield_ms)}, "
            f"silent after {_ms(over.silence_ms)}, back after {_ms(over.resumed_ms)}, "
            f"next reply after {_ms(over.reply_latency_ms)}"
        )
    if turn.problem:
        lines.append(f"   {turn.problem}")
    return lines
