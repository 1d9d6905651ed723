/** The data channel `events`: JSON text, one object a message (server/visavis/call/channel/events.schema.json). */

const MAX_TEXT = 4000;

export class Events {
  /** @param {Pick<RTCDataChannel, "readyState" | "send">} channel */
  constructor(channel) {
    this.channel = channel;
  }

  /** @param {object} client @param {boolean} consent @param {number} awayMs */
  hello(client, consent, awayMs) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    this.#send("hello", { client, timezone: timeZone ?? "", consent, away_ms: Math.round(awayMs) });
  }

  /** @param {boolean} given */
  consent(given) {
    this.#send("consent", { given });
  }

  /** What of it is sent; "" when nothing can be. @param {string} text */
  text(text) {
    const taken = [...text].slice(0, MAX_TEXT).join("");
    return this.#send("text", { text: taken }) ? taken : "";
  }

  interrupt() {
    this.#send("interrupt");
  }

  /** @param {string} step */
  calibrate(step) {
    this.#send("calibrate", { step });
  }

  /** @param {string} id @param {number | null} score @param {string} [comment] */
  judge(id, score, comment) {
    this.#send("judge", { id, score, ...(comment ? { comment } : {}) });
  }

  /**
   * Teaching: `what` is "lesson", "begin", "end", "keep", "discard" or "correct".
   * @param {string} what
   * @param {object} [fields]
   */
  label(what, fields = {}) {
    this.#send("label", { do: what, ...fields });
  }

  /** @param {Record<string, number | null>} values */
  stats(values) {
    this.#send("stats", { values });
  }

  /** @param {string} type @param {object} [fields] */
  #send(type, fields = {}) {
    if (this.channel.readyState !== "open") return false;
    this.channel.send(JSON.stringify({ type, at: performance.now(), ...fields }));
    return true;
  }
}

/**
 * A message of the server's as an object; null if it is none.
 * @param {string} data
 * @returns {any}
 */
export function parse(data) {
  try {
    const message = JSON.parse(data);
    return typeof message?.type === "string" && Number.isFinite(message.at) ? message : null;
  } catch {
    return null;
  }
}
