/** Saying how good something is, where it is shown: a score, a comment, and taking it back. */

import { Component, html } from "./markup.js";
import { judge, withdraw } from "./sources.js";
import { moment } from "./words.js";

/** @type {[number, string][]} */
const SCORES = [[-1, "Bad"], [-0.5, "Rather bad"], [0, "So-so"], [0.5, "Rather good"], [1, "Good"]];

/** @param {number} score */
export function scoreWords(score) {
  const [, words] = SCORES.reduce((best, one) => (Math.abs(one[0] - score) < Math.abs(best[0] - score) ? one : best));
  const number = score.toFixed(Number.isInteger(score * 2) ? 1 : 2).replace("-", "−");
  return `${words} (${score > 0 ? "+" : ""}${number})`;
}

/** `kind` and `target`: the table and the id of what is judged; `judgements`: those there are. */
export class Judging extends Component {
  state = { open: false, score: /** @type {any} */ (null), comment: "", busy: false, problem: "", told: "" };

  save = async (event) => {
    event.preventDefault();
    const { kind, target } = this.props;
    const { score, comment } = this.state;
    await this.attempt("Your judgement is kept.", () => judge(kind, target, score, comment.trim()));
  };

  async attempt(told, act) {
    this.setState({ busy: true, problem: "", told: "" });
    try {
      await act();
      this.setState({ busy: false, told, open: false, score: null, comment: "" });
      this.props.again();
    } catch (trouble) {
      this.setState({ busy: false, problem: trouble.message });
    }
  }

  render({ kind, target, what, judgements = [] }, { open, score, comment, busy, problem, told }) {
    const form = `judge-${kind}-${target}`;
    return html`
      ${judgements.length > 0 && html`
        <ul class="judgements" aria-label=${`Judgements of ${what}`}>
          ${judgements.map((one) => html`<li key=${one.id}>${this.line(one, busy)}</li>`)}
        </ul>`}
      <button type="button" class="plain" aria-expanded=${String(open)} aria-controls=${form}
        onClick=${() => this.setState({ open: !open, told: "" })}>Judge<span class="for-readers"> ${what}</span></button>
      <span role="status">${told}</span>
      ${open && html`
        <form id=${form} class="judging" onSubmit=${this.save}>
          <fieldset class="scores">
            <legend>How good is ${what}?</legend>
            ${SCORES.map(([value, words]) => html`
              <button key=${value} type="button" aria-pressed=${String(score === value)}
                onClick=${() => this.setState({ score: value })}>${words}</button>`)}
          </fieldset>
          <label>Comment, if you like
            <textarea rows="2" maxlength="4000" value=${comment} onInput=${(event) => this.setState({ comment: event.target.value })} /></label>
          <p><button type="submit" class="strong" disabled=${score === null || busy}>Keep the judgement</button></p>
        </form>`}
      ${problem && html`<p class="warning" role="alert">${problem}</p>`}`;
  }

  line({ id, score, comment, user, created, active }, busy) {
    const said = html`<span class="chip">${scoreWords(score)}</span>${comment && html`<q>${comment}</q>`}
      <span>${user}, ${moment(created)}</span>`;
    if (!active) return html`${said}<span>withdrawn</span>`;
    return html`${said}<button type="button" class="plain" disabled=${busy} 
      onClick=${() => this.attempt("The judgement is withdrawn.", () => withdraw(id))}>Withdraw</button>`;
  }
}
