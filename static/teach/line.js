/**
 * The call in which signs are taught and tried, on behalf of a person. It is made when somebody
 * asks for it; when it breaks, it says why and waits to be asked again.
 *
 * An EventTarget: "change" when its own fields have changed, and every message of the server's
 * under its type, as `detail`.
 */

import { Call, Refused } from "../call.js";
import { clientFacts } from "../client.js";
import { MediaClock } from "../clock.js";
import { Events, parse } from "../events.js";
import { Media, live } from "../media.js";

const LOOK_MS = 1000;
const SILENT_MS = 6000; // the server speaks every 2 s
const SAFE = "What you have kept is safe.";
const INSTEAD = {
  audio: "Sounds can't be recorded now.",
  video: "Signs can't be recorded now.",
};

/**
 * One call: its parts as they come.
 * @typedef {object} Mine
 * @property {MediaClock} clock
 * @property {MediaStream} stream
 * @property {string} closed why the server is about to end it
 * @property {number} heardAt when the server last said something
 * @property {Call} [call]
 * @property {Events} [events]
 * @property {ReturnType<typeof setInterval>} [timer]
 */

export class Line extends EventTarget {
  state = "off"; // or "calling", "on", "lost"
  trouble = ""; // why it is lost
  /** @type {string[]} */
  problems = []; // what microphone and camera lack, as sentences
  persona = "";
  /** @type {{ gesture: string[], audio: string[] }} */
  signs = { gesture: [], audio: [] }; // what this call understands
  teaching = false;
  /** @type {Mine | null} */
  mine = null;
  media = new Media(INSTEAD);

  /** `user`: whose signs; null while nobody is chosen. @param {string | null} user */
  constructor(user) {
    super();
    this.user = user;
    addEventListener("pagehide", this.close);
  }

  get camera() {
    return live(this.media.camera) ? this.media.camera : null;
  }

  get microphone() {
    return live(this.media.microphone) ? this.media.microphone : null;
  }

  /** Call; `consent`: what is recorded may be kept. @param {boolean} consent */
  async open(consent) {
    if (this.state === "calling" || this.state === "on") return;
    /** @type {Mine} */
    const mine = (this.mine = { clock: new MediaClock(), stream: new MediaStream(), closed: "", heardAt: 0 });
    this.#become("calling");
    this.problems = await this.media.open(true);
    if (this.mine !== mine) return;
    const call = (mine.call = new Call(
      {
        track: (track) => {
          mine.stream.addTrack(track);
          this.#changed();
        },
        connected: () => {},
        open: (channel) => this.#opened(mine, channel, consent),
        message: (data) => this.#received(mine, parse(data)),
        lost: (reason) => this.#lost(mine, mine.closed || words(reason)),
      },
      {},
      this.user,
    ));
    try {
      await call.begin(this.microphone, this.camera);
    } catch (error) {
      this.#lost(mine, error instanceof Refused ? error.message : `The call failed: ${error.message}.`);
    }
  }

  /** Hang up, and let go of microphone and camera. */
  close = () => {
    this.#drop();
    this.media.close();
    this.#become("off");
  };

  /** For good. */
  end() {
    this.close();
    removeEventListener("pagehide", this.close);
  }

  /** Signs are taught now (the persona keeps quiet), or no more. @param {boolean} on */
  lesson(on) {
    if (on === this.teaching) return;
    this.teaching = on;
    this.mine?.events?.label("lesson", { on });
  }

  /** A message about a take or a sign; see `Events.label`. @param {string} what @param {object} [fields] */
  label(what, fields) {
    this.mine?.events?.label(what, fields);
  }

  /** @param {boolean} given */
  consent(given) {
    this.mine?.events?.consent(given);
  }

  /** @param {Mine} mine @param {RTCDataChannel} channel @param {boolean} consent */
  #opened(mine, channel, consent) {
    if (this.mine !== mine) return;
    const events = (mine.events = new Events(channel));
    events.hello(clientFacts(this.microphone, this.camera), consent, 0);
    if (this.teaching) events.label("lesson", { on: true });
    mine.heardAt = performance.now();
    mine.timer = setInterval(() => {
      if (performance.now() - mine.heardAt > SILENT_MS) this.#lost(mine, words("gone"));
    }, LOOK_MS);
    this.#become("on");
  }

  /** @param {Mine} mine @param {any} message as `parse` gives it */
  #received(mine, message) {
    if (!message || this.mine !== mine) return;
    mine.heardAt = performance.now();
    mine.clock.follow(message.at);
    if (message.type === "hello") this.persona = message.persona;
    if (message.type === "signs") this.signs = { gesture: message.gesture, audio: message.audio };
    if (message.type === "mode" && message.mode === "close") mine.closed = `${message.message} ${SAFE}`;
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
    if (message.type === "hello" || message.type === "signs") this.#changed();
  }

  /** @param {Mine} mine @param {string} trouble */
  #lost(mine, trouble) {
    if (this.mine !== mine) return;
    this.#drop();
    this.#become("lost", trouble);
  }

  #drop() {
    clearInterval(this.mine?.timer);
    this.mine?.call?.hangUp();
    this.mine = null;
  }

  /** @param {string} state @param {string} [trouble] */
  #become(state, trouble = "") {
    this.state = state;
    this.trouble = trouble;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} reason */
function words(reason) {
  if (reason === "no path") return "No way was found to the server's sound and picture. A firewall may be in between.";
  return `The connection was lost. ${SAFE}`;
}
