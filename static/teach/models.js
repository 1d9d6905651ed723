/** What is understood now, how well, and the way back to what was understood before. */

import { to } from "../operator/routes.js";
import { Confusion } from "./confusion.js";
import { Big, Component, Icon, Warning, html } from "./markup.js";
import { rollBack } from "./sources.js";
import { count, when } from "./words.js";

export class Models extends Component {
  state = { problem: "", said: "", busy: false };

  back = async () => {
    this.setState({ problem: "", said: "", busy: true });
    try {
      const row = await rollBack(this.props.user, this.props.modality);
      this.setState({ said: `In use again: what was learnt ${when(row.trained_at)}.` });
      this.props.again();
    } catch (trouble) {
      if (trouble.kind === "signed-out") dispatchEvent(new Event("signed-out"));
      this.setState({ problem: trouble.message });
    }
    this.setState({ busy: false });
  };

  render({ models, modality, user }, { problem, said, busy }) {
    const own = models.filter((one) => one.modality === modality);
    const active = own.find((one) => one.status === "active");
    if (!active) return html`<section class="panel empty" aria-label="Result"><p>Press Learn. Here you will see how well it went.</p></section>`;
    return html`
      <section class="panel" aria-label="Result" aria-live="polite">
        <${Result} metrics=${active.metrics ?? {}} />
        <p class="soft">In use: learnt ${when(active.trained_at)} from ${count(active.example_count ?? 0, "take")}.</p>
        <${Warning}>${problem}<//>
        ${said && html`<p class="good" role="status"><${Icon} name="yes" />${said}</p>`}
        <a class="big strong" href=${to([user, "try"])}><${Icon} name="talk" /><span>Try it</span></a>
        ${own.length > 1 && html`<${Big} icon="back" disabled=${busy} onClick=${this.back}>Go back to the one before<//>`}
      </section>`;
  }
}

/** "9 of 10 takes were understood": each was tried with what was learnt from the others alone. */
function Result({ metrics }) {
  const { confusion } = metrics;
  const counts = confusion?.counts ?? [];
  const all = counts.flat().reduce((sum, one) => sum + one, 0);
  if (!all) {
    return html`<h2>It has learnt</h2>
      <p>Record each sign at least twice, and at least two signs, to see how well it understands.</p>`;
  }
  const right = counts.reduce((sum, row, index) => sum + row[index], 0);
  return html`
    <h2 class="score"><b>${right} of ${all}</b> takes were understood</h2>
    <${Confusion} labels=${confusion.labels} counts=${counts} />`;
}
