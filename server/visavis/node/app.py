"""The one place that wires everything: a node from its start to its end.

Records come first, so that everything after can be written down; then the page, which says that
the persona is waking up; calls are admitted last, when all is warm. What began last ends first.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import structlog
from aiohttp import web
from rich.console import Console

from visavis import __version__, logs
from visavis.call.calls import Calls
from visavis.call.commands.commands import LoadModels
from visavis.call.keeping.keeping import Keeping
from visavis.call.modes.modes import Mode
from visavis.call.need.alerts import Alerts
from visavis.call.rtc import ice
from visavis.compute import memory
from visavis.compute.lag import LoopLag
from visavis.compute.resources import Resources, hardware
from visavis.deployments import profile
from visavis.deployments.configuration import in_force, of_profile
from visavis.engines.listing import listed
from visavis.learning.taught import Taught
from visavis.learning.training import Trainings
from visavis.node import running_measures, warmup
from visavis.node.answering import FILE, AnswerKeeper
from visavis.node.prompt_editor import PromptEditor
from visavis.node.site import pages_of
from visavis.personas.persona import summaries
from visavis.records.files import Files
from visavis.records.forgetting.forgetting import Forgetting
from visavis.records.journal import metrics
from visavis.records.journal.journal import Journal
from visavis.records.journal.segments import FolderInUse
from visavis.records.postgres.cluster import PostgresError
from visavis.records.postgres.embedded import EmbeddedPostgres
from visavis.records.postgres.migrate import MigrationError, upgrade
from visavis.records.reading.reader import Reader
from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion, system_version
from visavis.records.writing.runs_alive import RunsAlive
from visavis.settings import Settings, WebSettings
from visavis.web import connections, pages, problems, requests, tls
from visavis.web.addresses import Addresses
from visavis.web.admission import Admission
from visavis.web.api import routes as api
from visavis.web.api.access import OPERATOR, Access, Person, Role, own_token
from visavis.web.api.context import ApiContext
from visavis.web.callers import Callers
from visavis.web.signalling import Signalling, cors, shows

LOOPBACK = ("127.0.0.1", "::1", "localhost")

log = structlog.get_logger(__name__)
out = Console(highlight=False, emoji=False)


class CannotStart(Exception):
    """The server can't run as it is set; the message says why, and what to do."""


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `CannotStart`.

    Threads may be left that still load an engine; waiting for them is not for who has asked the
    server to end.
    """
    structlog.configure(
        processors=[
            logs.TracesOnceAMinute(),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(),
            logs.printable,
            structlog.processors.LogfmtRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.PrintLoggerFactory(),
    )
    logs.bound()
    # A frame is drawn in one thread; OpenCV's own would take every core for each.
    cv2.setNumThreads(1)
    asyncio.new_event_loop().run_until_complete(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    async with AsyncExitStack() as stack:
        waking = asyncio.create_task(_wake(stack, settings))
        await asyncio.wait([waking, stopping], return_when=asyncio.FIRST_COMPLETED)
        if waking.done():
            await waking
            await stopping
        else:
            # Only the waking may be cut short; what ends it runs to its own end.
            waking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waking


async def _wake(stack: AsyncExitStack, settings: Settings) -> None:
    began = monotonic()
    # Before anything slow: a checkout may change under a running server.
    version = await asyncio.to_thread(system_version)
    files = Files(settings.records.data)
    lag = await stack.enter_async_context(LoopLag())
    recorder, database = await open_records(
        stack, settings, files, version, resources=Resources(lambda: lag.recent_ms)
    )
    stack.enter_context(metrics.exported(lambda: recorder.stats))
    asyncio.get_running_loop().set_exception_handler(_into(recorder))
    recorder.mode_state.entered(None, Mode.WARMUP, cause="start")
    calls = Calls(
        Keeping(recorder),
        lag,
        on_ended=memory.tidy_soon,
        user=settings.callers.user,
        initiator=settings.callers.initiator,
        unconnected=settings.limits.unconnected_per_address,
    )
    stills: dict[str, pages.Image] = {}
    editor = PromptEditor(settings, database)
    alerts = Alerts(settings.alerts, settings.deployment, recorder.faults.tell)
    stack.push_async_callback(alerts.close)
    keeper = AnswerKeeper(settings.records.data / FILE)
    context = await _api_context(
        stack, settings, recorder, database, files, calls, alerts, editor, keeper
    )
    address = await _listen(stack, settings, recorder, calls, stills, context)
    alerts.at(address)
    try:
        made = await warmup.make(stack, settings, recorder, files)
    except warmup.Unavailable as reason:
        raise CannotStart(str(reason)) from reason
    memory.freeze()
    stack.push_async_callback(calls.close)
    taught = Taught(context.reader, files, recorder.flushed, recorder.faults.tell)
    calls.warm(replace(made.engines, alerts=alerts), made.capacity, taught)
    editor.serve(made.engines.mind.briefing, made.persona)
    for problem in await keeper.serve(made.engines.mind.briefing.answers):
        recorder.faults.tell("answers_unread", problem)
    stills |= made.stills
    recorder.mode_state.entered(None, Mode.IDLE, cause="warm")
    measuring = running_measures.keep(
        recorder, settings.measures.every_s, lambda: lag.recent_ms, calls.__len__
    )
    stack.callback(asyncio.create_task(measuring).cancel)
    recorder.performance_log.add("warmup", (monotonic() - began) * 1000, system="server")
    out.print(f"Visavis {__version__} is ready: [bold]{address}[/]")
    out.print(
        f"What was kept: {address}operator#{own_token(_token_file(settings))}", soft_wrap=True
    )


async def open_records(
    stack: AsyncExitStack,
    settings: Settings,
    files: Files,
    version: SystemVersion,
    resources: Callable[[], Mapping[str, Any]] = dict,
) -> tuple[Recorder, str]:
    """Database, journal and files, ready to be written to; and the database's URL.

    ``resources`` is what the machine has left just now. Raises `CannotStart`.
    """
    data = settings.records.data
    url = settings.database_url
    embedded = None
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not url:
            embedded = EmbeddedPostgres(data / "postgres")
            url = await embedded.start()
            stack.push_async_callback(embedded.stop)
        journal = Journal(data / "journal", url)
        await journal.start()
        runs = RunsAlive(data)
        stack.callback(runs.ended)
        stack.push_async_callback(journal.stop)
    except (PostgresError, FolderInUse, OSError) as reason:
        raise CannotStart(f"The records can't be kept: {reason}") from reason
    recorder = Recorder(
        journal,
        files,
        url,
        keep_transcripts=settings.records.keep_transcripts,
        on_run=runs.began,
        resources=resources,
    )
    if embedded is not None:
        embedded.tell(recorder.faults.tell)
    recorder.run_started(
        component="server",
        node=socket.gethostname(),
        hardware=hardware(),
        version=version,
    )
    stack.push_async_callback(_ended, recorder)
    recorder.deployment.add(
        name=settings.deployment,
        kind=profile.descriptor(settings.deployment_type),
        configuration=in_force(settings),
        profile=of_profile(profile.load(settings.deployment_type, Settings), Settings),
    )
    try:
        await upgrade(url)
        if embedded is not None:
            await embedded.checkpoint()
    except MigrationError as reason:
        raise CannotStart(f"The database can't be migrated: {reason}") from reason
    except Exception as away:
        # Calls don't need it: the journal keeps their rows until it is back.
        recorder.faults.tell("database_away", f"{type(away).__name__}: {away}")
        out.print(f"[yellow]The database does not answer ({away}); rows wait in the journal.[/]")
    closing = asyncio.create_task(runs.close_dead(recorder.faults, journal, url), name="dead runs")
    stack.callback(closing.cancel)
    return recorder, url


def _token_file(settings: Settings) -> Path:
    return settings.records.data / "operator.token"


async def _api_context(
    stack: AsyncExitStack,
    settings: Settings,
    recorder: Recorder,
    database: str,
    files: Files,
    calls: Calls,
    alerts: Alerts,
    editor: PromptEditor,
    keeper: AnswerKeeper,
) -> ApiContext:
    """What the API works with. Raises `CannotStart`."""
    reader = Reader(database)
    stack.push_async_callback(reader.close)
    personas, refused = await asyncio.to_thread(summaries, settings.persona)
    for reason in refused:
        recorder.faults.tell("persona_refused", reason)
    trainings = Trainings(
        reader, files, recorder.faults.tell, lambda user: calls.do(LoadModels(user=user))
    )
    stack.push_async_callback(trainings.close)
    try:
        own = await asyncio.to_thread(own_token, _token_file(settings))
    except OSError as reason:
        raise CannotStart(f"The operator's token can't be kept: {reason}") from reason
    holders = [(own, OPERATOR, Role.OPERATOR)] + [
        (one.token.get_secret_value(), one.user, Role[one.role.upper()]) for one in settings.access
    ]
    tokens = [
        (token, Person(name, recorder.users.add(name, permissions=[role.name.lower()]), role))
        for token, name, role in holders
    ]
    return ApiContext(
        reader,
        files,
        recorder,
        Access(tokens),
        Forgetting(database, files, alive=RunsAlive(files.root).alive),
        trainings,
        calls,
        alerts,
        live=calls.live,
        personas=personas,
        engines=lambda: [asdict(one) for one in listed(settings)],
        prompts=editor,
        answers=keeper,
        secure=settings.web.tls,
        shared=(settings.callers.user,),
    )


async def _ended(recorder: Recorder) -> None:
    recorder.run_ended()
    await recorder.close()


def _into(recorder: Recorder) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """What nobody caught is a fault."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        told = f"{type(error).__name__}: {error}" if error else str(context.get("message"))
        recorder.faults.tell("unhandled", told)

    return handle


