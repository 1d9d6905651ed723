/** Somebody in need: a banner on every view, until an operator has seen it. */

import { get } from "./api.js";
import { Component, html } from "./markup.js";
import { to } from "./routes.js";
import { ALERTS, putAside } from "./sources.js";
import { moment } from "./words.js";

const EVERY_MS = 3000;

/** @type {Record<string, string>} */
const SAYS = {
  self_harm: "speaks of hurting or killing themselves",
  abuse: "speaks of being abused",
  danger: "speaks of being in danger",
  medical: "speaks of a medical emergency",
  fire: "speaks of fire or an accident",
};

export class Alerts extends Component {
  state = { alerts: [], trouble: "" };

  componentDidMount() {
    this.load();
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  load = async () => {
    clearTimeout(this.timer);
    try {
      this.setState({ alerts: (await get(ALERTS)).items });
    } catch {
      // The view below tells that the server is away; what is shown here stays true.
    }
    this.timer = setTimeout(this.load, EVERY_MS);
  };

  seen = async (id) => {
    try {
      await putAside(id);
      this.setState({ trouble: "" });
    } catch (trouble) {
      // Another operator was quicker.
      if (trouble.kind !== "missing") this.setState({ trouble: trouble.message });
    }
    this.load();
  };

  render(_, { alerts, trouble }) {
    return html`
      <section class="alerts" role="alert" aria-label="Callers in need">
        ${alerts.map((alert) => html`
          <p key=${alert.id}>
            <strong>A caller ${SAYS[alert.kind] ?? "needs help"}.</strong>
            <span>${moment(alert.time)}</span>
            <a href=${to(["sessions", alert.session])}>To the call</a>
            <button type="button" onClick=${() => this.seen(alert.id)}>Seen</button>
          </p>`)}
        ${trouble && html`<p>${trouble}</p>`}
      </section>`;
  }
}
