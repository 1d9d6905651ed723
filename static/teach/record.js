/** Step 1: choose a sign, show it to the camera, keep it; again and again. */

import { to } from "../operator/routes.js";
import { Choose } from "./choose.js";
import { Connection } from "./connection.js";
import { Consent } from "./consent.js";
import { Component, Icon, html } from "./markup.js";
import { confirm } from "./sources.js";
import { Stage } from "./stage.js";
import { Take } from "./take.js";
import { Taking } from "./taking.js";
import { LEAST_SIGNS, LEAST_TAKES, byLabel } from "./words.js";

const USUAL_S = 3;

export class Record extends Component {
  state = { label: "", seconds: USUAL_S, said: "", problem: "" };

  constructor(props) {
    super(props);
    this.taking = new Taking(props.line, () => this.setState({}), this.kept);
    props.line.lesson(true);
  }

  componentWillUnmount() {
    this.taking.end();
  }

  /** Whoever pressed Keep has seen the take: that confirms it. */
  kept = async ({ example, label }) => {
    this.setState({ said: `Kept: ${label}.`, problem: "" });
    try {
      if (example) await confirm(this.props.user, example);
    } catch (trouble) {
      this.setState({ problem: `The take is kept, but not yet marked as seen: ${trouble.message}` });
    }
    this.props.again();
  };

  choose = (label) => {
    this.taking.reset();
    this.setState({ label, said: "", problem: "" });
  };

  start = () => {
    this.setState({ said: "", problem: "" });
    const { performer } = this.props;
    const wanted = { modality: this.modality(), label: this.state.label, ...(performer.trim() ? { performer: performer.trim() } : {}) };
    this.taking.start(wanted, this.state.seconds);
  };

  /** Without a camera there are only sounds. */
  modality() {
    const { line, modality } = this.props;
    return line.state === "on" && !line.camera ? "audio" : modality;
  }

  render({ line, user, consent, learner, agree }, { label, seconds, said, problem }) {
    if (!consent) {
      return html`<section class="panel narrow"><h1>Nothing is recorded</h1>
        <${Consent} ...${{ consent, agree }} /></section>`;
    }
    const modality = this.modality();
    const { taking } = this;
    return html`
      <div class="two">
        <${Stage} line=${line} modality=${modality} recording=${taking.state === "recording"}>
          ${taking.state === "counting" && html`<p class="countdown" key=${taking.left} role="status">${taking.left}</p>`}
          ${taking.state === "recording" && html`<p class="on-air">Recording</p>`}
        <//>
        <section class="panel" aria-label="Recording">
          <${Connection} line=${line} open=${() => line.open(consent)} first="Turn on the camera">
            ${label
              ? html`<${Take} ...${{ taking, label, modality, seconds, said, problem }} examples=${learner.examples} start=${this.start}
                  other=${() => this.choose("")} last=${(/** @type {number} */ wanted) => this.setState({ seconds: wanted })} />`
              : html`<${Choose} ...${{ modality }} examples=${learner.examples} choose=${this.choose} noCamera=${!line.camera}
                  change=${(/** @type {string} */ other) => agree({ modality: other })} />`}
          <//>
          ${taking.state === "ready" && enough(learner.examples, modality) && html`
            <a class="big" href=${to([user, "train"])}><${Icon} name="learn" /><span>Next: Train</span></a>`}
          <p class="foot"><a href=${to([user])}>Recordings may be kept: yes. Change this</a></p>
        </section>
      </div>`;
  }
}

function enough(examples, modality) {
  return byLabel(examples, modality).filter(([, number]) => number >= LEAST_TAKES).length >= LEAST_SIGNS;
}
