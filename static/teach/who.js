/** Whose signs: a card for everybody who is known, and one for somebody new. */

import { Loaded } from "../operator/loaded.js";
import { to } from "../operator/routes.js";
import { Component, Icon, Warning, html } from "./markup.js";
import { LEARNERS, addLearner } from "./sources.js";
import { count } from "./words.js";

export function Who() {
  return html`
    <header class="title"><h1>Whose signs?</h1>
      <p class="lead">Teach a person’s own signs and sounds. In the next call they are understood.</p></header>
    <${Loaded} paths=${[LEARNERS]}>${([{ learners }]) => html`
      ${learners.length > 0 && html`<ul class="people">${learners.map((one) => html`<${Card} key=${one.user_id} one=${one} />`)}</ul>`}
      <${Newcomer} first=${learners.length === 0} />`}<//>`;
}

function Card({ one }) {
  const known = one.takes ? `${count(one.labels, "sign")}, ${count(one.takes, "take")}` : "no signs yet";
  return html`<li><a class="card" href=${to([one.user_id])}>
    <span class="face" aria-hidden="true">${[...one.username][0]?.toUpperCase()}</span>
    <span><strong>${one.username}</strong><small>${known}</small></span></a></li>`;
}

class Newcomer extends Component {
  state = { name: "", busy: false, problem: "" };

  add = async (event) => {
    event.preventDefault();
    const name = this.state.name.trim();
    if (!name) return this.setState({ problem: "Type the person’s name first." });
    this.setState({ busy: true, problem: "" });
    try {
      location.hash = to([(await addLearner(name)).user_id]);
    } catch (trouble) {
      if (trouble.kind === "signed-out") dispatchEvent(new Event("signed-out"));
      this.setState({ busy: false, problem: trouble.message });
    }
  };

  render({ first }, { name, busy, problem }) {
    return html`
      <form class="panel newcomer" onSubmit=${this.add} autocomplete="off">
        <h2><label for="newcomer">${first ? "What is the person’s name?" : "Somebody new"}</label></h2>
        <div class="row">
          <input id="newcomer" maxlength="60" placeholder="Name" value=${name} onInput=${(event) => this.setState({ name: event.target.value })} />
          <button type="submit" class=${`big ${first ? "strong" : ""}`} disabled=${busy}><${Icon} name="plus" /><span>Add</span></button>
        </div>
        <${Warning}>${problem}<//>
      </form>`;
  }
}
