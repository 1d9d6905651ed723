/** Which sign or sound is recorded next: those that are known, and a new one. */

import { Choice, Component, Icon, Warning, html } from "./markup.js";
import { ENOUGH, MODALITIES, byLabel } from "./words.js";

export class Choose extends Component {
  state = { name: "", problem: "" };

  /** What had the focus is gone, so the screen begins anew here. */
  componentDidMount() {
    this.title.focus({ preventScroll: true });
  }

  add = (event) => {
    event.preventDefault();
    const name = this.state.name.trim().replace(/\s+/g, " ");
    if (!name) return this.setState({ problem: "Type its name first." });
    this.props.choose(name);
  };

  render({ examples, modality, change, choose, noCamera }, { name, problem }) {
    const known = byLabel(examples, modality);
    const what = modality === "gesture" ? "sign" : "sound";
    return html`
      <h1 tabindex="-1" ref=${(title) => (this.title = title)}>Which ${what}?</h1>
      <${Choice} name="Sign or sound" choices=${noCamera ? MODALITIES.slice(1) : MODALITIES} value=${modality} choose=${change} />
      ${known.length > 0 && html`<ul class="labels">${known.map(([label, number]) => html`
        <li key=${label}><button type="button" onClick=${() => choose(label)}>
          <strong>${label}</strong><${Dots} number=${number} /></button></li>`)}</ul>`}
      <form class="add" onSubmit=${this.add} autocomplete="off">
        <label class="field">A new ${what}: what does it mean?
          <span class="row"><input maxlength="200" placeholder="Water, Yes, Come here …" value=${name}
            onInput=${(event) => this.setState({ name: event.target.value, problem: "" })} />
          <button type="submit" class="big" aria-label="Record this"><${Icon} name="next" /></button></span></label>
        <${Warning}>${problem}<//>
      </form>`;
  }
}

/** "3 of 5", drawn and written. */
export function Dots({ number }) {
  return html`<span class="dots"><span aria-hidden="true">${Array.from({ length: ENOUGH }, (_, index) => html`<i class=${index < number ? "full" : ""}></i>`)}</span>
    <small>${number < ENOUGH ? `${number} of ${ENOUGH}` : `${number} takes`}</small></span>`;
}
