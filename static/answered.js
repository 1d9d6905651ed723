/**
 * How soon an answer's own first word is heard: the ear tells when a voice begins, the captions how
 * long after that comes the first word that is no filler and no "Well,".
 */

export class Answered {
  /**
   * `tell(ms, soundMs)` for each answer: from the caller's last voiced moment to its first own word,
   * and to its first sound.
   * @param {(ms: number, soundMs: number) => void} tell
   */
  constructor(tell) {
    this.tell = tell;
    /** @type {number | null} */
    this.waited = null; // until the first sound
    /** @type {number | null} */
    this.leads = null; // from there to the first own word
    /** @type {number | null} */
    this.begins = null; // the reply's first word, on the media clock
    /** @type {number | undefined} */
    this.generation = undefined;
  }

  /** A voice has begun so long after the caller's. @param {number} ms */
  sounds(ms) {
    this.waited = ms;
    this.#perhaps();
  }

  /** A `caption` message. @param {any} message */
  caption({ who, generation, words, answers_at: answersAt }) {
    if (who !== "persona" || !words?.length) return;
    if (this.begins === null || generation !== this.generation) {
      this.generation = generation;
      this.begins = words[0].start;
      this.leads = null;
    }
    if (answersAt === undefined) return;
    this.leads = Math.max(0, answersAt - /** @type {number} */ (this.begins));
    this.#perhaps();
  }

  /** A `heard` message: the reply is over. "Okay." is an answer where nothing follows. */
  over() {
    if (this.waited !== null && this.begins !== null) this.leads ??= 0;
    this.#perhaps();
    this.waited = this.leads = this.begins = null;
  }

  #perhaps() {
    const { waited, leads } = this;
    if (waited === null || leads === null) return;
    this.waited = this.leads = null;
    this.tell(waited + leads, waited);
  }
}
