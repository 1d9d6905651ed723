/** A span of a call as a take to learn from: what the caller did, from when to when. */

import { Component, html } from "./markup.js";
import { label } from "./sources.js";

const LONGEST_S = 10;

/** `row`: of `pose`, or of `audio` that the caller made; `modality`: "gesture" or "audio". */
export class Labelling extends Component {
  constructor(props) {
    super(props);
    const from = props.row.at_ms / 1000;
    const length = Math.min(props.row.length_ms / 1000, LONGEST_S);
    this.state = { open: false, name: "", from: from.toFixed(1), to: (from + length).toFixed(1), busy: false, problem: "", told: "" };
  }

  keep = async (event) => {
    event.preventDefault();
    const { row, modality } = this.props;
    const { name, from, to } = this.state;
    this.setState({ busy: true, problem: "", told: "" });
    try {
      const take = await label(row.session_id, modality, name, Number(from) * 1000, Number(to) * 1000);
      this.setState({ busy: false, open: false, name: "", told: `Kept as a take of “${take.label}”.` });
    } catch (trouble) {
      this.setState({ busy: false, problem: trouble.message });
    }
  };

  render({ row, modality }, { open, name, from, to, busy, problem, told }) {
    const form = `label-${row.id}`;
    const what = modality === "gesture" ? "sign" : "sound";
    return html`
      <button type="button" class="plain" aria-expanded=${String(open)} aria-controls=${form}
        onClick=${() => this.setState({ open: !open, told: "" })}>Label a ${what}</button>
      <span role="status">${told}</span>
      ${open && html`
        <form id=${form} class="judging" onSubmit=${this.keep}>
          <label>What the caller's ${what} means
            <input required maxlength="200" value=${name} onInput=${(event) => this.setState({ name: event.target.value })} /></label>
          ${this.seconds("From second", "from", from)}
          ${this.seconds("To second", "to", to)}
          <p><button type="submit" class="strong" disabled=${busy || !name.trim()}>Keep it as a take</button></p>
        </form>`}
      ${problem && html`<p class="warning" role="alert">${problem}</p>`}`;
  }

  seconds(words, field, value) {
    return html`<label>${words}
      <input type="number" required min="0" step="0.1" value=${value} onInput=${(event) => this.setState({ [field]: event.target.value })} /></label>`;
  }
}
