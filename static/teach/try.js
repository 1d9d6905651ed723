/** Step 3: a call in which the signs are understood, and corrected with one tap. */

import { Captions } from "../captions.js";
import { to } from "../operator/routes.js";
import { Connection } from "./connection.js";
import { Consent } from "./consent.js";
import { Component, Icon, Warning, html } from "./markup.js";
import { Recognised } from "./recognised.js";

export class Try extends Component {
  state = { sign: /** @type {any} */ (null), problem: "" };

  componentDidMount() {
    const { line } = this.props;
    line.lesson(false);
    for (const [type, heard] of Object.entries(this.heard)) line.addEventListener(type, heard);
    this.play();
  }

  componentDidUpdate() {
    this.play();
  }

  componentWillUnmount() {
    for (const [type, heard] of Object.entries(this.heard)) this.props.line.removeEventListener(type, heard);
    this.captions?.stop();
  }

  heard = {
    caption: ({ detail }) => this.captions?.take(detail),
    heard: ({ detail }) => this.captions?.heard(detail),
    sign: ({ detail }) => this.setState({ sign: detail, problem: "" }),
    fault: ({ detail }) => this.setState({ problem: detail.message }),
  };

  said = (list) => {
    this.captions?.stop();
    this.captions = list && new Captions(list, this.props.line.persona);
  };

  /** The persona's face and voice, as long as there is a call. */
  play() {
    const { line } = this.props;
    const stream = line.state === "on" ? line.mine.stream : null;
    if (this.captions) Object.assign(this.captions, { clock: line.mine?.clock ?? null, persona: line.persona || "Persona" });
    if (!this.video || this.video.srcObject === stream) return;
    this.video.srcObject = stream;
    if (stream) this.video.play().catch(() => {});
  }

  own = (video) => {
    const { camera } = this.props.line;
    if (video && video.srcObject?.getVideoTracks()[0] !== camera) video.srcObject = new MediaStream([camera]);
  };

  correct = (label) => this.props.line.label("correct", { id: this.state.sign.id, label });

  render({ line, user, name, learner, consent, agree }, { sign, problem }) {
    const understood = [...line.signs.gesture, ...line.signs.audio];
    const up = line.state === "on";
    return html`
      <div class="two">
        <section class="stage persona" aria-label="The persona">
          <video ref=${(video) => (this.video = video)} playsinline poster="/portrait" aria-label="The persona, live"></video>
          ${up && line.camera && html`<video class="own mirrored" ref=${this.own} playsinline autoplay muted aria-hidden="true"></video>`}
        </section>
        <section class="panel" aria-label="Trying">
          ${!consent && html`<${Consent} ...${{ consent, agree }} /><p class="hint" role="status">Without a yes, no sign is understood.</p>`}
          <${Connection} line=${line} open=${() => line.open(consent)} first="Call" icon="phone">
            <${Warning}>${problem}<//>
            ${consent && (understood.length === 0
                ? html`<p class="hint" role="status">Nothing is learnt yet. <a href=${to([user, "train"])}>Train first</a></p>`
                : html`<${Recognised} ...${{ sign, line }} correct=${this.correct} examples=${learner.examples} />`)}
          <//>
          <ol class="captions" ref=${this.said} role="log" aria-live="polite" aria-label="What was said" tabindex="-1"></ol>
          <p class="foot"><a href=${`/?as=${encodeURIComponent(user)}`}><${Icon} name="phone" /> A whole call as ${name}</a></p>
        </section>
      </div>`;
  }
}
