/** The guided check of microphone and camera: three steps in a dialog. The server measures. */

/** @type {(id: string) => any} The page has them all; a test looks. */
const $ = (id) => document.getElementById(id);
const STEPS = ["quiet", "speech", "look"];

export class Check {
  #send;
  /** @type {string | null} */
  #step = null; // the step under way, or the one to be tried again
  #dialog = $("check");
  #go = $("check-go");
  #said = $("check-said");

  /**
   * `send(step)` asks the server for a step: one of STEPS, or "cancel".
   * @param {(step: string) => void} send
   */
  constructor(send) {
    this.#send = send;
    $("check-open").addEventListener("click", () => this.open());
    this.#go.addEventListener("click", () => this.#next());
    $("check-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#ended());
  }

  open() {
    for (const step of STEPS) this.#show(step, "", "");
    this.#step = null;
    this.#said.textContent = "The persona is quiet meanwhile. It takes about ten seconds.";
    this.#dialog.showModal();
    this.#offer("Start");
  }

  /**
   * What the server says of the check; false if nobody is waiting for it here.
   * @param {{ step: string, state: string, message: string }} told
   */
  take({ step, state, message }) {
    if (!this.#dialog.open || !STEPS.includes(step)) return false;
    this.#show(step, state, state === "measuring" ? "" : message);
    this.#said.textContent = message;
    if (state === "failed") this.#offer("Try again");
    else if (state === "done") this.#after(step);
    return true;
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  #next() {
    if (this.#step === "over") this.#dialog.close();
    else this.#begin(this.#step ?? STEPS[0]);
  }

  /** @param {string} step */
  #begin(step) {
    this.#step = step;
    this.#go.disabled = true;
    this.#send(step);
  }

  /** @param {string} step */
  #after(step) {
    const next = STEPS[STEPS.indexOf(step) + 1];
    if (next) return this.#begin(next);
    this.#step = "over";
    this.#offer("Done");
  }

  /** @param {string} label */
  #offer(label) {
    this.#go.textContent = label;
    this.#go.disabled = false;
    this.#go.focus();
  }

  /** @param {string} step @param {string} state @param {string} result */
  #show(step, state, result) {
    const item = this.#dialog.querySelector(`[data-step="${step}"]`);
    item.dataset.state = state;
    if (state === "measuring") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    item.querySelector(".result").textContent = result;
  }

  #ended() {
    if (this.#step && this.#step !== "over") this.#send("cancel");
    this.#step = null;
  }
}