async def _listen(
    stack: AsyncExitStack,
    settings: Settings,
    recorder: Recorder,
    calls: Calls,
    stills: Mapping[str, pages.Image],
    context: ApiContext,
) -> str:
    """Serve the page and the signalling; the address. Raises `CannotStart`."""
    wanted, servers = settings.web, settings.ice
    try:
        ice.offer_hosts(
            servers.hosts,
            loopback=wanted.host in LOOPBACK,
            private=servers.private_callers,
        )
        encrypted = tls.context(settings.certs) if wanted.tls else None
    except (tls.TlsError, ValueError) as reason:
        raise CannotStart(str(reason)) from reason
    token = wanted.token.get_secret_value()
    links = ice.link_headers(
        servers.servers, servers.username, servers.credential.get_secret_value()
    )
    callers, addresses = Callers(context), Addresses(wanted.trusted_proxies)
    admission = Admission(
        addresses,
        calls_a_minute=settings.limits.calls_a_minute,
        changes_a_second=settings.limits.changes_a_second,
        known=lambda request: callers.known(request) or shows(request, token),
    )
    signalling = Signalling(
        calls,
        admit=calls.full,
        links=links,
        token=token,
        callers=callers,
        admission=admission,
    )
    site = pages_of(calls, recorder, stills, token)
    on_fault = recorder.faults.tell
    application = _application(
        wanted,
        admission,
        on_fault,
        [*signalling.routes(), *api.routes(context), *site.routes()],
    )
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server is not None  # setup made it
    sockets = connections.Connections(
        runner.server,
        settings.limits,
        addresses,
        most=min(settings.limits.sockets, connections.raise_descriptors() // 2),
        tls=encrypted,
        on_fault=on_fault,
    )
    stack.callback(sockets.close)
    try:
        port = await sockets.listen(wanted.host, wanted.port)
    except OSError as reason:
        raise CannotStart(
            f"Port {wanted.port} on {wanted.host} can't be used ({reason.strerror}). "
            "Choose another with --port."
        ) from reason
    anywhere = wanted.host in (*LOOPBACK, "0.0.0.0", "::")
    host = "localhost" if anywhere else wanted.host
    return f"{'https' if wanted.tls else 'http'}://{host}:{port}/"


def _application(
    wanted: WebSettings,
    admission: Admission,
    on_fault: Callable[[str, str], None],
    routes: Iterable[web.AbstractRouteDef],
) -> web.Application:
    """What answers requests."""
    application = web.Application(
        middlewares=[
            cors(wanted.origins),
            problems.middleware(on_fault),
            requests.checked,
            admission.middleware(),
        ]
    )
    application.add_routes(routes)
    application.on_response_prepare.extend((pages.harden, connections.answering))
    return application
