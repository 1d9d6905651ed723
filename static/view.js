/** The page's elements, and how they show what `main.js` knows. No decisions are made here. */

const $ = (id) => document.getElementById(id);

export const parts = {
  name: $("name"), status: $("status"), quality: $("quality"), alerts: $("alerts"),
  asleep: $("asleep"), portrait: $("portrait"), persona: $("persona"), you: $("you"),
  captions: $("captions"), say: $("say"), text: $("text"), consent: $("consent"),
  call: $("call"), label: $("call-label"), mute: $("mute"), camera: $("camera"), hush: $("hush"),
};

/**
 * `phase`: "ready", "calling" or "talking"; `server`: as in `server.js`. Writes only what has
 * changed, because a screen reader tells every change of the status.
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
  for (const one of [parts.text, parts.say.querySelector("button"), parts.hush]) one.disabled = !talking;
  parts.persona.tabIndex = -1;
}

/** Pictures are fetched while there is a server to give them, because asleep is when it's gone. */
export function loadStills() {
  for (const [image, path] of [[parts.portrait, "/portrait"], [parts.asleep, "/asleep"]]) {
    const loader = new Image();
    loader.onload = () => {
      image.src = loader.src;
      image.classList.add("loaded");
    };
    loader.src = path;
  }
}

/** A sentence that the caller should know; it goes away by itself, or with the next call. */
export function tell(sentence, seconds = 12) {
  const known = [...parts.alerts.children].find((one) => one.textContent === sentence);
  known?.remove();
  const line = document.createElement("p");
  line.textContent = sentence;
  parts.alerts.append(line);
  while (parts.alerts.children.length > 3) parts.alerts.firstChild.remove();
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

export function showQuality(words, replyMs) {
  parts.quality.hidden = !words;
  if (!words) return;
  parts.quality.dataset.level = words.level;
  const reply = replyMs === null ? "" : ` · answered in ${(replyMs / 1000).toFixed(1)} s`;
  write(parts.quality, words.text + reply);
}

/** The buttons of microphone and camera. */
export function showMedia({ microphone, muted, camera, wanted }) {
  pressed(parts.mute, muted);
  parts.mute.disabled = !microphone;
  pressed(parts.camera, wanted);
  parts.you.parentElement.hidden = !camera;
  if (parts.you.srcObject?.getTracks()[0] !== camera) {
    parts.you.srcObject = camera ? new MediaStream([camera]) : null;
  }
}

function pressed(button, on) {
  button.setAttribute("aria-pressed", String(Boolean(on)));
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
