/** One take: the big button that begins it, and what became of it. */

import { Dots } from "./choose.js";
import { Big, Component, Icon, Warning, html } from "./markup.js";
import { byLabel, tracking } from "./words.js";

const SHORTEST_S = 1;
const LONGEST_S = 10;

export class Take extends Component {
  componentDidMount() {
    this.#follow();
  }

  componentDidUpdate() {
    this.#follow();
  }

  /** The button that is wanted next has the focus: one key is enough. */
  #follow() {
    const { state } = this.props.taking;
    if (state !== this.shown) this.place.querySelector("[data-next]")?.focus({ preventScroll: true });
    this.shown = state;
  }

  render({ taking, label, modality, examples, ...rest }) {
    const number = byLabel(examples, modality).find(([one]) => one === label)?.[1] ?? 0;
    return html`
      <div class="take" ref=${(place) => (this.place = place)}>
        <h1>${label}</h1>
        <${Dots} number=${number} />
        ${STATES[taking.state]({ taking, modality, ...rest })}
      </div>`;
  }
}

const STATES = {
  ready: Ready,
  counting: ({ taking }) => html`
    <p class="told" role="status">Get ready…</p>
    <${Big} icon="no" data-next onClick=${() => taking.reset()}>Cancel<//>`,
  recording: ({ taking }) => html`
    <p class="told" role="status">Now!</p>
    <div class="running" key="running"><i class=${`for-${taking.seconds}`}></i></div>
    <${Big} kind="danger" icon="stop" data-next onClick=${() => taking.stop()}>Stop<//>`,
  checking: () => html`<p class="waiting" role="status">One moment…</p>`,
  recorded: Recorded,
  keeping: () => html`<p class="waiting" role="status">One moment…</p>`,
  refused: Refused,
};

function Ready({ start, other, seconds, last, said, problem, modality }) {
  return html`
    ${said && html`<p class="good" role="status"><${Icon} name="yes" />${said}</p>`}
    <${Warning}>${problem}<//>
    <${Big} kind="strong huge" icon="record" data-next onClick=${start}>Record<//>
    <div class="length" role="group" aria-label="How long">
      <button type="button" aria-label="Shorter" disabled=${seconds <= SHORTEST_S} onClick=${() => last(seconds - 1)}>−</button>
      <span aria-live="polite">${seconds} s</span>
      <button type="button" aria-label="Longer" disabled=${seconds >= LONGEST_S} onClick=${() => last(seconds + 1)}>+</button>
    </div>
    <${Big} icon="back" onClick=${other}>Another ${modality === "gesture" ? "sign" : "sound"}<//>`;
}

function Recorded({ taking }) {
  return html`
    <p class="told" role="status">Was it good?</p>
    <${Warning}>${taking.take.reasons.join(" ")}<//>
    <${Seen} tracked=${taking.take.tracked} />
    <div class="pair">
      <${Big} kind="strong" icon="yes" data-next onClick=${() => taking.keep()}>Keep<//>
      <${Big} icon="again" onClick=${() => taking.again()}>Again<//>
    </div>
    <button type="button" class="plain" onClick=${() => taking.reset()}>Throw it away</button>`;
}

function Refused({ taking, other }) {
  return html`
    <div class="warning" role="alert"><strong>That one can’t be used.</strong>
      ${taking.take.reasons.map((one) => html`<p key=${one}>${one}</p>`)}</div>
    <${Seen} tracked=${taking.take.tracked} />
    <${Big} kind="strong" icon="again" data-next onClick=${() => taking.again()}>Try again<//>
    <${Big} icon="back" onClick=${other}>Another one<//>`;
}

function Seen({ tracked }) {
  const parts = tracking(tracked);
  if (parts.length === 0) return null;
  return html`<ul class="seen">${parts.map(({ part, seen, words }) => html`
    <li key=${part} class=${seen}><${Icon} name=${seen === "not" ? "no" : "yes"} />${words}</li>`)}</ul>`;
}
