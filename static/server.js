/** Is the server there? Asked again and again, more and more patiently while it is not. */

const ASLEEP_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const AWAKE_MS = 5000;
const TIMEOUT_MS = 4000;

export class Server {
  /**
   * `onChange(server)` whenever `state` changes: "unknown", "awake", "warming" or "gone".
   * @param {(server: Server) => void} onChange
   */
  constructor(onChange) {
    this.state = "unknown";
    this.persona = "";
    this.onChange = onChange;
    this.failures = 0;
    this.lostAt = 0; // performance.now() when it went; 0 while it is there
    /** @type {(() => void)[]} */
    this.waiting = [];
    addEventListener("online", () => this.ask());
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
  }

  /** Ask now, and from now on. */
  async ask() {
    clearTimeout(this.timer);
    const asking = (this.asking = {});
    const state = await this.#status();
    if (asking !== this.asking) return; // a later question was put meanwhile
    this.failures = state === "awake" ? 0 : this.failures + 1;
    const patience = ASLEEP_MS[Math.min(this.failures, ASLEEP_MS.length) - 1] ?? AWAKE_MS;
    // Many pages that lost one server must not all come back in the same moment.
    this.timer = setTimeout(() => this.ask(), patience * (0.8 + 0.4 * Math.random()));
    if (state === "gone") this.lostAt ||= performance.now();
    if (state === this.state) return;
    this.state = state;
    if (state === "awake") for (const wake of this.waiting.splice(0)) wake();
    this.onChange(this);
  }

  /** For how long it could not be reached before it came back, ms; told once. */
  wasAway() {
    const away = this.lostAt ? performance.now() - this.lostAt : 0;
    this.lostAt = 0;
    return away;
  }

  /** Resolves when calls can be made. @returns {Promise<void>} */
  awake() {
    return this.state === "awake" ? Promise.resolve() : new Promise((wake) => this.waiting.push(wake));
  }

  async #status() {
    try {
      const response = await fetch("/status", { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const status = await response.json();
      this.persona = status.persona || this.persona;
      return status.mode === "warmup" ? "warming" : "awake";
    } catch {
      return "gone";
    }
  }
}

/**
 * Resolves once the signal says that nobody waits any more.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function aborted(signal) {
  return new Promise((go) => {
    if (signal.aborted) go();
    else signal.addEventListener("abort", () => go(), { once: true });
  });
}
