/** Who looks: a token once, from the address or typed, and a cookie from then on. */

import { Component, html } from "./markup.js";
import * as sources from "./sources.js";

/** "/operator#TOKEN": the token becomes a cookie and leaves the address bar. */
export async function signInFromAddress() {
  const given = location.hash.slice(1).replace(/^token=/, "");
  if (!given || given.startsWith("/")) return;
  history.replaceState(null, "", `${location.pathname}#/`);
  await sources.signIn(decodeURIComponent(given)).catch(() => {});
}

/** Forget the cookie; the page asks for a token again. */
export async function signOut() {
  await sources.signOut().catch(() => {});
  dispatchEvent(new Event("signed-out"));
}

/** Asks for a token; `why` is a sentence, `done()` comes after. */
export class SignIn extends Component {
  state = { token: "", busy: false, problem: "" };

  componentDidMount() {
    document.title = "Sign in · Visavis";
    this.field.focus();
  }

  submit = async (event) => {
    event.preventDefault();
    this.setState({ busy: true, problem: "" });
    try {
      await sources.signIn(this.state.token.trim());
      this.props.done();
    } catch (trouble) {
      const wrong = trouble.kind === "signed-out" || trouble.kind === "forbidden";
      this.setState({ busy: false, problem: wrong ? "This token is not one that the server knows." : trouble.message });
    }
  };

  render({ why }, { token, busy, problem }) {
    return html`
      <main class="gate">
        <h1>Sign in</h1>
        <p>${why}</p>
        <form onSubmit=${this.submit}>
          <label>Token
            <input type="password" autocomplete="current-password" required ref=${(field) => (this.field = field)}
              value=${token} onInput=${(event) => this.setState({ token: event.target.value })} /></label>
          ${problem && html`<p class="warning" role="alert">${problem}</p>`}
          <p><button type="submit" class="strong" disabled=${busy || !token.trim()}>Sign in</button></p>
        </form>
      </main>`;
  }
}
