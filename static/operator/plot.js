/** Plots over time as plain SVG, drawn at the size they are shown at. Values are ms. */

import { html, Sized } from "./markup.js";
import { clock, day, length } from "./words.js";

const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;

/** `series`: [{name, kind, points: [{at: ISO, value}]}]; `kind` names its colour. */
export function Lines({ label, series }) {
  const points = series.flatMap((one) => one.points);
  return html`
    <figure class="plot">
      <${Legend} entries=${series.map(({ name, kind }) => ({ name, mark: `line-${kind}` }))} />
      <${Sized}>${(width) => {
        const frame = framed(width, points.map((one) => one.at), Math.max(...points.map((one) => one.value)));
        return html`
          <svg role="img" aria-label=${label} width=${width} height=${HEIGHT}>
            <${Axes} ...${frame} />
            ${series.map(({ name, kind, points: its }) => html`
              <g key=${name} class=${`line-${kind}`}>
                <polyline points=${its.map((one) => `${frame.x(one.at)},${frame.y(one.value)}`).join(" ")} />
                ${its.map((one) => html`
                  <circle key=${one.at} cx=${frame.x(one.at)} cy=${frame.y(one.value)} r="4">
                    <title>${name}, ${day(one.at)} ${clock(one.at)}: ${length(one.value)}</title>
                  </circle>`)}
              </g>`)}
          </svg>`;
      }}<//>
    </figure>`;
}

/** `columns`: [{at: ISO, parts: {part: ms}}], stacked; `parts`: [{part, name}] from the ground up. */
export function Stacks({ label, parts, columns }) {
  return html`
    <figure class="plot">
      <${Legend} entries=${parts.map(({ part, name }) => ({ name, mark: `fill-${part}` }))} />
      <${Sized}>${(width) => {
        const frame = framed(width, columns.map((one) => one.at), Math.max(...columns.map(height)));
        const wide = Math.max(3, Math.min(48, (0.7 * (width - LEFT - RIGHT)) / Math.max(columns.length, 1)));
        return html`
          <svg role="img" aria-label=${label} width=${width} height=${HEIGHT}>
            <${Axes} ...${frame} />
            ${columns.map((column) => html`<${Column} key=${column.at} ...${{ frame, wide, parts, column }} />`)}
          </svg>`;
      }}<//>
    </figure>`;
}

function Column({ frame, wide, parts, column }) {
  let reached = 0;
  return parts.map(({ part, name }) => {
    const value = Math.max(0, column.parts[part] ?? 0);
    const top = frame.y(reached + value);
    const tall = frame.y(reached) - top;
    reached += value;
    return html`
      <rect key=${part} class=${`fill-${part}`} x=${frame.x(column.at) - wide / 2} y=${top} width=${wide} height=${tall}>
        <title>${name}, ${day(column.at)} ${clock(column.at)}: ${length(value)}</title>
      </rect>`;
  });
}

/** Bars that lie one under the other: `bars`: [{name, kind, value}]. */
export function Bars({ label, bars }) {
  const most = Math.max(...bars.map((one) => one.value), 1);
  return html`
    <div class="bars" role="img" aria-label=${label}>
      ${bars.map(({ name, kind, value }) => html`
        <div key=${name} class="bar-row">
          <span>${name}</span>
          <svg height="18" aria-hidden="true"><rect class=${`fill-${kind}`} width=${`${(100 * value) / most}%`} height="18" rx="3" /></svg>
          <span class="number">${length(value)}</span>
        </div>`)}
    </div>`;
}

function Legend({ entries }) {
  return html`
    <figcaption class="legend">${entries.map(({ name, mark }) => html`
      <span key=${name}><svg class=${mark} width="14" height="14" aria-hidden="true"><rect class=${mark} width="14" height="14" rx="3" /></svg>${name}</span>`)}
    </figcaption>`;
}

/** Where things stand: `x(at)` and `y(value)` in px, and the axes' ticks. */
function framed(width, moments, most) {
  const times = moments.map((at) => Date.parse(at));
  const first = Math.min(...times);
  const last = Math.max(...times);
  const room = width - LEFT - RIGHT - 48;
  const step = [50, 100, 200, 500, 1000, 2000, 5000, 10_000].find((one) => most / one <= 5) ?? 30_000;
  const top = Math.max(step, Math.ceil(most / step) * step);
  const x = (at) => LEFT + 24 + (last === first ? room / 2 : (room * (Date.parse(at) - first)) / (last - first));
  const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / top;
  const ys = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  return { width, x, y, ys, xs: spread([...new Set(moments)].sort(), Math.max(2, Math.floor(room / 110))), days: last - first > 36 * 3_600_000 };
}

/** At most `most` of the moments, evenly chosen. */
function spread(moments, most) {
  if (moments.length <= most) return moments;
  return Array.from({ length: most }, (_, index) => moments[Math.round((index * (moments.length - 1)) / (most - 1))]);
}

function Axes({ width, x, y, xs, ys, days }) {
  return html`
    <g class="axes">
      ${ys.map((value) => html`
        <line key=${value} x1=${LEFT} x2=${width - RIGHT} y1=${y(value)} y2=${y(value)} />
        <text x=${LEFT - 8} y=${y(value) + 4} text-anchor="end">${value >= 1000 || value === 0 ? `${value / 1000} s` : `${value} ms`}</text>`)}
      ${xs.map((at) => html`
        <text key=${at} x=${x(at)} y=${HEIGHT - 6} text-anchor="middle">${days ? day(at).replace(/ \d{4}$/, "") : clock(at)}</text>`)}
    </g>`;
}

function height(column) {
  return Object.values(column.parts).reduce((all, one) => all + Math.max(0, one), 0);
}
