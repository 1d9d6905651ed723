/** Signs and sounds of the caller's own: marked where they stand in the captions, and corrected. */

import { drawn, made } from "./made.js";

/** @typedef {"gesture" | "audio"} Modality */
/**
 * @typedef {object} Sign
 * @property {string} id
 * @property {Modality} modality
 * @property {string | null} label
 * @property {number} confidence
 * @property {string} state
 * @property {string} [turn]
 */

/** @type {Record<Modality, [string, string]>} */
const MARKS = { gesture: ["#i-hand", "Sign"], audio: ["#i-sound", "Sound"] };

export class Signs {
  #captions;
  #correct;
  /** @type {Record<Modality, string[]>} */
  #known = { gesture: [], audio: [] };
  /** @type {Map<string, HTMLElement>} */
  #marks = new Map(); // a sign's id: its mark
  /** @type {HTMLElement | null} */
  #unknown = null; // the latest sign that nobody knew

  /**
   * `correct(id, label)` tells the server what a sign was meant to be.
   * @param {import("./captions.js").Captions} captions
   * @param {(id: string, label: string) => void} correct
   */
  constructor(captions, correct) {
    this.#captions = captions;
    this.#correct = correct;
  }

  /** Any message of the server's; those about signs are shown. @param {any} message */
  take(message) {
    if (message.type === "signs") this.#known = { gesture: message.gesture, audio: message.audio };
    if (message.type === "sign") this.#show(message);
  }

  /** @param {Sign} sign */
  #show(sign) {
    this.#unknown?.remove();
    this.#unknown = null;
    this.#marks.get(sign.id)?.remove();
    const mark = this.#mark(sign);
    this.#marks.set(sign.id, mark);
    if (sign.turn) this.#captions.mark(sign.turn, mark);
    else this.#unknown = this.#captions.aside(sign.label ?? "A sign that I don’t know", mark);
  }

  /** @param {Sign} sign */
  #mark({ id, modality, label, confidence, state }) {
    const [icon, kind] = MARKS[modality];
    const sure = state === "corrected" ? "corrected" : label === null ? "" : `${Math.round(confidence * 100)} %`;
    const mark = made("div", { className: "sign", ariaLive: "off" });
    const name = made("span", { className: "kind", textContent: sure, title: kind });
    name.prepend(drawn(icon), made("span", { className: "for-readers", textContent: `${kind} ` }));
    const wrong = made("button", { type: "button", textContent: label === null ? "What was it?" : "Wrong?", ariaExpanded: "false" });
    const labels = made("div", { className: "labels", hidden: true });
    const others = this.#known[modality].filter((one) => one !== label);
    labels.append(...others.map((one) => {
      const button = made("button", { type: "button", textContent: one });
      button.addEventListener("click", () => {
        labels.hidden = true;
        this.#correct(id, one);
      });
      return button;
    }));
    wrong.addEventListener("click", () => {
      labels.hidden = !labels.hidden;
      wrong.ariaExpanded = String(!labels.hidden);
    });
    mark.append(name);
    if (others.length > 0) mark.append(wrong, labels);
    return mark;
  }
}
