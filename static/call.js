/**
 * One call's connection, signalled like WHIP (RFC 9725): POST the offer, PATCH candidates as they
 * are found, DELETE to hang up. Gathering begins after the answer, because only the answer names
 * the ICE servers.
 */

const CONNECT_MS = 15_000;
const BUNDLE_MS = 50; // candidates found within this travel in one PATCH
const POST_MS = 10_000;
const GOODBYE_MS = 1000; // so long a connection is kept for the server to learn that it is hung up
/**
 * Where trying again may help, in words for who isn't told more.
 * @type {Record<number, string>}
 */
const LATER = {
  429: "Too many calls come from your network just now.",
  503: "The server takes no call just now.",
};
const FULL = "All lines are busy"; // the title of that problem

/**
 * What a call tells of itself.
 * @typedef {object} Heard
 * @property {(track: MediaStreamTrack) => void} track
 * @property {(connection: RTCPeerConnection) => void} connected
 * @property {(channel: RTCDataChannel) => void} open
 * @property {(text: string) => void} message
 * @property {(reason: string) => void} lost
 */

/** Why a call did not come about, as a sentence; `retryS` when trying again may help. */
export class Refused extends Error {
  /** @param {string} message @param {number | null} [retryS] */
  constructor(message, retryS = null) {
    super(message);
    this.retryS = retryS;
  }
}

export class Call {
  /**
   * `on`: `track(track)`, `connected(connection)`, `open(channel)`, `message(text)`, and
   * `lost(reason)` at most once, never after `hangUp`. `as`: on whose behalf, by their id; who is
   * signed in may do that.
   *
   * @param {Heard} on
   * @param {Record<string, string>} [headers]
   * @param {string | null} [as]
   */
  constructor(on, headers = {}, as = null) {
    this.on = on;
    this.ended = false;
    this.connected = false;
    this.headers = headers;
    this.as = as;
    /** @type {string[]} */
    this.found = [];
    /** @type {string | null} */
    this.location = null;
    this.etag = "*";
  }

  /**
   * Resolves once the server has answered. Raises `Refused`.
   * @param {MediaStreamTrack | null} microphone
   * @param {MediaStreamTrack | null} camera
   */
  async begin(microphone, camera) {
    const pc = (this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
    pc.ontrack = ({ track }) => this.on.track(track);
    pc.onconnectionstatechange = () => this.#stateChanged(pc);
    pc.onicecandidate = ({ candidate }) => this.#candidate(pc, candidate);
    const channel = (this.channel = pc.createDataChannel("events"));
    channel.onopen = () => this.on.open(channel);
    channel.onmessage = ({ data }) => this.on.message(data);
    channel.onclose = () => this.#lose("closed");
    pc.addTransceiver(microphone ?? "audio", { direction: microphone ? "sendrecv" : "recvonly" });
    // Offered even without a camera, so that one can be turned on later.
    /** @type {RTCRtpTransceiverInit} */
    const seen = { direction: "sendrecv", sendEncodings: [{ maxBitrate: 600_000 }] };
    this.camera = pc.addTransceiver(camera ?? "video", seen).sender;

    const offer = await pc.createOffer();
    const response = await this.#post(offer.sdp ?? "");
    if (this.ended) return this.#delete();
    const servers = iceServers(response.headers.get("Link"));
    if (servers.length) pc.setConfiguration({ ...pc.getConfiguration(), iceServers: servers });
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
    this.timer = setTimeout(() => this.connected || this.#lose("no path"), CONNECT_MS);
  }

  /** End the call; any number of times, and while the page is being left. */
  hangUp() {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.bundling);
    const { pc } = this;
    if (pc) pc.ontrack = pc.onconnectionstatechange = pc.onicecandidate = null;
    if (this.channel) this.channel.onopen = this.channel.onmessage = this.channel.onclose = null;
    // The server is told first: who closes the connection before that has left without a word.
    Promise.race([this.#delete(), new Promise((go) => setTimeout(go, GOODBYE_MS))]).then(() => pc?.close());
  }

  /** @param {string} sdp */
  async #post(sdp) {
    let response;
    try {
      response = await fetch(this.as ? `/calls?${new URLSearchParams({ as: this.as })}` : "/calls", {
        method: "POST",
        body: sdp,
        headers: { ...this.headers, "Content-Type": "application/sdp" },
        signal: AbortSignal.timeout(POST_MS),
      });
    } catch {
      throw new Refused("The server does not answer.", 2);
    }
    if (response.status !== 201) throw await refusal(response, this.as);
    this.location = response.headers.get("Location");
    this.etag = response.headers.get("ETag") ?? "*";
    return response;
  }

  /** @param {RTCPeerConnection} pc */
  #stateChanged(pc) {
    const state = pc.connectionState;
    if (state === "connected" && !this.connected) {
      this.connected = true;
      this.on.connected(pc);
    } else if (state === "failed") {
      this.#lose(this.connected ? "failed" : "no path");
    }
  }

  /** @param {RTCPeerConnection} pc @param {RTCIceCandidate | null} candidate */
  #candidate(pc, candidate) {
    this.found.push(candidate?.candidate ? `a=${candidate.candidate}` : "a=end-of-candidates");
    clearTimeout(this.bundling);
    this.bundling = setTimeout(() => this.#trickle(pc), candidate ? BUNDLE_MS : 0);
  }

  /** @param {RTCPeerConnection} pc */
  #trickle(pc) {
    if (!pc.localDescription || !this.location) return;
    const body = fragment(pc.localDescription.sdp, this.found.splice(0));
    const kind = "application/trickle-ice-sdpfrag";
    const headers = { ...this.headers, "Content-Type": kind, "If-Match": this.etag };
    // A lost fragment is no loss by itself: checks from here tell the server where we are.
    fetch(this.location, { method: "PATCH", body, headers }).catch(() => {});
  }

