/** The caller's page: what is wanted, what is there, and what follows from both. */

import { AS, HEADERS, OPEN } from "./address.js";
import { Answered } from "./answered.js";
import { Check } from "./calibrate.js";
import { Call, Refused } from "./call.js";
import { Captions } from "./captions.js";
import { clientFacts } from "./client.js";
import { MediaClock } from "./clock.js";
import { Ear } from "./ear.js";
import { Events, parse } from "./events.js";
import { Media, live } from "./media.js";
import { Quality } from "./quality.js";
import { Server, aborted } from "./server.js";
import { Signs } from "./signs.js";
import * as view from "./view.js";

/**
 * A call, its channel and its meters.
 * @typedef {object} Line
 * @property {Call} call
 * @property {MediaClock} clock
 * @property {number} heardAt when the server last said something
 * @property {number | null} replyMs how soon the last answer was heard
 * @property {MediaStreamTrack | null} voice
 * @property {Events} [events] once the channel is open
 * @property {Quality} [quality]
 * @property {Ear} [ear]
 * @property {Answered} [answered]
 * @property {ReturnType<typeof setInterval>} [timer]
 * @property {string} [session]
 * @property {string} [closed] why the server is about to end the call
 */

const { parts } = view;
const MEASURE_MS = 1000;
const STATS_EVERY = 5; // measurements between two reports to the server
const SILENT_MS = 6000; // the server speaks every 2 s

const media = new Media();
const captions = new Captions(parts.captions);
const signs = new Signs(captions, (id, label) => line?.events?.label("correct", { id, label }));
const server = new Server(serverChanged);
const check = new Check((step) => line?.events?.calibrate(step));

/** @type {AbortController | null} */
let wish = null; // an AbortController while the caller wants to talk
/** @type {Line | null} */
let line = null; // the call, its channel and meters, while there is one
let cameraWanted = true;
let muted = false;
let status = "One moment…";
let parting = ""; // why the last call ended

// -- calling ------------------------------------------------------------------------------------

async function talk() {
  const { signal } = (wish = new AbortController());
  parting = "";
  view.hush();
  captions.clear();
  await readyMedia();
  await keepTrying(signal);
}

async function readyMedia() {
  status = "Asking your browser for the microphone…";
  render();
  for (const problem of await media.open(cameraWanted)) view.tell(problem, 0);
  cameraWanted = cameraWanted && live(media.camera);
}

/**
 * Dial until the call is up, the caller gives up, or trying again can't help.
 * @param {AbortSignal} signal
 */
async function keepTrying(signal) {
  while (!signal.aborted && !line) {
    status = server.state === "awake" ? "Calling…" : asleepWords();
    render();
    await Promise.race([server.awake(), aborted(signal)]);
    if (signal.aborted) return;
    status = "Calling…";
    render();
    try {
      await dial(signal);
    } catch (error) {
      if (signal.aborted) return;
      line = null;
      if (!(error instanceof Refused) || error.retryS === null) {
        view.tell(error instanceof Refused ? error.message : `The call failed: ${error.message}.`, 0);
        return hangUp();
      }
      await countDown(error.message, error.retryS, signal);
    }
  }
}

/** @param {string} message @param {number} seconds @param {AbortSignal} signal */
async function countDown(message, seconds, signal) {
  server.ask();
  for (let left = seconds; left > 0 && !signal.aborted; left--) {
    status = `${message} Trying again in ${left} s.`;
    render();
    await Promise.race([new Promise((go) => setTimeout(go, 1000)), aborted(signal)]);
  }
}

/** @param {AbortSignal} signal */
async function dial(signal) {
  const sound = new MediaStream();
  const call = new Call(
    {
      track: (track) => {
        sound.addTrack(track);
        if (track.kind === "audio") mine.voice = track;
        parts.persona.srcObject = sound;
        view.play();
      },
      connected: (connection) => connected(mine, connection),
      open: (channel) => opened(mine, channel),
      message: (data) => received(mine, parse(data)),
      lost: (reason) => lost(mine, reason),
    },
    HEADERS,
    AS,
  );
  /** @type {Line} */
  const mine = { call, clock: new MediaClock(), heardAt: performance.now(), replyMs: null, voice: null };
  line = mine;
  signal.addEventListener("abort", () => call.hangUp());
  await call.begin(live(media.microphone) ? media.microphone : null, media.camera);
}

/** @param {Line} mine @param {RTCPeerConnection} connection */
function connected(mine, connection) {
  const quality = (mine.quality = new Quality(connection));
  mine.answered = new Answered((ms, soundMs) => {
    mine.replyMs = ms;
    mine.events?.stats({ ear_latency_ms: Math.round(ms), ear_first_sound_ms: Math.round(soundMs) });
  });
  mine.ear = new Ear((ms) => mine.answered?.sounds(ms));
  if (mine.voice) mine.ear.begin(media.microphone, mine.voice);
  captions.persona = server.persona || "Persona";
  captions.clock = mine.clock;
  let count = 0;
  mine.timer = setInterval(async () => {
    const values = await quality.measure();
    if (line !== mine) return;
    if (values.audio_jitter_buffer_ms !== null) mine.clock.buffered(values.audio_jitter_buffer_ms);
    view.showQuality(quality.words(), mine.replyMs);
    if (++count % STATS_EVERY === 0) mine.events?.stats(values);
    if (performance.now() - mine.heardAt < SILENT_MS) return;
    if (server.state === "gone") lost(mine, "gone");
    else server.ask();
  }, MEASURE_MS);
}

