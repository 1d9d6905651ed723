/** The page on which a person's signs are taught: who, then three steps. */

import { here, to } from "../operator/routes.js";
import { SignIn, signInFromAddress } from "../operator/sign-in.js";
import { Loaded } from "../operator/loaded.js";
import { Line } from "./line.js";
import { Component, Icon, html, render } from "./markup.js";
import { Record } from "./record.js";
import { LEARNERS, book } from "./sources.js";
import { Start } from "./start.js";
import { Train } from "./train.js";
import { Try } from "./try.js";
import { Who } from "./who.js";

const STEPS = {
  record: { name: "Record", view: Record },
  train: { name: "Train", view: Train },
  try: { name: "Try", view: Try },
};
const WHY_SIGN_IN = "Teaching is for people whom the server knows. It asks for a token; whoever set the server up has it.";

class Page extends Component {
  state = { route: here(), signedOut: false, consent: false, performer: "", modality: "gesture" };
  line = this.#lineOf(here().parts[0]);

  componentDidMount() {
    addEventListener("hashchange", this.moved);
    addEventListener("signed-out", () => this.setState({ signedOut: true }));
  }

  moved = () => {
    const route = here();
    if ((route.parts[0] ?? null) !== this.line.user) {
      this.line.end();
      this.line = this.#lineOf(route.parts[0]);
      this.setState({ consent: false, performer: "" });
    }
    this.setState({ route });
    scrollTo(0, 0);
    this.main?.focus({ preventScroll: true });
  };

  #lineOf(user) {
    const line = new Line(user ?? null);
    line.addEventListener("change", () => this.setState({}));
    return line;
  }

  /** Whether what is recorded may be kept, and who is in the picture. */
  agree = (agreed) => {
    if ("consent" in agreed) this.line.consent(agreed.consent);
    this.setState(agreed);
  };

  render(_, { route, signedOut, ...lesson }) {
    if (signedOut) return html`<${SignIn} why=${WHY_SIGN_IN} done=${() => this.setState({ signedOut: false })} />`;
    const [user, step] = route.parts;
    document.title = `${STEPS[step]?.name ?? "Teach"} · Visavis`;
    return html`
      <a class="skip" href="#content" onClick=${this.skip}>To the content</a>
      <main id="content" tabindex="-1" ref=${(main) => (this.main = main)}>
        ${user
          ? html`<${Loaded} key=${user} paths=${[LEARNERS]}>${([{ learners }]) => this.#person(step, { ...lesson, user, learners })}<//>`
          : html`<${Who} />`}
      </main>`;
  }

  #person(step, { learners, ...lesson }) {
    const { user } = lesson;
    const name = learners.find((one) => one.user_id === user)?.username ?? "Somebody";
    const shared = { ...lesson, name, line: this.line, agree: this.agree };
    return html`
      <header class="top">
        <a class="person" href=${to([])} aria-label=${`${name}: choose somebody else`}><${Icon} name="back" /><span>${name}</span></a>
        <nav aria-label="Steps"><ol>
          ${Object.entries(STEPS).map(([key, one], index) => html`
            <li key=${key}><a href=${to([user, key])} aria-current=${key === step ? "step" : undefined}>
              <b>${index + 1}</b><span>${one.name}</span></a></li>`)}
        </ol></nav>
      </header>
      <${Loaded} paths=${[book(user)]}>${([learner], again) => html`
        <${STEPS[step]?.view ?? Start} key=${step} ...${{ ...shared, learner, again }} />`}<//>`;
  }

  skip = (event) => {
    event.preventDefault();
    this.main.focus();
  };
}

// A key that is held down, or a hand that trembles, presses once.
addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter") event.preventDefault();
});

const place = /** @type {HTMLElement} */ (document.getElementById("page"));
await signInFromAddress();
place.replaceChildren();
render(html`<${Page} />`, place);
