/** What goes on now: calls under way, and today in a few words. */

import { Empty, Loaded } from "./loaded.js";
import { html } from "./markup.js";
import { to } from "./routes.js";
import { JOURNAL, LIVE } from "./sources.js";
import { SlowReplies, slowToday } from "./slow.js";
import { length, moment } from "./words.js";

const EVERY_MS = 3000;

export function Live() {
  return html`
    <div><h1>Live calls</h1><p class="lead">Who is talking with the persona now. This list renews itself.</p></div>
    <section class="card" aria-label="Calls under way">
      <${Loaded} paths=${[LIVE, JOURNAL]} every=${EVERY_MS}>${([calls, journal]) => html`
        <${Calls} calls=${calls.items} />
        <p class="lead">Records: ${journal.says || "every row is in the database."}</p>`}<//>
    </section>
    <section class="card">
      <h2>Slowest replies today</h2>
      <${Loaded} paths=${[slowToday(3)]} every=${20_000}>${([slow]) => html`
        <${SlowReplies} replies=${slow.items} />
        ${slow.items.length > 0 && html`<p><a href=${to(["latency"])}>More of them, and latency over time</a></p>`}`}<//>
    </section>`;
}

function Calls({ calls }) {
  if (calls.length === 0) return html`<${Empty}>Nobody is calling just now.<//>`;
  return html`
    <table class="stacked">
      <thead><tr><th scope="col">Caller</th><th scope="col">Since</th><th scope="col">For</th><th scope="col">Mode</th><th scope="col">Last reply after</th><th scope="col">Consent</th></tr></thead>
      <tbody>${calls.map((call) => html`
        <tr key=${call.id}>
          <th scope="row"><a href=${to(["sessions", call.id])}>${call.user}</a></th>
          <td data-head="Since">${moment(call.started)}</td>
          <td data-head="For">${length(Date.now() - Date.parse(call.started))}</td>
          <td data-head="Mode"><span class="chip">${call.mode ?? "–"}</span></td>
          <td data-head="Last reply after">${length(call.last_reply_ms)}</td>
          <td data-head="Consent">${call.consent_given ? "given" : "not given"}</td>
        </tr>`)}</tbody>
    </table>`;
}
