/** The slowest replies of today, each with its reason and the way to its turn. */

import { Empty } from "./loaded.js";
import { html } from "./markup.js";
import { to } from "./routes.js";
import { slowest } from "./sources.js";
import { length, moment, reason, slowness } from "./words.js";

/** Where to ask for the `limit` slowest since the reader's midnight. */
export function slowToday(limit) {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  return slowest(midnight.toISOString(), limit);
}

export function SlowReplies({ replies }) {
  if (replies.length === 0) return html`<${Empty}>No reply has been given today yet.<//>`;
  return html`
    <ol class="slow">${replies.map((one) => html`
      <li key=${one.turn_id} data-turn=${one.turn_id}>
        <span class="number">${length(one.voice_to_voice_ms)}</span>
        <span><a href=${to(["sessions", one.session_id, one.turn_id])}>${capital(slowness(one.voice_to_voice_ms))} because ${reason(one.stages, one.system)}</a></span>
        <p class="note">${moment(one.created)}${one.username && ` · ${one.username}`}${one.text && ` · “${shortened(one.text)}”`}</p>
      </li>`)}</ol>`;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function shortened(text) {
  return text.length > 90 ? `${text.slice(0, 88)}…` : text;
}
