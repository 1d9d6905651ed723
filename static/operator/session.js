/** One call from its beginning to its end. */

import { Artefact, Folded, Movements } from "./artefacts.js";
import { Events } from "./events.js";
import { FaultLine } from "./faults.js";
import { Empty, Loaded } from "./loaded.js";
import { html } from "./markup.js";
import { to } from "./routes.js";
import * as sources from "./sources.js";
import { seenIn, turnOf } from "./timeline.js";
import { OtherTimes, Turn } from "./turn.js";
import { count, length, moment, time } from "./words.js";

/** `turn`: the one to go to, if any. */
export function Session({ id, turn }) {
  return html`
    <p><a href=${to(["sessions"])}>All sessions</a></p>
    <${Loaded} paths=${[sources.timeline(id)]}>${([timeline], again) => html`
      <${Timeline} ...${{ timeline, again }} aimed=${turn} />`}<//>`;
}

function Timeline({ timeline, aimed, again }) {
  const { session, modes, rest } = timeline;
  const turns = timeline.turns.map(turnOf);
  const { faults = [], session_events: events = [], performance_log: measures = [], calibration_settings: calibrations = [] } = rest;
  const failed = faults.length + turns.reduce((all, one) => all + one.faults.length, 0);
  const seen = seenIn(rest);
  return html`
    <div><h1>${session.username}, ${moment(session.started)}</h1>
      <p class="lead">${summary(session, turns, failed)}</p></div>
    <section class="card" aria-label="The call">
      <${Facts} session=${session} />
      <${Modes} modes=${modes} />
      <${Artefact} kind="session" row=${session} what="the whole call" again=${again} />
    </section>
    ${faults.length > 0 && html`
      <section class="card"><h2>Faults outside any turn</h2>${faults.map((fault) => html`<${FaultLine} key=${fault.id} fault=${fault} />`)}</section>`}
    <div class="turns">
      ${turns.length === 0 && html`<${Empty}>Nothing was said in this call.<//>`}
      ${numbered(turns).map(([one, number]) => html`
        <${Turn} key=${one.id} turn=${one} number=${number} aimed=${one.id === aimed} again=${again} />`)}
    </div>
    ${seen.length > 0 && html`<${SeenBesides} ...${{ seen, again }} />`}
    ${(events.length > 0 || measures.length > 0 || calibrations.length > 0) && html`
      <section class="card"><h2>Besides</h2>
        ${calibrations.map((row) => html`
          <${Artefact} key=${row.id} kind="calibration_settings" row=${row} what="this calibration" again=${again}>
            <p>Calibrated ${moment(row.created)} (${row.cause}): gain ${row.gain_db} dB${row.noise_floor_db !== null && `, noise floor ${row.noise_floor_db} dBFS`}</p>
            <${Folded} name="Framing" value=${row.framing} />
          <//>`)}
        ${events.length > 0 && html`<details><summary>Events of no turn (${events.length})</summary><${Events} events=${events} /></details>`}
        <${OtherTimes} measures=${measures} name="Times of no turn" />
      </section>`}`;
}

/** What the persona begins by itself has no number. */
function numbered(turns) {
  let number = 0;
  return turns.map((turn) => [turn, turn.greeting ? number : ++number]);
}

function summary(session, turns, faults) {
  const lasted = session.finished ? `It lasted ${length(Date.parse(session.finished) - Date.parse(session.started))}` : "It goes on";
  const exchanges = count(turns.filter((turn) => !turn.greeting).length, "exchange");
  return `${lasted}, with ${exchanges} and ${faults ? count(faults, "fault") : "no faults"}.`;
}

function Facts({ session }) {
  const facts = [
    ["Caller", session.username],
    ["Began", moment(session.started)],
    ["Ended", session.finished ? `${moment(session.finished)}: ${session.ending ?? "nobody knows why"}` : "not yet"],
    ["Caller's time zone", session.timezone],
    ["Begun by", session.initiator],
    ["Client", session.client],
    ["Deployment", session.deployment],
    ["Version", session.version],
    ["Node", session.node],
    ["Consent", session.consent_given ? `given ${session.consent_at ? time(session.consent_at) : ""}` : session.consent_at ? `withdrawn ${time(session.consent_at)}` : "never given"],
  ].filter(([, value]) => value);
  return html`
    <dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    <${Folded} name="All that the client told of itself" value=${session.client_facts} />
    <${Folded} name="Configuration in force" value=${session.configuration} />`;
}

function Modes({ modes }) {
  if (modes.length === 0) return null;
  return html`
    <div class="band" aria-hidden="true">${modes.map((one) => html`
      <span key=${one.id} class=${`mode-${one.mode}`} style=${{ flexGrow: String(Math.max(one.ms, 1)) }}
        title=${`${one.mode}, ${length(one.ms)}`}></span>`)}</div>
    <ol class="modes" aria-label="Modes, in order">${modes.map((one) => html`
      <li key=${one.id}><span class=${`swatch mode-${one.mode}`}></span>${one.mode} ${length(one.ms)}
        <span class="note"> (${one.cause})</span></li>`)}</ol>`;
}

function SeenBesides({ seen, again }) {
  return html`
    <section class="card"><h2>Seen during the call</h2>
      ${seen.map(({ kind, row }) => html`
        <${Artefact} key=${row.id} kind=${kind} row=${row} what=${kind === "pose" ? "these movements" : "what was seen"} again=${again}>
          ${kind === "pose" ? html`<${Movements} row=${row} />` : html`<p>${row.description ?? "No description was kept."}</p>`}
        <//>`)}
    </section>`;
}
