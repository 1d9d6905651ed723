/** Before the camera is on: who will be in the picture, and whether that may be kept. */

import { to } from "../operator/routes.js";
import { Consent } from "./consent.js";
import { Big, Choice, Component, Warning, html } from "./markup.js";

export class Start extends Component {
  state = { helped: Boolean(this.props.performer), problem: "" };

  choose = (helped) => {
    this.setState({ helped, problem: "" });
    if (!helped) this.props.agree({ performer: "" });
  };

  go = () => {
    if (this.state.helped && !this.props.performer.trim()) return this.setState({ problem: "Type their name first." });
    this.props.line.open(this.props.consent);
    location.hash = to([this.props.user, "record"]);
  };

  render({ name, performer, consent, agree }, { helped, problem }) {
    return html`
      <section class="panel narrow">
        <h1>Before we start</h1>
        <h2>Who makes the signs?</h2>
        <${Choice} name="Who makes the signs?" value=${helped} choose=${this.choose}
          choices=${[[false, name], [true, "Somebody else shows them"]]} />
        ${helped && html`<label class="field">Their name
          <input maxlength="60" value=${performer} onInput=${(event) => agree({ performer: event.target.value })} /></label>
          <${Warning}>${problem}<//>`}
        <${Consent} ...${{ consent, agree }} />
        ${consent
          ? html`<${Big} kind="strong" icon="camera" onClick=${this.go}>Start<//>`
          : html`<p class="hint" role="status">Without a yes, nothing is recorded.</p>`}
      </section>`;
  }
}
