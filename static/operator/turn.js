/** One exchange: what was heard, thought, said and seen, and where the time went. */

import { Artefact, Clip, Folded, Movements, Sound } from "./artefacts.js";
import { Answering } from "./answering.js";
import { Component, html } from "./markup.js";
import { FaultLine } from "./faults.js";
import { Events } from "./events.js";
import { about, length, time, unheard } from "./words.js";
import { Waterfall } from "./waterfall.js";

/** `turn`: as in `timeline.js`; `number` from 1; `aimed`: it is what the link led to. */
export class Turn extends Component {
  componentDidMount() {
    if (this.props.aimed) this.place.scrollIntoView({ block: "start" });
  }

  render({ turn, number, aimed, again }) {
    const name = turn.greeting ? "The persona began" : `Turn ${number}`;
    return html`
      <article class=${`card turn ${aimed ? "aimed" : ""}`} ref=${(place) => (this.place = place)}
        id=${`turn-${turn.id}`} aria-label=${name} data-turn=${turn.id}>
        <header><h2>${name}</h2><span class="soft">${time(turn.at)}</span>
          ${turn.total !== null && html`<span class="chip">answered in ${about(turn.total)}</span>`}</header>
        <${Part} name="Time" shown=${turn.total !== null}><${Time} turn=${turn} /><//>
        <${Part} name="Heard" shown=${turn.heard.length > 0 || turn.typed !== null}><${Heard} ...${{ turn, again }} /><//>
        <${Part} name="Thought" shown=${turn.chats.length > 0}>
          ${turn.chats.map((chat) => html`<${Thought} key=${chat.id} ...${{ chat, again }} />`)}<//>
        <${Part} name="Said" shown=${turn.said.length > 0 || turn.videos.length > 0}><${Said} ...${{ turn, again }} /><//>
        <${Part} name="Seen" shown=${turn.seen.length > 0}>
          ${turn.seen.map(({ kind, row }) => html`<${Seen} key=${row.id} ...${{ kind, row, again }} />`)}<//>
        <${Part} name="Faults" shown=${turn.faults.length > 0}>
          ${turn.faults.map((fault) => html`<${FaultLine} key=${fault.id} fault=${fault} />`)}<//>
        <${OtherTimes} measures=${turn.measures} />
        ${turn.events.length > 0 && html`<details><summary>Events (${turn.events.length})</summary><${Events} events=${turn.events} /></details>`}
      </article>`;
  }
}

function Part({ name, shown, children }) {
  return shown && html`<section class="part" aria-label=${name}><h3>${name}</h3><div>${children}</div></section>`;
}

function Heard({ turn, again }) {
  if (turn.typed !== null) return html`<p class="words">“${turn.typed}” <span class="chip">typed</span></p>`;
  return turn.heard.map(({ audio, stt }) => html`
    <div key=${audio?.id ?? stt.id} class="artefact">
      ${stt && html`<${Artefact} kind="stt" row=${stt} what="the transcript" again=${again}>
        <p class="words">${stt.text === null ? html`<em>No transcript was kept.</em>` : `“${stt.text}”`}</p><//>`}
      ${audio && html`<${Sound} row=${audio} what="the caller's sound" again=${again} />`}
    </div>`);
}

function Thought({ chat, again }) {
  return html`
    <${Artefact} kind="chat" row=${chat} what="the reply" again=${again}>
      <p class="words"><${Words} chat=${chat} /></p>
      ${chat.complete === false && html`<p class="note">It was interrupted${unheard(chat) ? ": what is struck through was never heard" : ""}.</p>`}
      ${chat.user_prompt && html`<${Answering} chat=${chat} />`}
      <${Folded} name="System prompt" value=${chat.system_prompt} />
      <${Folded} name="Prompt" value=${chat.user_prompt} />
      <${Folded} name="What filled the prompt" value=${chat.prompt_values} />
      <${Folded} name="Retrieved" value=${chat.retrieved?.length ? chat.retrieved : null} />
    <//>`;
}

/** What was heard of the reply, and what was not. */
function Words({ chat: { text, heard, complete } }) {
  if (text === null && heard === null) return html`<em>No words of it were kept.</em>`;
  if (!text && !heard && complete === false) return html`<em>There were no words of it yet.</em>`;
  const rest = unheard({ text, heard, complete });
  if (!rest) return `“${text ?? heard}”`;
  return html`“${heard}<span class="unheard">${rest}</span>”`;
}

function Said({ turn, again }) {
  return html`<div class=${turn.videos.length > 0 ? "clip-and-clauses" : "artefact"}>
    <div>${turn.videos.map((row) => html`<${Clip} key=${row.id} row=${row} what="the reply as it was sent" again=${again} />`)}</div>
    <div>${turn.said.map(({ tts, audio, lipsync }) => html`
      <details key=${tts.id} open=${turn.videos.length === 0}>
        <summary>${tts.text ?? "A clause"}${audio && ` (${length(audio.length_ms)})`}</summary>
        <div class="artefact">
          ${audio && html`<${Sound} row=${audio} what="the clause's sound" again=${again} />`}
          <${Artefact} kind="tts" row=${tts} what="the clause's voice" again=${again} />
          ${lipsync && html`<${Artefact} kind="lipsync" row=${lipsync} what="the clause's face" again=${again} />`}
        </div>
      </details>`)}</div>
  </div>`;
}

const SEEN = { vision: "what was seen", pose: "the movements", video: "the caller's picture" };

function Seen({ kind, row, again }) {
  if (kind === "video") return html`<${Clip} row=${row} what=${SEEN.video} again=${again} />`;
  return html`
    <${Artefact} kind=${kind} row=${row} what=${SEEN[kind] ?? kind} again=${again}>
      ${kind === "pose" ? html`<${Movements} row=${row} />` : html`<p>${row.description ?? html`<em>No description was kept.</em>`}</p>`}
      <${Folded} name="Details" value=${row.interpretation ?? row.details} />
    <//>`;
}

function Time({ turn: { total, stages, measures, system } }) {
  const filler = measures.find((one) => one.measure === "filler");
  return html`
    <${Waterfall} ...${{ total, stages, system }} />
    ${filler && html`<p class="note">A filler bridged the wait; it was heard ${length(filler.value)} after their last word.</p>`}`;
}

/** What else was measured; these times overlap the stages and add up to nothing. */
export function OtherTimes({ measures, name = "Other times, which overlap the stages" }) {
  if (measures.length === 0) return null;
  return html`
    <details><summary>${name} (${measures.length})</summary>
      <table><thead><tr><th scope="col">Measure</th><th scope="col">Made by</th><th scope="col" class="number">Took</th></tr></thead>
        <tbody>${measures.map((one) => html`
          <tr key=${one.id}><th scope="row">${one.measure}</th><td>${one.system ?? "–"}</td><td class="number">${length(one.value)}</td></tr>`)}</tbody></table>
    </details>`;
}
