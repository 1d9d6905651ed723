/** The takes of a person, one by one: to look at, to name anew, and to remove. */

import { Component, Warning, html } from "./markup.js";
import { confirm, discard } from "./sources.js";
import { when } from "./words.js";

const STATUS = { unconfirmed: "not checked", confirmed: "checked", corrected: "corrected" };

export class Takes extends Component {
  state = { problem: "", asked: null };

  do = async (what) => {
    this.setState({ problem: "", asked: null });
    try {
      await what();
    } catch (trouble) {
      if (trouble.kind === "signed-out") dispatchEvent(new Event("signed-out"));
      this.setState({ problem: trouble.message });
    }
    this.props.again();
  };

  render({ user, examples, labels }, { problem, asked }) {
    return html`
      <details class="panel takes"><summary>All takes</summary>
        <${Warning}>${problem}<//>
        <ul>${examples.map((one) => html`
          <li key=${one.example_id}>
            <p><strong>${one.label}</strong> <small>${when(one.timestamp)}${one.performer_id ? `, ${one.performer_id}` : ""} · ${STATUS[one.label_status]}</small></p>
            ${one.label_status === "unconfirmed" && html`
              <button type="button" onClick=${() => this.do(() => confirm(user, one.example_id))}>It is right</button>`}
            <label><span class="for-readers">It was another sign</span>
              <select value=${one.label} onChange=${(event) => this.do(() => confirm(user, one.example_id, event.target.value))}>
                ${labels.map((label) => html`<option key=${label}>${label}</option>`)}</select></label>
            ${asked === one.example_id
              ? html`<button type="button" class="danger" onClick=${() => this.do(() => discard(user, one.example_id))}>Yes, remove</button>`
              : html`<button type="button" onClick=${() => this.setState({ asked: one.example_id })}>Remove</button>`}
          </li>`)}</ul>
      </details>`;
  }
}
