/** Step 2: learn from the takes, see how well that went, and go back if it went badly. */

import { get } from "../operator/api.js";
import { to } from "../operator/routes.js";
import { Dots } from "./choose.js";
import { Big, Choice, Component, Warning, html } from "./markup.js";
import { Models } from "./models.js";
import { cancel, learn, training } from "./sources.js";
import { Takes } from "./takes.js";
import { LEAST_SIGNS, LEAST_TAKES, MODALITIES, byLabel, count } from "./words.js";

const ASK_MS = 500;
const PATIENCE = 10; // questions without an answer before it is said

export class Train extends Component {
  state = { run: /** @type {any} */ (null), problem: "", unseen: false };

  componentDidMount() {
    // A training that was begun before the page was opened anew is found again.
    const going = this.props.learner.trainings.find((one) => one.state === "training");
    if (going) this.follow(going);
    const { learner, modality, agree } = this.props;
    const other = learner.examples.find((one) => one.modality !== modality);
    if (other && !learner.examples.some((one) => one.modality === modality)) agree({ modality: other.modality });
  }

  /** The pressed button has made room for another, which gets the focus. */
  componentDidUpdate(_, { run }) {
    if (Boolean(run) === Boolean(this.state.run) || document.activeElement !== document.body) return;
    this.place.querySelector("[data-next]")?.focus({ preventScroll: true });
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
    this.gone = true;
  }

  begin = async () => {
    this.setState({ problem: "" });
    try {
      this.follow(await learn(this.props.user, this.props.modality, this.state.unseen));
    } catch (trouble) {
      if (trouble.kind === "signed-out") dispatchEvent(new Event("signed-out"));
      this.setState({ problem: trouble.message });
    }
  };

  follow(run, missed = 0) {
    if (this.gone) return;
    if (run.state !== "training") {
      this.setState({ run: null, problem: run.state === "done" ? "" : run.message });
      return this.props.again();
    }
    this.setState({ run, problem: missed > PATIENCE ? "The server is away. The page goes on as soon as it is back." : "" });
    this.timer = setTimeout(async () => {
      try {
        this.follow(await get(training(run.run_id)));
      } catch (trouble) {
        if (trouble.kind === "gone") return this.follow(run, missed + 1);
        this.setState({ run: null, problem: "Learning was cut short, because the server started anew. Please begin again." });
      }
    }, ASK_MS);
  }

  stop = () => cancel(this.state.run.run_id).catch((trouble) => this.setState({ problem: trouble.message }));

  render({ learner, user, modality, agree, again }, { run, problem, unseen }) {
    const examples = learner.examples.filter((one) => one.modality === modality);
    const labels = byLabel(examples, modality);
    const waiting = examples.filter((one) => one.label_status === "unconfirmed").length;
    return html`
      <div class="two even">
        <section class="panel" aria-label="Learning" ref=${(place) => (this.place = place)}>
          <h1>${run ? "Learning…" : "Learn the signs"}</h1>
          ${learner.examples.some((one) => one.modality === "audio") && html`
            <${Choice} name="Signs or sounds" value=${modality} choose=${(/** @type {string} */ other) => agree({ modality: other })}
              choices=${MODALITIES.map(([value, word, icon]) => [value, `${word}s`, icon])} />`}
          ${labels.length > 0
            ? html`<ul class="counts">${labels.map(([label, number]) => html`<li key=${label}><strong>${label}</strong><${Dots} number=${number} /></li>`)}</ul>`
            : html`<p class="soft">Nothing is recorded yet.</p>`}
          <${Advice} ...${{ labels, user }} />
          ${waiting > 0 && html`<button type="button" class="switch" role="switch" aria-checked=${String(unseen)} onClick=${() => this.setState({ unseen: !unseen })}>
            <i aria-hidden="true"></i><span>Also use ${count(waiting, "take")} that nobody has checked</span></button>`}
          <${Warning}>${problem}<//>
          ${run
            ? html`<label class="field">${Math.round(run.progress * 100)} % <progress max="1" value=${run.progress}></progress></label>
              <${Big} icon="no" data-next onClick=${this.stop}>Stop<//>`
            : html`<${Big} kind="strong huge" icon="learn" data-next disabled=${labels.length === 0} onClick=${this.begin}>Learn<//>`}
        </section>
        <${Models} key=${modality} ...${{ user, modality, again }} models=${learner.models} />
        ${examples.length > 0 && html`<${Takes} ...${{ user, again, examples }} labels=${labels.map(([label]) => label)} />`}
      </div>`;
  }
}

/** What would make it better; nothing once there is enough. */
function Advice({ labels, user }) {
  const few = labels.filter(([, number]) => number < LEAST_TAKES).map(([label]) => label);
  if (labels.length >= LEAST_SIGNS && few.length === 0) return null;
  const more = labels.length < LEAST_SIGNS
    ? `At least ${LEAST_SIGNS} are needed, with ${LEAST_TAKES} takes each.`
    : `Better with ${LEAST_TAKES} takes or more of: ${few.join(", ")}.`;
  return html`<p class="hint">${more} <a href=${to([user, "record"])}>Record more</a></p>`;
}
