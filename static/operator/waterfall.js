/**
 * One answer's stages, each from where the one before ended, down to the sum: a table whose bars are
 * drawn, so that it reads the same by eye and by ear.
 */

import { html } from "./markup.js";
import { about, length, reason, slowestStage, slowness, stageName } from "./words.js";

/** `stages`: ms by stage in their order, summing to `total`, ms; `system`: what thought. */
export function Waterfall({ stages, total, system }) {
  const rows = laidOut(stages);
  const slowest = slowestStage(stages);
  const end = Math.max(total, ...rows.map((row) => row.to));
  const sum = rows.reduce((all, row) => all + row.ms, 0);
  return html`
    <div class="waterfall">
      <p class="why">${about(total)} from the caller's last word to the persona's first sound:${" "}
        ${slowness(total)} because <strong>${reason(stages, system)}</strong>.</p>
      <table>
        <caption class="for-readers">Where the time went, stage by stage</caption>
        <thead><tr><th scope="col">Stage</th><th scope="col" class="bar-head"><${Ruler} end=${end} /></th>
          <th scope="col" class="number">Took</th></tr></thead>
        <tbody>
          ${rows.map((row) => html`
            <tr key=${row.stage} class=${row.stage === slowest ? "slowest" : ""}>
              <th scope="row">${stageName(row.stage)}${row.stage === slowest && html` <em>slowest</em>`}</th>
              <td class="bar"><${Bar} ...${row} end=${end} /></td>
              <td class="number" data-stage=${row.stage} data-ms=${row.ms}>${length(row.ms)}</td>
            </tr>`)}
        </tbody>
        <tfoot><tr>
          <th scope="row">Voice to voice</th>
          <td class="bar"><${Bar} stage="total" from=${0} to=${total} end=${end} /></td>
          <td class="number" data-total=${total}>${length(total)}</td>
        </tr></tfoot>
      </table>
      ${Math.abs(sum - total) > 1
        && html`<p class="warning">The stages add up to ${length(sum)}, not to ${length(total)}: a row is missing.</p>`}
      ${stages.unexplained < -1
        && html`<p class="note">Unexplained is below zero where stages overlapped.</p>`}
    </div>`;
}

/** [{stage, ms, from, to}]: each begins where the one before ended. A negative one goes back. */
function laidOut(stages) {
  let reached = 0;
  return Object.entries(stages).map(([stage, ms]) => {
    const row = { stage, ms, from: Math.min(reached, reached + ms), to: Math.max(reached, reached + ms) };
    reached += ms;
    return row;
  });
}

function Bar({ stage, from, to, end }) {
  const share = (ms) => `${(100 * ms) / end}%`;
  return html`
    <svg class="stage-bar" height="18" aria-hidden="true">
      <rect class="track" width="100%" height="18" rx="3" />
      <rect class=${`fill-${stage}`} x=${share(from)} width=${share(to - from)} height="18" rx="2" />
    </svg>`;
}

function Ruler({ end }) {
  const step = [50, 100, 200, 500, 1000, 2000, 5000, 10_000].find((one) => end / one <= 4) ?? 30_000;
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
  return html`
    <span class="for-readers">Drawn</span>
    <svg class="ruler" height="16" aria-hidden="true">
      ${ticks.map((tick) => html`
        <text key=${tick} x=${`${(100 * tick) / end}%`} y="12" text-anchor=${tick === 0 ? "start" : tick > end * 0.92 ? "end" : "middle"}>
          ${tick === 0 ? "0" : `${tick / 1000} s`}</text>`)}
    </svg>`;
}
