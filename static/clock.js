/**
 * The call's media clock as the caller hears it. Every message says when it was sent (`at`, ms of
 * sound since the call began); the quickest of the last few came with the least delay. What is
 * heard now was sent that long ago, and then waited in the receiver's buffer.
 */

const REMEMBERED = 8;
const USUAL_BUFFER_MS = 60;

export class MediaClock {
  constructor(now = () => performance.now()) {
    this.now = now;
    /** @type {number[]} */
    this.offsets = [];
    this.bufferMs = USUAL_BUFFER_MS;
  }

  /** A message sent at `at` has arrived. @param {number} at */
  follow(at) {
    this.offsets.push(this.now() - at);
    if (this.offsets.length > REMEMBERED) this.offsets.shift();
  }

  /** How long sound waits between arriving and being heard. @param {number} ms */
  buffered(ms) {
    this.bufferMs = ms;
  }

  /** What is being heard, ms on the media clock; null before the first message. */
  heard() {
    return this.offsets.length ? this.now() - Math.min(...this.offsets) - this.bufferMs : null;
  }
}
