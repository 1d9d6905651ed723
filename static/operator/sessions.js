/** Every call there was, newest first. */

import { Filters, Paged } from "./lists.js";
import { html } from "./markup.js";
import { to } from "./routes.js";
import { SESSIONS } from "./sources.js";
import { length, moment } from "./words.js";

const FIELDS = [
  { name: "user", label: "Caller" },
  { name: "since", label: "From", kind: "date" },
  { name: "until", label: "Until", kind: "date" },
  { name: "deployment", label: "Deployment" },
  { name: "ending", label: "Ending" },
  { name: "with_faults", label: "With faults only", kind: "checkbox" },
];

export function Sessions({ query }) {
  return html`
    <div><h1>Sessions</h1><p class="lead">Every call there was, newest first. Open one to see what was heard, thought and said.</p></div>
    <${Filters} view="sessions" fields=${FIELDS} query=${query} />
    <section class="card" aria-label="Sessions found">
      <${Paged} path=${SESSIONS} view="sessions" query=${query} empty="No calls here: nobody has called yet, or the filters hide them.">
        ${(sessions) => html`
          <table class="stacked">
            <thead><tr><th scope="col">Began</th><th scope="col">Caller</th><th scope="col">Lasted</th><th scope="col">Ending</th><th scope="col">Faults</th><th scope="col">Consent</th></tr></thead>
            <tbody>${sessions.map((one) => html`
              <tr key=${one.id}>
                <th scope="row"><a href=${to(["sessions", one.id])}>${moment(one.started)}</a></th>
                <td data-head="Caller">${one.username}</td>
                <td data-head="Lasted">${one.finished ? length(Date.parse(one.finished) - Date.parse(one.started)) : html`<span class="chip">goes on</span>`}</td>
                <td data-head="Ending">${one.ending ?? "–"}</td>
                <td data-head="Faults">${one.faults > 0 ? html`<span class="chip bad">${one.faults}</span>` : "none"}</td>
                <td data-head="Consent">${one.consent_given ? "given" : "not given"}</td>
              </tr>`)}</tbody>
          </table>`}
      <//>
    </section>`;
}
