/** What the server sees of a person, drawn over their picture; what it has just lost, faintly. */

const ARMS = [[11, 12], [11, 13], [13, 15], [12, 14], [14, 16], [11, 23], [12, 24], [23, 24]];
const HAND = [
  [0, 1], [1, 2], [2, 3], [3, 4], [0, 5], [5, 6], [6, 7], [7, 8], [5, 9], [9, 10], [10, 11],
  [11, 12], [9, 13], [13, 14], [14, 15], [15, 16], [13, 17], [17, 18], [18, 19], [19, 20], [0, 17],
];
const PARTS = { pose: ARMS, left_hand: HAND, right_hand: HAND };
const NAMES = { pose: "You can’t be seen", left_hand: "Left hand not seen", right_hand: "Right hand not seen" };
const FADES_MS = 1500;
const FAINT = 0.3;
const LOST_MS = 700; // shorter gaps are no news
const EDGE = "#16222acc";
const COLOURS = { pose: "#ffffff", left_hand: "#ffd166", right_hand: "#7fe0d0" };

export class Skeleton {
  #seen = {}; // part: [points, performance.now()]

  /** A `skeleton` message. */
  take(message) {
    const now = performance.now();
    for (const part of Object.keys(PARTS)) {
      this.#seen[part] ??= [null, now];
      if (message[part].some(Boolean)) this.#seen[part] = [message[part], now];
    }
  }

  /** What has been out of sight for a while, as words. */
  lost() {
    const now = performance.now();
    const gone = Object.keys(this.#seen).filter((part) => now - this.#seen[part][1] > LOST_MS);
    return gone.includes("pose") ? [NAMES.pose] : gone.map((part) => NAMES[part]);
  }

  draw(canvas) {
    const { width, height } = canvas;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.lineCap = context.lineJoin = "round";
    const now = performance.now();
    const unit = width / 160;
    for (const [part, [points, at]] of Object.entries(this.#seen)) {
      const age = now - at;
      if (!points || age > FADES_MS) continue;
      context.globalAlpha = age > LOST_MS / 3 ? FAINT : 1;
      const lines = new Path2D();
      for (const [from, to] of PARTS[part]) {
        const [one, other] = [points[from], points[to]];
        if (!one || !other) continue;
        lines.moveTo((one[0] * width) / 1000, (one[1] * height) / 1000);
        lines.lineTo((other[0] * width) / 1000, (other[1] * height) / 1000);
      }
      const thick = part === "pose" ? unit : unit * 0.6;
      for (const [style, line] of [[EDGE, thick * 2], [COLOURS[part], thick]]) {
        context.strokeStyle = style;
        context.lineWidth = line;
        context.stroke(lines);
      }
    }
    context.globalAlpha = 1;
  }
}
