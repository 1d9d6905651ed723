/** How good the connection is: figures for the server, plain words for the caller. */

/** @typedef {Record<string, number | undefined>} Figures */

const SECOND = 1000;

export class Quality {
  /** @param {Pick<RTCPeerConnection, "getStats">} connection */
  constructor(connection) {
    this.connection = connection;
    /** @type {Figures | null} */
    this.before = null;
    /** @type {Record<string, number | null>} */
    this.values = {};
    this.loss = 0;
    this.lossThere = 0; // share of our packets that did not reach the server, last 2 s
    /** @type {number | null} */
    this.serverBefore = null;
  }

  /** Measure now; `values` then holds numbers only, null where the browser tells nothing. */
  async measure() {
    const now = digest(await this.connection.getStats());
    const last = this.before ?? now;
    this.before = now;
    const since = (/** @type {string} */ name) => Math.max(0, (now[name] ?? 0) - (last[name] ?? 0));
    const emitted = since("emitted");
    const received = since("received");
    this.loss = since("lost") / Math.max(1, since("lost") + received);
    this.values = {
      rtt_ms: rounded((now.rtt ?? NaN) * SECOND),
      jitter_ms: rounded((now.jitter ?? NaN) * SECOND),
      audio_jitter_buffer_ms: emitted ? rounded((since("buffered") / emitted) * SECOND) : null,
      packets_lost: now.lost ?? null,
      packets_received: now.received ?? null,
      concealed_share: rounded(since("concealed") / Math.max(1, since("samples")), 4),
      frames_decoded: now.framesDecoded ?? null,
      frames_dropped: now.framesDropped ?? null,
      freezes: now.freezes ?? null,
      fps: now.fps ?? null,
      camera_fps: now.cameraFps ?? null,
    };
    return this.values;
  }

  /** A `stats` message: what the server missed of ours. @param {{ packets_lost: number }} message */
  server({ packets_lost }) {
    // About a hundred packets of 20 ms in the two seconds between two messages.
    if (this.serverBefore !== null) this.lossThere = Math.max(0, packets_lost - this.serverBefore) / 100;
    this.serverBefore = packets_lost;
  }

  /** One of three sentences. */
  words() {
    const rtt = this.values.rtt_ms ?? 0;
    const jitter = this.values.jitter_ms ?? 0;
    const loss = Math.max(this.loss, this.lossThere);
    if (loss > 0.08 || rtt > 600) return { level: "poor", text: "Poor connection, words may get lost" };
    if (loss > 0.02 || rtt > 250 || jitter > 60) return { level: "fair", text: "Fair connection, a little lag" };
    return { level: "good", text: "Good connection" };
  }
}

/**
 * What of a browser's statistics is of use, by our own names.
 * @param {RTCStatsReport | Map<string, any>} stats
 * @returns {Figures}
 */
export function digest(stats) {
  /** @type {Figures} */
  const found = {};
  for (const report of stats.values()) {
    if (report.type === "candidate-pair" && report.nominated) {
      found.rtt = report.currentRoundTripTime;
    } else if (report.type === "inbound-rtp" && report.kind === "audio") {
      found.jitter = report.jitter;
      found.lost = report.packetsLost;
      found.received = report.packetsReceived;
      found.buffered = report.jitterBufferDelay;
      found.emitted = report.jitterBufferEmittedCount;
      found.concealed = report.concealedSamples - (report.silentConcealedSamples ?? 0);
      found.samples = report.totalSamplesReceived;
    } else if (report.type === "inbound-rtp" && report.kind === "video") {
      found.framesDecoded = report.framesDecoded;
      found.framesDropped = report.framesDropped;
      found.freezes = report.freezeCount;
      found.fps = report.framesPerSecond;
    } else if (report.type === "outbound-rtp" && report.kind === "video") {
      found.cameraFps = report.framesPerSecond;
    }
  }
  return found;
}

/** @param {number} value @param {number} [digits] */
function rounded(value, digits = 1) {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : null;
}
