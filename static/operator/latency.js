/** How long callers waited for the persona: over time, by stage, by version, and the worst of today. */

import { Empty, Loaded } from "./loaded.js";
import { html, Component } from "./markup.js";
import { Bars, Lines, Stacks } from "./plot.js";
import { SlowReplies, slowToday } from "./slow.js";
import { latency } from "./sources.js";
import { clock, day, length, STAGES, stageName } from "./words.js";

const SPANS = { day: ["24 hours", 1, "hour"], week: ["7 days", 7, "hour"], month: ["30 days", 30, "day"] };
const PARTS = Object.keys(STAGES).map((part) => ({ part, name: stageName(part) }));

export class Latency extends Component {
  state = { span: "day" };

  render(_, { span }) {
    return html`
      <div><h1>Latency</h1><p class="lead">How long callers waited: from their last sound to the
        persona's first (“voice to voice”). Half of the replies were quicker than p50, and 19 in 20
        quicker than p95.</p></div>
      <section class="card">
        <h2>Slowest replies today</h2>
        <${Loaded} paths=${[slowToday(10)]}>${([slow]) => html`<${SlowReplies} replies=${slow.items} />`}<//>
      </section>
      <div class="filters" role="group" aria-label="Span of time">
        ${Object.entries(SPANS).map(([key, [name]]) => html`
          <button key=${key} type="button" aria-pressed=${String(key === span)} onClick=${() => this.setState({ span: key })}>Last ${name}</button>`)}
      </div>
      <${Loaded} paths=${[latencyPath(span)]}>${([found]) => html`<${Plots} ...${found} />`}<//>`;
  }
}

/** Whole hours, so that a reload within the hour asks the same. */
function latencyPath(span) {
  const [, days, bucket] = SPANS[span];
  const since = new Date(Date.now() - days * 86_400_000);
  since.setMinutes(0, 0, 0);
  return latency(since.toISOString(), bucket);
}

function Plots({ buckets, versions }) {
  if (buckets.length === 0) return html`<${Empty}>No reply was given in this span of time.<//>`;
  return html`
    <section class="card"><h2>Voice to voice over time</h2>
      <${Lines} label="p50 and p95 of voice to voice over time; the numbers are in the table below" series=${["p50", "p95"].map((kind) => ({
        name: kind, kind, points: buckets.map((one) => ({ at: one.at, value: one[kind] })),
      }))} />
      <${AsTable} name="Voice to voice over time" head=${["From", "Replies", "p50", "p95"]}
        rows=${buckets.map((one) => [when(one.at), one.count, length(one.p50), length(one.p95)])} />
    </section>
    <section class="card"><h2>By stage</h2>
      <p class="note">The mean of each stage, stacked: the column's height is the mean of voice to voice.</p>
      <${Stacks} label="Mean time of each stage over time; the numbers are in the table below" parts=${PARTS}
        columns=${buckets.map((one) => ({ at: one.at, parts: one.stages }))} />
      <${AsTable} name="Stages over time" head=${["From", ...PARTS.map((one) => one.name)]}
        rows=${buckets.map((one) => [when(one.at), ...PARTS.map(({ part }) => length(one.stages[part]))])} />
    </section>
    <section class="card"><h2>By version of the system</h2>
      <${Bars} label="p50 and p95 by version; the numbers stand beside the bars" bars=${versions.flatMap((one) =>
        ["p50", "p95"].map((kind) => ({ name: `${one.version} ${kind}`, kind, value: one[kind] })))} />
      <${AsTable} name="Versions" head=${["Version", "Replies", "p50", "p95", ...PARTS.map((one) => one.name)]}
        rows=${versions.map((one) => [one.version, one.count, length(one.p50), length(one.p95), ...PARTS.map(({ part }) => length(one.stages[part]))])} />
    </section>`;
}

function when(at) {
  return `${day(at)}, ${clock(at)}`;
}

function AsTable({ name, head, rows }) {
  return html`
    <details><summary>The same as a table</summary>
      <div class="wide" tabindex="0" role="region" aria-label=${name}><table>
        <thead><tr>${head.map((one, index) => html`<th key=${one} scope="col" class=${index ? "number" : ""}>${one}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`
          <tr key=${row[0]}><th scope="row">${row[0]}</th>${row.slice(1).map((one) => html`<td class="number">${one}</td>`)}</tr>`)}</tbody>
      </table></div>
    </details>`;
}
