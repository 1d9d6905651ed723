/** Prompt templates: read, and replaced by a new version where the server allows it. */

import { Artefact } from "./artefacts.js";
import { Empty } from "./loaded.js";
import { Component, html } from "./markup.js";
import { savePrompt } from "./sources.js";
import { moment } from "./words.js";

export function Prompts({ items, editable, again }) {
  if (items.length === 0) return html`<${Empty}>No prompt template is kept yet.<//>`;
  return items.map((row) => html`<${Prompt} key=${row.id} ...${{ row, editable, again }} />`);
}

/** The server refuses a cycle or an unknown hole, and says which. */
class Prompt extends Component {
  state = { text: /** @type {any} */ (null), busy: false, problem: "", told: "" };

  save = async (event) => {
    event.preventDefault();
    this.setState({ busy: true, problem: "", told: "" });
    try {
      await savePrompt(this.props.row.name, this.state.text);
      this.setState({ text: null, busy: false, told: "Saved. The next reply is made with it." });
      this.props.again();
    } catch (trouble) {
      this.setState({ busy: false, problem: trouble.message });
    }
  };

  render({ row, editable, again }, { text, busy, problem, told }) {
    return html`
      <details class="prompt"><summary><strong>${row.name}</strong> <span class="note">since ${moment(row.created)}</span></summary>
        <${Artefact} kind="prompt_template" row=${row} what="this template" again=${again}>
          ${text === null
            ? html`<pre tabindex="0">${row.text}</pre>
              ${editable && html`<p><button type="button" onClick=${() => this.setState({ text: row.text, told: "" })}>Edit</button></p>`}`
            : html`<form onSubmit=${this.save}>
                <label><span class="for-readers">Text of ${row.name}</span>
                  <textarea rows="12" value=${text} onInput=${(event) => this.setState({ text: event.target.value })} /></label>
                <p class="note">Holes are written in braces and filled when a reply is thought: {time}, {name}.</p>
                <p><button type="submit" class="strong" disabled=${busy || text === row.text}>Save as a new version</button>
                  <button type="button" onClick=${() => this.setState({ text: null, problem: "" })}>Leave it as it was</button></p>
              </form>`}
          ${problem && html`<p class="warning" role="alert">${problem}</p>`}
          <p role="status">${told}</p>
        <//>
      </details>`;
  }
}
