/** What the persona is made of: portraits, personas, engines, prompts, and where it is deployed. */

import { Artefact, Folded } from "./artefacts.js";
import { Empty, Loaded } from "./loaded.js";
import { html } from "./markup.js";
import { Prompts } from "./prompts.js";
import { DEPLOYMENTS, ENGINES, OFFERED, PERSONAS, PORTRAITS, PROMPTS, promptsCanBeSaved } from "./sources.js";
import { bytes, moment } from "./words.js";

export function Library() {
  return html`
    <div><h1>Library</h1><p class="lead">What the persona is made of, and where it is deployed.</p></div>
    <section class="card"><h2>Portraits</h2>
      <${Loaded} paths=${[PORTRAITS]}>${([{ items }], again) => html`<${Portraits} ...${{ items, again }} />`}<//></section>
    <section class="card"><h2>Personas</h2>
      <${Loaded} paths=${[PERSONAS]}>${([{ items }]) => html`<${Personas} items=${items} />`}<//></section>
    <section class="card"><h2>Engines</h2>
      <${Loaded} paths=${[ENGINES]}>${([{ items }]) => html`<${Engines} items=${items} />`}<//></section>
    <section class="card"><h2>Prompt templates</h2>
      <${Loaded} paths=${[PROMPTS, OFFERED]}>${([{ items }, offered], again) => html`
        <${Prompts} ...${{ items, again }} editable=${promptsCanBeSaved(offered)} />`}<//></section>
    <section class="card"><h2>Deployments</h2>
      <${Loaded} paths=${[DEPLOYMENTS]}>${([{ items }]) => html`<${Deployments} items=${items} />`}<//></section>`;
}

function Portraits({ items, again }) {
  if (items.length === 0) return html`<${Empty}>No portrait is kept yet.<//>`;
  return html`
    <ul class="portraits">${items.map((row) => html`
      <li key=${row.id}><${Artefact} kind="portrait" row=${row} what="this portrait" again=${again}>
        ${row.file && html`<img src=${row.file} alt=${`Portrait: ${row.provenance}`} loading="lazy" />`}
        <p class="note">${row.master_id ? "Made from a master" : "Master"} · ${row.width} × ${row.height} ${row.format} · ${bytes(row.size)} · ${row.provenance}</p>
      <//></li>`)}</ul>`;
}

function Personas({ items }) {
  if (items.length === 0) return html`<${Empty}>No persona is installed.<//>`;
  return items.map((one) => html`
    <div key=${one.name}><h3>${one.name}</h3><${Folded} name="All of it" value=${one} /></div>`);
}

function Engines({ items }) {
  return html`
    <div class="wide" tabindex="0" role="region" aria-label="Engines installed"><table>
      <thead><tr>${["Kind", "Engine", "From", "In force"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${items.map((one) => html`
        <tr key=${`${one.kind}.${one.name}`} data-engine=${`${one.kind}.${one.name}`}>
          <td>${one.kind}</td><th scope="row">${one.name}</th><td>${one.origin || "the settings"}</td>
          <td>${one.in_force && inForce(one)}</td></tr>`)}</tbody></table></div>`;
}

function inForce({ missing, broken }) {
  return missing ? `${broken ? "broken: " : "off: needs "}${missing}` : "yes";
}

function Deployments({ items }) {
  if (items.length === 0) return html`<${Empty}>No deployment is known yet.<//>`;
  return items.map((one) => html`
    <div key=${one.id}><h3>${one.name}</h3>
      <p class="note">${one.type} · known since ${moment(one.created)}</p>
      <${Folded} name="Configuration" value=${one.configuration} /></div>`);
}
