/** The last sign that was weighed: the word, how sure it is, and what it was instead. */

import { Component, Icon, html } from "./markup.js";
import { byLabel, percent, sureness } from "./words.js";

export class Recognised extends Component {
  state = { other: "" };

  /** The pressed button is gone; the word that came of it has the focus. */
  componentDidUpdate() {
    if (document.activeElement === document.body) this.word?.focus({ preventScroll: true });
  }

  another = (event) => {
    event.preventDefault();
    const label = this.state.other.trim();
    if (!label) return;
    this.props.correct(label);
    this.setState({ other: "" });
  };

  render({ sign, line, correct, examples }, { other }) {
    if (!sign) return html`<div class="word" role="status"><p class="soft">Make a sign.</p></div>`;
    const known = new Set([...line.signs[sign.modality], ...byLabel(examples, sign.modality).map(([label]) => label)]);
    known.delete(sign.label);
    return html`
      <div tabindex="-1" ref=${(word) => (this.word = word)}><${Word} sign=${sign} /></div>
      <h2>${sign.label === null ? "What was it?" : "Not right? It was:"}</h2>
      <ul class="labels">${[...known].map((label) => html`
        <li key=${label}><button type="button" onClick=${() => correct(label)}><strong>${label}</strong></button></li>`)}</ul>
      <form class="add row" onSubmit=${this.another} autocomplete="off">
        <input aria-label="Something else" placeholder="Something else" maxlength="200" value=${other}
          onInput=${(event) => this.setState({ other: event.target.value })} />
        <button type="submit" class="big" aria-label="It was this"><${Icon} name="next" /></button></form>`;
  }
}

function Word({ sign }) {
  const { label, state, confidence } = sign;
  if (state === "corrected") {
    return html`<div class="word right" role="status"><p><strong>${label}</strong></p>
      <p class="good"><${Icon} name="yes" />Thank you. Train again, and it is learnt.</p></div>`;
  }
  if (label === null) return html`<div class="word unknown" role="status"><p><strong>I don’t know this one.</strong></p></div>`;
  return html`<div class="word" role="status"><p><strong>${label}</strong></p>
    <p class="soft">${sureness(confidence)}, ${percent(confidence)}</p></div>`;
}
