/** The data channel `events`: JSON text, one object a message (server/visavis/call/channel/events.schema.json). */

const MAX_TEXT = 4000;

export class Events {
  constructor(channel) {
    this.channel = channel;
  }

  hello(client, consent, awayMs) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    this.#send("hello", { client, timezone: timeZone ?? "", consent, away_ms: Math.round(awayMs) });
  }

  consent(given) {
    this.#send("consent", { given });
  }

  text(text) {
    this.#send("text", { text: [...text].slice(0, MAX_TEXT).join("") });
  }

  interrupt() {
    this.#send("interrupt");
  }

  calibrate(step) {
    this.#send("calibrate", { step });
  }

  judge(id, score, comment) {
    this.#send("judge", { id, score, ...(comment ? { comment } : {}) });
  }

  /** Teaching: `what` is "lesson", "begin", "end", "keep", "discard" or "correct". */
  label(what, fields = {}) {
    this.#send("label", { do: what, ...fields });
  }

  stats(values) {
    this.#send("stats", { values });
  }

  #send(type, fields = {}) {
    if (this.channel.readyState !== "open") return;
    this.channel.send(JSON.stringify({ type, at: performance.now(), ...fields }));
  }
}

/** A message of the server's as an object; null if it is none. */
export function parse(data) {
  try {
    const message = JSON.parse(data);
    return typeof message?.type === "string" && Number.isFinite(message.at) ? message : null;
  } catch {
    return null;
  }
}