  /** Resolves once the server has answered, or can't. */
  async #delete() {
    const { location, headers } = this;
    if (!location) return;
    this.location = null;
    await fetch(location, { method: "DELETE", headers, keepalive: true }).catch(() => {});
  }

  /** @param {string} reason */
  #lose(reason) {
    if (this.ended) return;
    this.hangUp();
    this.on.lost(reason);
  }
}

/** @param {Response} response @param {string | null} as */
async function refusal(response, as) {
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401 && as) {
    return new Refused("Calling on somebody's behalf needs a sign-in: open the page Teach first.");
  }
  if (response.status === 401) {
    return new Refused("This server asks for an invitation: open the address that came with it.");
  }
  const retry = Number(response.headers.get("Retry-After")) || null;
  if (!(response.status in LATER)) {
    return new Refused(problem.detail ?? "The server would not take the call.");
  }
  const why = response.status === 503 ? unavailable(problem) : null;
  return new Refused(why ?? LATER[response.status], retry ?? 10);
}

/**
 * Why the server takes no call just now, if it says so; when to try again is told beside it.
 * @param {{title?: string, detail?: string}} problem
 */
function unavailable({ title, detail }) {
  return title === FULL ? `${FULL} just now.` : detail?.replace(/; try again in \d+ s\.$/, ".");
}

/**
 * What is sent of candidates (RFC 8840 §9); all media share the first section's transport.
 * @param {string} sdp
 * @param {string[]} candidates
 */
export function fragment(sdp, candidates) {
  const line = (/** @type {string} */ head) => sdp.match(new RegExp(`^${head}.*$`, "m"))?.[0];
  const head = ["a=ice-ufrag:", "a=ice-pwd:", "m=", "a=mid:"].map(line);
  return [...head, ...candidates, ""].join("\r\n");
}

/**
 * The ICE servers in a `Link` header (RFC 9725 §4.6).
 * @param {string | null} header
 * @returns {RTCIceServer[]}
 */
export function iceServers(header) {
  return (header ?? "")
    .split(/,\s*(?=<)/)
    .filter((link) => /rel="?ice-server"?/.test(link))
    .map((link) => {
      const value = (/** @type {string} */ name) => link.match(new RegExp(`;\\s*${name}="([^"]*)"`))?.[1];
      const server = { urls: link.match(/<([^>]*)>/)?.[1] ?? "" };
      const username = value("username");
      return username ? { ...server, username, credential: value("credential") } : server;
    });
}
