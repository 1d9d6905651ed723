/**
 * One take after another: the countdown, the recording, and what becomes of it. Its `state`:
 *
 *     ready → counting → recording → checking → recorded → keeping → ready
 *                                             ↘ refused
 *
 * Nothing waits for ever: a server that doesn't answer is a refusal, too.
 */

/**
 * What a take needs of a call: `Line`.
 * @typedef {EventTarget & { state: string, label: (what: string, fields?: object) => void }} Talking
 */

const COUNT = 3;
const COUNT_MS = 1000;
const ANSWER_MS = 8000;
const SILENT = { reasons: ["The server did not answer. Please try again."] };

export class Taking {
  state = "ready";
  left = 0; // of the countdown
  /** @type {object} */
  wanted = {};
  seconds = 0;
  /** @type {any} */
  take = null; // the server's last word on it

  /**
   * `changed()`: to be drawn anew; `kept(take)`: it is one of the examples now.
   * @param {Talking} line
   * @param {() => void} changed
   * @param {(take: any) => void} kept
   */
  constructor(line, changed, kept) {
    this.line = line;
    this.changed = changed;
    this.kept = kept;
    line.addEventListener("take", this.#told);
    line.addEventListener("fault", this.#failed);
    line.addEventListener("change", this.#lineChanged);
  }

  end() {
    this.reset();
    this.line.removeEventListener("take", this.#told);
    this.line.removeEventListener("fault", this.#failed);
    this.line.removeEventListener("change", this.#lineChanged);
  }

  /**
   * `wanted`: {modality, label, performer} as in the message `label begin`; for so many seconds.
   * @param {object} wanted
   * @param {number} seconds
   */
  start(wanted, seconds) {
    this.wanted = wanted;
    this.seconds = seconds;
    this.left = COUNT;
    this.#become("counting");
    this.#after(COUNT_MS, this.#count);
  }

  /** No countdown any more; a recording that has begun is over. */
  stop() {
    if (this.state === "counting") return this.reset();
    if (this.state !== "recording") return;
    this.line.label("end");
    this.#become("checking");
    this.#after(ANSWER_MS, () => this.#become("refused", SILENT));
  }

  keep() {
    this.line.label("keep", { id: this.take.id });
    this.#become("keeping", this.take);
    this.#after(ANSWER_MS, () => this.#become("refused", SILENT));
  }

  /** Throw it away and do it once more. */
  again() {
    if (this.state === "recorded") this.line.label("discard", { id: this.take.id });
    this.start(this.wanted, this.seconds);
  }

  /** Throw away what is not kept yet. */
  reset() {
    clearTimeout(this.timer);
    if (this.state === "recording") this.line.label("end");
    if (this.state === "recorded") this.line.label("discard", { id: this.take.id });
    this.#become("ready");
  }

  #count = () => {
    this.left -= 1;
    if (this.left > 0) {
      this.changed();
      return this.#after(COUNT_MS, this.#count);
    }
    this.line.label("begin", this.wanted);
    this.#become("recording");
    this.#after(this.seconds * 1000, () => this.stop());
  };

  /** @param {any} event */
  #told = ({ detail: take }) => {
    const awaited = ["recording", "checking", "keeping"].includes(this.state);
    if (take.state === "discarded" && this.take?.id === take.id) this.#become("ready");
    if (!awaited || take.state === "recording" || take.state === "discarded") return;
    clearTimeout(this.timer);
    if (take.state !== "kept") return this.#become(take.state, take);
    this.#become("ready");
    this.kept(take);
  };

  /** @param {any} event */
  #failed = ({ detail }) => {
    if (detail.kind !== "take" || this.state !== "keeping") return;
    clearTimeout(this.timer);
    this.#become("refused", { reasons: [detail.message] });
  };

  #lineChanged = () => {
    if (this.line.state !== "on" && this.state !== "ready") {
      clearTimeout(this.timer);
      this.#become("ready");
    }
  };

  /** @param {string} state @param {any} [take] */
  #become(state, take = null) {
    this.state = state;
    this.take = take;
    this.changed();
  }

  /** @param {number} ms @param {() => void} what */
  #after(ms, what) {
    clearTimeout(this.timer);
    this.timer = setTimeout(what, ms);
  }
}
