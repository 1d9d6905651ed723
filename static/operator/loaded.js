/** What is fetched before it is shown: waiting, failing and trying again, in one place. */

import { get } from "./api.js";
import { Component, html } from "./markup.js";

const AGAIN_MS = 5000;

/**
 * `paths`: what to fetch, all together; `children(answers, reload)` shows it. `every`: ms after
 * which it is fetched anew, 0 never. What was shown stays while the server is away.
 */
export class Loaded extends Component {
  state = { answers: null, trouble: null };

  componentDidMount() {
    this.load();
  }

  componentDidUpdate(before) {
    if (before.paths.join() !== this.props.paths.join()) {
      this.setState({ answers: null, trouble: null });
      this.load();
    }
  }

  componentWillUnmount() {
    this.stop();
  }

  stop() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  load = async () => {
    this.stop();
    const { signal } = (this.asking = new AbortController());
    try {
      const answers = await Promise.all(this.props.paths.map((path) => get(path, signal)));
      this.setState({ answers, trouble: null });
      this.again(this.props.every);
    } catch (trouble) {
      if (signal.aborted) return;
      if (trouble.kind === "signed-out") dispatchEvent(new Event("signed-out"));
      this.setState({ trouble });
      this.again(trouble.kind === "gone" ? AGAIN_MS : this.props.every);
    }
  };

  again(ms) {
    if (ms) this.timer = setTimeout(this.load, ms);
  }

  render({ children }, { answers, trouble }) {
    return html`
      ${trouble && html`<${Troubled} ...${{ trouble }} again=${this.load} />`}
      ${answers ? children(answers, this.load) : !trouble && html`<p class="loading" role="status">One moment…</p>`}`;
  }
}

const TITLES = {
  gone: "The server is away",
  "signed-out": "You are signed out",
  forbidden: "You may not see this",
  missing: "There is nothing here",
  failed: "The server failed",
};

function Troubled({ trouble, again }) {
  const away = trouble.kind === "gone";
  return html`
    <div class="trouble" role="alert">
      <h2>${TITLES[trouble.kind] ?? "That did not work"}</h2>
      <p>${trouble.message}${away && " This page tries again by itself."}
        ${trouble.kind === "forbidden" && " Sign in with an operator's token to see it."}</p>
      <p><button type="button" onClick=${again}>Try again</button></p>
    </div>`;
}

/** Nothing to show, and why that may be so. */
export function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}
