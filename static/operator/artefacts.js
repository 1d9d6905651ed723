/** One thing that was kept: what it is, who made it and how, its file playable in place. */

import { html } from "./markup.js";
import { Judging } from "./judging.js";
import { Labelling } from "./labelling.js";
import { bytes, length } from "./words.js";

/** `kind` and `row`: the table and its row; `what`: how a person calls it; `children`: how it shows. */
export function Artefact({ kind, row, what, again, children }) {
  return html`
    <div class="artefact" data-kind=${kind} data-id=${row.id}>
      ${children}
      <footer>
        ${row.system && html`<span>${row.system}</span>`}
        <${Folded} name="Parameters" value=${row.parameters} />
        <${Judging} kind=${kind} target=${row.id} what=${what} judgements=${row.judgements} again=${again} />
      </footer>
    </div>`;
}

export function Sound({ row, what, again }) {
  return html`
    <${Artefact} ...${{ kind: "audio", row, what, again }}>
      ${row.file
        ? html`<audio controls preload="metadata" src=${row.file} aria-label=${what} />`
        : html`<p class="note">${length(row.length_ms)} of sound, of which no file was kept${row.kind === "input" ? ": the caller had not agreed to it" : ""}.</p>`}
      <p class="note">${length(row.length_ms)} · ${row.provenance}${row.size ? ` · ${bytes(row.size)}` : ""}</p>
      ${row.file && row.kind === "input" && row.at_ms !== null && html`<${Labelling} row=${row} modality="audio" />`}
    <//>`;
}

/** Movements of the caller's body, of which only points are kept. */
export function Movements({ row }) {
  return html`
    <p>${row.frames} pictures of the body in ${length(row.length_ms)}, as points (${row.encoding})</p>
    ${row.file && row.at_ms !== null && html`<${Labelling} row=${row} modality="gesture" />`}`;
}

/** A moment is named in the address, because only then is a picture shown before it plays. */
export function Clip({ row, what, again }) {
  return html`
    <${Artefact} ...${{ kind: "video", row, what, again }}>
      ${row.file
        ? html`<video controls playsinline preload="metadata" src=${`${row.file}#t=0.01`} aria-label=${what} />`
        : html`<p class="note">${length(row.length_ms)} of video, of which no file was kept.</p>`}
      <p class="note">${length(row.length_ms)} · ${row.provenance}${row.size ? ` · ${bytes(row.size)}` : ""}</p>
    <//>`;
}

/** A value that few want to read, behind its name; nothing where there is nothing to read. */
export function Folded({ name, value, open = false }) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "object" && Object.keys(value).length === 0) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<details open=${open}><summary>${name}</summary><pre tabindex="0">${text}</pre></details>`;
}
