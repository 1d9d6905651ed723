/** The page's elements, and how they show what `main.js` knows. No decisions are made here. */

/** @type {(id: string) => any} The page has them all; a test looks. */
const $ = (id) => document.getElementById(id);

/**
 * @type {{
 *   name: HTMLElement, status: HTMLElement, quality: HTMLElement, alerts: HTMLElement,
 *   asleep: HTMLImageElement, portrait: HTMLImageElement, persona: HTMLVideoElement,
 *   you: HTMLVideoElement, captions: HTMLElement, say: HTMLFormElement, text: HTMLInputElement,
 *   consent: HTMLInputElement, call: HTMLButtonElement, label: HTMLElement,
 *   mute: HTMLButtonElement, camera: HTMLButtonElement, hush: HTMLButtonElement,
 * }}
 */
export const parts = {
  name: $("name"), status: $("status"), quality: $("quality"), alerts: $("alerts"),
  asleep: $("asleep"), portrait: $("portrait"), persona: $("persona"), you: $("you"),
  captions: $("captions"), say: $("say"), text: $("text"), consent: $("consent"),
  call: $("call"), label: $("call-label"), mute: $("mute"), camera: $("camera"), hush: $("hush"),
};

/**
 * `phase`: "ready", "calling" or "talking"; `server`: as in `server.js`. Writes only what has
 * changed, because a screen reader tells every change of the status.
 * @param {Record<"phase" | "server" | "persona" | "status" | "calling", string>} known
 */
export function show({ phase, server, persona, status, calling }) {
  document.body.dataset.phase = phase;
  document.body.dataset.server = server;
  const awake = phase === "talking" || server === "awake" || server === "unknown";
  document.body.dataset.face = awake ? "awake" : "asleep";
  write(parts.status, status);
  write(parts.name, persona || "Visavis");
  document.title = persona ? `${persona} · Visavis` : "Visavis";
  for (const place of document.querySelectorAll("[data-name]")) write(place, persona || "the persona");
  write(parts.label, calling);
  parts.portrait.alt = persona ? `${persona}, waiting for your call` : "";
  parts.asleep.alt = awake ? "" : `${persona || "The persona"}, asleep`;
  parts.portrait.ariaHidden = String(phase === "talking" || !awake);
  const talking = phase === "talking";
  const send = /** @type {HTMLButtonElement} */ (parts.say.querySelector("button"));
  for (const one of [parts.text, send, parts.hush]) one.disabled = !talking;
  parts.persona.tabIndex = -1;
}

/** Pictures are fetched while there is a server to give them, because asleep is when it's gone. */
export function loadStills() {
  /** @type {[HTMLImageElement, string][]} */
  const stills = [[parts.portrait, "/portrait"], [parts.asleep, "/asleep"]];
  for (const [image, path] of stills) {
    const loader = new Image();
    loader.onload = () => {
      image.src = loader.src;
      image.classList.add("loaded");
    };
    loader.src = path;
  }
}

/**
 * A sentence that the caller should know; it goes away by itself, or with the next call.
 * @param {string} sentence
 * @param {number} [seconds]
 */
export function tell(sentence, seconds = 12) {
  const known = [...parts.alerts.children].find((one) => one.textContent === sentence);
  known?.remove();
  const line = document.createElement("p");
  line.textContent = sentence;
  parts.alerts.append(line);
  while (parts.alerts.children.length > 3) parts.alerts.firstChild?.remove();
  if (seconds) setTimeout(() => line.remove(), seconds * 1000);
}

export function hush() {
  parts.alerts.replaceChildren();
}

/** Nothing that anybody has read, written or agreed to stays. */
export function fresh() {
  hush();
  parts.text.value = "";
  parts.consent.checked = false;
  showQuality(null);
}

/** The persona's sound and picture, as soon as the browser lets them out. */
export async function play() {
  try {
    await parts.persona.play();
  } catch (error) {
    if (error.name !== "NotAllowedError") return;
    tell("Your browser holds the sound back. Press any key or click anywhere to hear it.");
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, play, { once: true });
  }
}

parts.persona.addEventListener("loadeddata", () => document.body.classList.add("live"));

/**
 * @param {{ level: string, text: string } | null} words
 * @param {number | null} [replyMs]
 */
export function showQuality(words, replyMs = null) {
  parts.quality.hidden = !words;
  if (!words) return;
  parts.quality.dataset.level = words.level;
  const reply = replyMs === null ? "" : ` · answered in ${(replyMs / 1000).toFixed(1)} s`;
  write(parts.quality, words.text + reply);
}

/**
 * The buttons of microphone and camera.
 * @param {{
 *   microphone: boolean, muted: boolean, camera: MediaStreamTrack | null, wanted: boolean
 * }} known
 */
export function showMedia({ microphone, muted, camera, wanted }) {
  pressed(parts.mute, muted);
  parts.mute.disabled = !microphone;
  pressed(parts.camera, wanted);
  if (parts.you.parentElement) parts.you.parentElement.hidden = !camera;
  const shown = /** @type {MediaStream | null} */ (parts.you.srcObject);
  if (shown?.getTracks()[0] !== camera) {
    parts.you.srcObject = camera ? new MediaStream([camera]) : null;
  }
}

/** @param {HTMLElement} button @param {boolean} on */
function pressed(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

/** @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
