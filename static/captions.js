/** What both sides said. The persona's words are marked as they are heard. */

import { offerJudging, showJudged } from "./judge.js";

export class Captions {
  /**
   * `list`: the <ol>; `clock`: the media clock, or null while there is none.
   * @param {HTMLElement} list
   * @param {string} [persona]
   */
  constructor(list, persona = "Persona") {
    this.list = list;
    this.persona = persona;
    /** @type {import("./clock.js").MediaClock | null} */
    this.clock = null;
    /** @type {((id: string, score: number | null, comment?: string) => void) | null} */
    this.judge = null; // judge(id, score, comment): tells the server, while there is a call
    this.frame = 0;
    /** @type {Map<string, HTMLElement>} */
    this.turns = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.marks = new Map(); // a turn's id: what stands under the caller's words
    /** @type {{ text: string, entry: HTMLElement }[]} */
    this.sent = []; // typed, and not taken by the server yet
    /** @type {[number, number, HTMLElement][]} */
    this.due = []; // [start, end, <span>] of words still to be heard
  }

  /** A `caption` message. @param {any} message */
  take(message) {
    const { who, id, text, final, words } = message;
    if (who === "caller") this.#caller(id, text, final);
    else this.#persona(id, text, words);
    this.#follow();
  }

  /**
   * The caller has sent this text; what the server makes of it comes as a caption.
   * @param {string} text
   */
  typed(text) {
    const entry = this.list.appendChild(this.#entry("caller partial", "You"));
    entry.ariaHidden = "true";
    line(entry).textContent = text;
    this.sent.push({ text, entry });
    this.#follow();
  }

  /**
   * A `heard` message: words beyond it were never said.
   * @param {{ id: string, words: number, complete: boolean }} message
   */
  heard({ id, words, complete }) {
    const turn = this.turns.get(`persona ${id}`);
    if (!turn) return;
    turn.dataset.over = complete ? "complete" : "interrupted";
    const { judge } = this;
    if (judge) offerJudging(turn, (score, comment) => judge(id, score, comment));
    const spans = [...turn.querySelectorAll(".word")];
    this.due = this.due.filter(([, , span]) => complete || !turn.contains(span));
    spans.forEach((span, index) => {
      if (complete) return;
      span.className = index < words ? "word said" : "word unsaid";
    });
    if (!complete && words < spans.length) {
      spans[words].before(element("span", "for-readers", " (interrupted; not said:) "));
    }
  }

  /** A `judged` message. @param {{ id: string, score: number | null }} message */
  judged({ id, score }) {
    const turn = this.turns.get(`persona ${id}`);
    if (turn) showJudged(turn, score);
  }

  /**
   * Puts `mark` under what the caller says in that turn, now or once it is there.
   * @param {string} turn
   * @param {HTMLElement} mark
   */
  mark(turn, mark) {
    this.marks.set(turn, mark);
    this.turns.get(`caller ${turn}`)?.append(mark);
    this.#follow();
  }

  /**
   * The caller did something that belongs to no turn; its entry.
   * @param {string} text
   * @param {HTMLElement} mark
   */
  aside(text, mark) {
    const entry = this.list.appendChild(this.#entry("caller aside", "You"));
    line(entry).textContent = text;
    entry.append(mark);
    this.#follow();
    return entry;
  }

  /** The call is over: nothing more will be heard. */
  stop() {
    this.due = [];
    this.sent = [];
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  clear() {
    this.stop();
    this.turns.clear();
    this.marks.clear();
    this.list.replaceChildren();
  }

  /** @param {string} id @param {string} text @param {boolean} final */
  #caller(id, text, final) {
    const key = `caller ${id}`;
    let turn = this.turns.get(key) ?? (final ? this.#taken(text) : undefined);
    // What is still being understood is not read aloud; its final form is, as a new entry.
    if (turn && final && turn.ariaHidden) {
      const done = this.#entry("caller", "You");
      turn.replaceWith(done);
      turn = done;
    }
    turn ??= this.list.appendChild(this.#entry("caller", "You"));
    turn.ariaHidden = final ? null : "true";
    turn.classList.toggle("partial", !final);
    line(turn).textContent = text;
    const mark = this.marks.get(id);
    if (mark) turn.append(mark);
    this.turns.set(key, turn);
  }

  /** The entry of what was typed, now that the server has it. @param {string} text */
  #taken(text) {
    const place = this.sent.findIndex((one) => one.text === text);
    return place < 0 ? undefined : this.sent.splice(place, 1)[0].entry;
  }

  /** @param {string} id @param {string} text @param {{ start: number, end: number }[] | null} [words] */
  #persona(id, text, words) {
    const key = `persona ${id}`;
    const turn = this.turns.get(key) ?? this.list.appendChild(this.#entry("persona", this.persona));
    this.turns.set(key, turn);
    const spoken = line(turn);
    const written = text.split(/\s+/).filter(Boolean);
    const timed = words?.length === written.length ? words : null;
    written.forEach((word, index) => {
      const span = element("span", timed ? "word" : "word said", word);
      if (spoken.childNodes.length) spoken.append(" ");
      spoken.append(span);
      if (timed) this.due.push([timed[index].start, timed[index].end, span]);
    });
    this.frame ||= requestAnimationFrame(() => this.#mark());
  }

  /** @param {string} who @param {string} name */
  #entry(who, name) {
    const entry = element("li", who);
    entry.append(element("span", "who", name), element("p"));
    return entry;
  }

  #mark() {
    const now = this.clock?.heard() ?? 0;
    this.due = this.due.filter(([start, end, span]) => {
      if (now < start) return true;
      span.className = now < end ? "word said now" : "word said";
      return now < end;
    });
    this.frame = this.due.length ? requestAnimationFrame(() => this.#mark()) : 0;
  }

  /** Keep the newest in view, unless the reader has scrolled back. */
  #follow() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    if (scrollHeight - scrollTop - clientHeight < 160) this.list.scrollTop = scrollHeight;
  }
}

/** An entry's paragraph. @param {HTMLElement} entry */
function line(entry) {
  return /** @type {HTMLElement} */ (entry.querySelector("p"));
}

/** @param {string} name */
function element(name, kind = "", text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}
