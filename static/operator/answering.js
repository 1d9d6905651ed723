/** "Answer this from now on": the words of a turn as a question, and what is said to it in future. */

import { Component, html } from "./markup.js";
import { addAnswer } from "./sources.js";

/** `chat`: a row of `chat` that answers a caller's words. */
export class Answering extends Component {
  constructor(props) {
    super(props);
    const { user_prompt: question, text } = props.chat;
    this.state = { open: false, question: question ?? "", answer: text ?? "", busy: false, problem: "", told: "" };
  }

  save = async (event) => {
    event.preventDefault();
    this.setState({ busy: true, problem: "", told: "" });
    try {
      await addAnswer(this.state.question, this.state.answer);
      this.setState({ busy: false, open: false, told: "Whoever asks this is answered so from now on." });
    } catch (trouble) {
      this.setState({ busy: false, problem: trouble.message });
    }
  };

  render({ chat }, { open, question, answer, busy, problem, told }) {
    const form = `answer-${chat.id}`;
    return html`
      <button type="button" class="plain" aria-expanded=${String(open)} aria-controls=${form}
        onClick=${() => this.setState({ open: !open, told: "" })}>Answer this from now on</button>
      <span role="status">${told}</span>
      ${open && html`
        <form id=${form} class="judging" onSubmit=${this.save}>
          <label>When a caller asks, in whatever words
            <input required maxlength="200" value=${question} onInput=${(event) => this.setState({ question: event.target.value })} /></label>
          <label>Say
            <textarea required rows="2" maxlength="400" value=${answer} onInput=${(event) => this.setState({ answer: event.target.value })} /></label>
          <p><button type="submit" class="strong" disabled=${busy || !question.trim() || !answer.trim()}>Save the answer</button></p>
        </form>`}
      ${problem && html`<p class="warning" role="alert">${problem}</p>`}`;
  }
}
