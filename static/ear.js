/**
 * How soon a voice is heard: from the last voiced moment at the own microphone to the first audible
 * one at the own ear, both read here, so that all of the way is in it.
 */

const EVERY_MS = 10;
const SAMPLES = 1024; // 21 ms at 48 kHz: no moment falls between two readings
const AUDIBLE = 0.004; // −48 dBFS
const OVER_NOISE = 4; // 12 dB
const SPOKEN_MS = 200; // shorter sounds are no turn
const PAUSE_MS = 300; // gaps inside speech are shorter
const LONGEST_MS = 15_000;

export class Ear {
  /**
   * `onReply(ms)` for each answer heard. Without Web Audio it stays silent.
   * @param {(ms: number) => void} onReply
   */
  constructor(onReply) {
    this.onReply = onReply;
    this.context = new AudioContext();
    this.noise = AUDIBLE;
    this.spokenMs = 0;
    /** @type {number | null} */
    this.spokeAt = null;
    this.heardAt = -Infinity;
  }

  /**
   * Listen to the own `microphone` and the persona's `voice`.
   * @param {MediaStreamTrack | null} microphone
   * @param {MediaStreamTrack} voice
   */
  begin(microphone, voice) {
    if (!microphone) return;
    this.context.resume().catch(() => {});
    const levels = [microphone, voice].map((track) => this.#meter(track));
    this.timer = setInterval(() => this.#listen(levels[0](), levels[1]()), EVERY_MS);
  }

  end() {
    clearInterval(this.timer);
    this.context.close().catch(() => {});
  }

  /** @param {MediaStreamTrack} track */
  #meter(track) {
    const analyser = this.context.createAnalyser();
    analyser.fftSize = SAMPLES;
    this.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(SAMPLES);
    return () => {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      return Math.sqrt(sum / SAMPLES);
    };
  }

  /** @param {number} own @param {number} voice */
  #listen(own, voice) {
    const now = performance.now();
    // The floor follows quiet at once and noise slowly, so that speech hardly raises it.
    this.noise = own < this.noise ? own : this.noise * 1.001;
    if (own > Math.max(AUDIBLE, this.noise * OVER_NOISE)) {
      if (this.spokeAt === null || now - this.spokeAt > PAUSE_MS * 3) this.spokenMs = 0;
      this.spokenMs += Math.min(EVERY_MS * 2, now - (this.readAt ?? now));
      this.spokeAt = now;
    }
    this.readAt = now;
    if (voice <= AUDIBLE) return;
    const begins = now - this.heardAt > PAUSE_MS;
    this.heardAt = now;
    const wait = now - (this.spokeAt ?? now);
    if (begins && this.spokenMs >= SPOKEN_MS && wait > 0 && wait < LONGEST_MS) this.onReply(wait);
    if (begins) this.spokenMs = 0;
  }
}
