/**
 * One call's connection, signalled like WHIP (RFC 9725): POST the offer, PATCH candidates as they
 * are found, DELETE to hang up. Gathering begins after the answer, because only the answer names
 * the ICE servers.
 */

const CONNECT_MS = 15_000;
const BUNDLE_MS = 50; // candidates found within this travel in one PATCH
const POST_MS = 10_000;
const LATER = {
  429: "Too many calls come from your network just now.",
  503: "All lines are busy just now.",
};

/** Why a call did not come about, as a sentence; `retryS` when trying again may help. */
export class Refused extends Error {
  constructor(message, retryS = null) {
    super(message);
    this.retryS = retryS;
  }
}

export class Call {
  /**
   * `on`: `track(track)`, `connected()`, `open(channel)`, `message(text)`, and
   * `lost(reason)` at most once, never after `hangUp`. `as`: on whose behalf, by their id; who is
   * signed in may do that.
   */
  constructor(on, headers = {}, as = null) {
    this.on = on;
    this.ended = false;
    this.connected = false;
    this.headers = headers;
    this.as = as;
    this.found = [];
  }

  /** Resolves once the server has answered. Raises `Refused`. */
  async begin(microphone, camera) {
    const pc = (this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
    pc.ontrack = ({ track }) => this.on.track(track);
    pc.onconnectionstatechange = () => this.#stateChanged();
    pc.onicecandidate = ({ candidate }) => this.#candidate(candidate);
    this.channel = pc.createDataChannel("events");
    this.channel.onopen = () => this.on.open(this.channel);
    this.channel.onmessage = ({ data }) => this.on.message(data);
    this.channel.onclose = () => this.#lose("closed");
    pc.addTransceiver(microphone ?? "audio", { direction: microphone ? "sendrecv" : "recvonly" });
    // Offered even without a camera, so that one can be turned on later.
    const seen = { direction: "sendrecv", sendEncodings: [{ maxBitrate: 600_000 }] };
    this.camera = pc.addTransceiver(camera ?? "video", seen).sender;

    const offer = await pc.createOffer();
    const response = await this.#post(offer.sdp);
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
    this.pc?.close();
    this.#delete();
  }

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

  #stateChanged() {
    const state = this.pc.connectionState;
    if (state === "connected" && !this.connected) {
      this.connected = true;
      this.on.connected();
    } else if (state === "failed") {
      this.#lose(this.connected ? "failed" : "no path");
    }
  }

  #candidate(candidate) {
    this.found.push(candidate?.candidate ? `a=${candidate.candidate}` : "a=end-of-candidates");
    clearTimeout(this.bundling);
    this.bundling = setTimeout(() => this.#trickle(), candidate ? BUNDLE_MS : 0);
  }

  /** RFC 8840 §9; all media share the first section's transport. */
  #trickle() {
    const line = (name) => this.pc.localDescription.sdp.match(new RegExp(`^a=${name}:.*$`, "m"))?.[0];
    const media = this.pc.localDescription.sdp.match(/^m=.*$/m)[0];
    const head = [line("ice-ufrag"), line("ice-pwd"), media, line("mid")];
    const body = [...head, ...this.found.splice(0), ""].join("\r\n");
    const kind = "application/trickle-ice-sdpfrag";
    const headers = { ...this.headers, "Content-Type": kind, "If-Match": this.etag };
    // A lost fragment is no loss by itself: checks from here tell the server where we are.
    fetch(this.location, { method: "PATCH", body, headers }).catch(() => {});
  }

  #delete() {
    if (!this.location) return;
    const gone = { method: "DELETE", headers: this.headers, keepalive: true };
    fetch(this.location, gone).catch(() => {});
    this.location = null;
  }

  #lose(reason) {
    if (this.ended) return;
    this.hangUp();
    this.on.lost(reason);
  }
}

async function refusal(response, as) {
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401 && as) {
    return new Refused("Calling on somebody's behalf needs a sign-in: open the page Teach first.");
  }
  if (response.status === 401) {
    return new Refused("This server asks for an invitation: open the address that came with it.");
  }
  const retry = Number(response.headers.get("Retry-After")) || null;
  const later = LATER[response.status];
  return new Refused(
    later ?? problem.detail ?? "The server would not take the call.",
    later ? (retry ?? 10) : null,
  );
}

/** The ICE servers in a `Link` header (RFC 9725 §4.6). */
export function iceServers(header) {
  return (header ?? "")
    .split(/,\s*(?=<)/)
    .filter((link) => /rel="?ice-server"?/.test(link))
    .map((link) => {
      const value = (name) => link.match(new RegExp(`;\\s*${name}="([^"]*)"`))?.[1];
      const server = { urls: link.match(/<([^>]*)>/)[1] };
      const username = value("username");
      return username ? { ...server, username, credential: value("credential") } : server;
    });
}