/**
 * Now the caller can be heard in every way.
 * @param {Line} mine
 * @param {RTCDataChannel} channel
 */
function opened(mine, channel) {
  mine.events = new Events(channel);
  mine.events.hello(clientFacts(media.microphone, media.camera), parts.consent.checked, server.wasAway());
  captions.judge = (id, score, comment) => line?.events?.judge(id, score, comment);
  status = "Connected.";
  render();
  if (document.activeElement === parts.call && !live(media.microphone)) parts.text.focus();
}

/**
 * The line is dead without anyone having hung up.
 * @param {Line} mine
 * @param {string} reason
 */
function lost(mine, reason) {
  if (line !== mine) return;
  const wasUp = mine.call.connected;
  letGo();
  if (mine.closed) return hangUp(mine.closed);
  if (!wish) return;
  if (OPEN) nextVisitor();
  if (!wasUp) view.tell("No way was found to the server's sound and picture. A firewall may be in between.", 0);
  else if (reason !== "closed") view.tell("The connection was lost.");
  server.ask();
  keepTrying(wish.signal);
}

function hangUp(why = "") {
  wish?.abort();
  wish = null;
  letGo();
  media.close();
  parting = why;
  render();
  server.ask();
}

function letGo() {
  const mine = line;
  line = null;
  if (!mine) return;
  clearInterval(mine.timer);
  mine.ear?.end();
  mine.call.hangUp();
  check.close();
  captions.stop();
  captions.clock = null;
  parts.persona.srcObject = null;
  document.body.classList.remove("live");
  view.showQuality(null);
}

// -- what the server says -----------------------------------------------------------------------

/** @param {Line} mine @param {any} message as `parse` gives it */
function received(mine, message) {
  if (!message || line !== mine) return;
  mine.heardAt = performance.now();
  mine.clock.follow(message.at);
  switch (message.type) {
    case "hello":
      if (mine.session && mine.session !== message.session) nextVisitor();
      mine.session = message.session;
      server.persona = captions.persona = message.persona;
      break;
    case "mode":
      mine.closed = message.mode === "close" && message.cause !== "server ends" ? message.message : "";
      status = message.message;
      render();
      break;
    case "caption":
      captions.take(message);
      mine.answered?.caption(message);
      break;
    case "heard":
      captions.heard(message);
      mine.answered?.over();
      break;
    case "judged":
      captions.judged(message);
      break;
    case "stats":
      mine.quality?.server(message);
      mine.replyMs ??= message.last_reply_ms;
      break;
    case "calibration":
      if (!check.take(message) && message.message) view.tell(message.message);
      break;
    case "fault":
      view.tell(message.message);
      break;
    default:
      signs.take(message);
  }
}

/** Whoever was at the stand has left: nothing of theirs stays, and they have agreed for nobody else. */
function nextVisitor() {
  captions.clear();
  check.close();
  view.fresh();
  muted = false;
  if (line) line.replyMs = null;
  if (!cameraWanted) switchCamera();
  render();
}

function serverChanged() {
  if (server.state === "awake") view.loadStills();
  if (wish && !line && server.state !== "awake") status = asleepWords();
  render();
}

// -- what the caller does -----------------------------------------------------------------------

parts.call.addEventListener("click", () => (wish ? hangUp("You have hung up.") : talk()));

parts.mute.addEventListener("click", () => {
  muted = !muted;
  render();
});

parts.camera.addEventListener("click", switchCamera);

async function switchCamera() {
  cameraWanted = !cameraWanted;
  if (!cameraWanted) media.closeCamera();
  render();
  if (!wish) return;
  if (cameraWanted) for (const problem of await media.openCamera()) view.tell(problem);
  cameraWanted = live(media.camera);
  await line?.call.camera?.replaceTrack(media.camera).catch(() => {});
  render();
}

parts.hush.addEventListener("click", () => line?.events?.interrupt());

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !event.repeat) line?.events?.interrupt();
});

parts.consent.addEventListener("change", () => line?.events?.consent(parts.consent.checked));

parts.say.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = parts.text.value.trim();
  if (!text || !line?.events) return;
  const sent = line.events.text(text);
  if (!sent) return;
  captions.typed(sent);
  parts.text.value = "";
});

addEventListener("pagehide", () => hangUp());

// -- what is shown ------------------------------------------------------------------------------

function render() {
  if (media.microphone) media.microphone.enabled = !muted;
  const talking = Boolean(line?.events);
  view.show({
    phase: talking ? "talking" : wish ? "calling" : "ready",
    server: server.state,
    persona: server.persona,
    status: wish ? status : server.state === "awake" ? parting || "Ready when you are." : asleepWords(),
    calling: talking ? "Hang up" : wish ? "Cancel" : `Call ${server.persona}`.trim(),
  });
  view.showMedia({
    microphone: !wish || live(media.microphone), muted, camera: media.camera, wanted: cameraWanted,
  });
}

function asleepWords() {
  const who = server.persona || "The persona";
  if (server.state === "unknown") return "One moment…";
  if (server.state === "warming") return `${who} is waking up. This takes a moment.`;
  const then = wish ? "The call goes on as soon as it is back." : "This page tries again by itself.";
  return `${who} is asleep: the server can't be reached. ${then}`;
}

render();
server.ask();
if (OPEN) {
  view.fresh(); // browsers remember what was ticked and typed
  talk();
}
