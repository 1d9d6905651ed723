/** The operator's page: who is asked for, what is shown, and the way between views. */

import { html, Component, render } from "./markup.js";
import { here, to } from "./routes.js";
import { SignIn, signInFromAddress, signOut } from "./sign-in.js";
import { Alerts } from "./alerts.js";
import { Faults } from "./faults.js";
import { Latency } from "./latency.js";
import { Library } from "./library.js";
import { Live } from "./live.js";
import { Session } from "./session.js";
import { Sessions } from "./sessions.js";

const VIEWS = {
  live: { name: "Live", view: Live },
  latency: { name: "Latency", view: Latency },
  sessions: { name: "Sessions", view: Sessions },
  faults: { name: "Faults", view: Faults },
  library: { name: "Library", view: Library },
};

const WHY_SIGN_IN = "This page shows what callers said. The server asks for an operator's token; whoever set the server up has it.";

class Page extends Component {
  state = { route: here(), signedOut: false };

  componentDidMount() {
    addEventListener("hashchange", () => {
      this.setState({ route: here() });
      scrollTo(0, 0);
      this.main?.focus({ preventScroll: true });
    });
    addEventListener("signed-out", () => this.setState({ signedOut: true }));
  }

  render(_, { route, signedOut }) {
    if (signedOut) return html`<${SignIn} why=${WHY_SIGN_IN} done=${() => this.setState({ signedOut: false })} />`;
    const [name = "live", id, turn] = route.parts;
    const current = VIEWS[name] ?? VIEWS.live;
    document.title = `${current.name} · Visavis`;
    return html`
      <a class="skip" href="#content" onClick=${this.skip}>To the content</a>
      <header class="top"><div>
        <a class="brand" href=${to([])}>Visavis <span>operator</span></a>
        <nav aria-label="Views"><ul>
          ${Object.entries(VIEWS).map(([key, one]) => html`
            <li key=${key}><a href=${to([key])} aria-current=${one === current ? "page" : undefined}>${one.name}</a></li>`)}
        </ul></nav>
        <button type="button" class="plain out" onClick=${() => signOut()}>Sign out</button>
      </div></header>
      <${Alerts} />
      <main id="content" tabindex="-1" ref=${(main) => (this.main = main)}>
        ${name === "sessions" && id
          ? html`<${Session} key=${id} id=${id} turn=${turn} />`
          : html`<${current.view} key=${name} query=${route.query} />`}
      </main>`;
  }

  skip = (event) => {
    event.preventDefault();
    this.main.focus();
  };
}

const place = /** @type {HTMLElement} */ (document.getElementById("page"));
await signInFromAddress();
place.replaceChildren();
render(html`<${Page} />`, place);
