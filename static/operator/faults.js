/** What went wrong. */

import { Folded } from "./artefacts.js";
import { Filters, Paged } from "./lists.js";
import { html } from "./markup.js";
import { to } from "./routes.js";
import { FAULTS } from "./sources.js";
import { moment } from "./words.js";

const FIELDS = [
  { name: "type", label: "Kind" },
  { name: "since", label: "From", kind: "date" },
  { name: "until", label: "Until", kind: "date" },
];

export function Faults({ query }) {
  return html`
    <div><h1>Faults</h1><p class="lead">Whatever failed or broke a rule, whether or not the call went on.</p></div>
    <${Filters} view="faults" fields=${FIELDS} query=${query} />
    <section class="card" aria-label="Faults found">
      <${Paged} path=${FAULTS} view="faults" query=${query} empty="No faults here: nothing failed, or the filters hide it.">
        ${(faults) => faults.map((fault) => html`<${FaultLine} key=${fault.id} fault=${fault} linked />`)}
      <//>
    </section>`;
}

/** One fault; `linked`: with the way to its session. */
export function FaultLine({ fault, linked = false }) {
  return html`
    <div class="fault">
      <p><span class="chip bad">${fault.type}</span> ${fault.description}</p>
      <p class="note">${moment(fault.created)}${fault.mode && ` · while in mode ${fault.mode}`}${fault.system && ` · in ${fault.system}`}
        ${linked && fault.session_id && html` · <a href=${to(["sessions", fault.session_id, ...(fault.turn_id ? [fault.turn_id] : [])])}>the call</a>`}</p>
      <${Folded} name="Details" value=${fault.details} />
    </div>`;
}
