/** What was made and what was understood: a table, and its worst cells as sentences. */

import { html } from "./markup.js";

const SHADES = 4;
const TOLD = 3;

/** `counts[i][j]`: takes of `labels[i]` that were taken for `labels[j]`; the last is "unknown". */
export function Confusion({ labels, counts }) {
  const names = labels.slice(0, -1);
  return html`
    <${Worst} ...${{ labels, counts, names }} />
    <details class="confusion" open=${names.length <= 6}><summary>Sign by sign</summary>
      <div class="wide" tabindex="0" role="region" aria-label="Sign by sign">
      <table>
        <caption class="for-readers">Each row is a sign that was made, each column what was understood.</caption>
        <thead><tr><td class="corner">Made ↓ Understood →</td>
          ${[...names, "Not sure"].map((name) => html`<th scope="col" key=${name}><span>${name}</span></th>`)}</tr></thead>
        <tbody>${names.map((made, row) => html`
          <tr key=${made}><th scope="row">${made}</th>
            ${counts[row].map((number, column) => html`<${Cell} key=${column} ...${{ number, right: row === column, all: sum(counts[row]) }} />`)}
          </tr>`)}</tbody>
      </table></div>
    </details>`;
}

function Cell({ number, right, all }) {
  const shade = all ? Math.ceil((number / all) * SHADES) : 0;
  return html`<td class=${`${right ? "right" : "wrong"} shade-${shade}`}>${number || html`<span class="nothing">0</span>`}</td>`;
}

function Worst({ labels, counts, names }) {
  const mistakes = names.flatMap((made, row) => counts[row].map((number, column) => ({ made, row, column, number })))
    .filter(({ row, column, number }) => number && row !== column)
    .sort((a, b) => b.number - a.number);
  if (mistakes.length === 0) return html`<p class="good">Nothing was mixed up.</p>`;
  return html`<ul class="mistakes">${mistakes.slice(0, TOLD).map(({ made, column, number }) => html`
    <li key=${`${made} ${column}`}>${column === names.length
      ? html`<strong>${made}</strong> was not recognised, ${times(number)}.`
      : html`<strong>${made}</strong> was taken for <strong>${labels[column]}</strong>, ${times(number)}.`}</li>`)}</ul>`;
}

function times(number) {
  return number === 1 ? "once" : `${number} times`;
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}
