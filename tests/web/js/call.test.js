import assert from "node:assert/strict";
import { test } from "node:test";

import { Call, Refused, fragment, iceServers } from "../../../static/call.js";

const SDP = [
  "v=0", "a=group:BUNDLE 0 1", "m=audio 9 UDP/TLS/RTP/SAVPF 96", "a=ice-ufrag:abcd",
  "a=ice-pwd:secret", "a=mid:0", "m=video 9 UDP/TLS/RTP/SAVPF 97", "a=mid:1", "",
].join("\r\n");

test("a fragment names the first section and its candidates", () => {
  assert.equal(
    fragment(SDP, ["a=candidate:1 1 udp 1 10.0.0.1 9 typ host", "a=end-of-candidates"]),
    "a=ice-ufrag:abcd\r\na=ice-pwd:secret\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
      + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\na=end-of-candidates\r\n",
  );
});

test("ICE servers are read from a Link header", () => {
  const header = '<stun:stun.example:3478>; rel="ice-server", '
    + '<turn:turn.example?transport=udp>; rel=ice-server; username="you"; credential="key, with comma", '
    + '</other>; rel="next"';
  assert.deepEqual(iceServers(header), [
    { urls: "stun:stun.example:3478" },
    { urls: "turn:turn.example?transport=udp", username: "you", credential: "key, with comma" },
  ]);
  assert.deepEqual(iceServers(null), []);
  assert.deepEqual(iceServers(""), []);
});

/** A browser's connection, as far as a call that is refused goes. */
class Connection {
  createDataChannel = () => ({});
  addTransceiver = () => ({ sender: {} });
  createOffer = async () => ({ type: "offer", sdp: SDP });
  close = () => {};
}

const nobody = { track() {}, connected() {}, open() {}, message() {}, lost() {} };

async function refusedWith(t, response, as = null) {
  t.mock.method(globalThis, "fetch", async () => response);
  globalThis.RTCPeerConnection = Connection;
  t.after(() => delete globalThis.RTCPeerConnection);
  try {
    await new Call(nobody, {}, as).begin(null, null);
  } catch (error) {
    assert.ok(error instanceof Refused, String(error));
    return error;
  }
  return assert.fail("it was not refused");
}

const BUSY = { title: "All lines are busy", detail: "As many calls run as can; try again in 7 s." };
const WAKING = { title: "No calls yet", detail: "The persona is waking up; try again in 5 s." };
const REFUSALS = [
  [503, { "Retry-After": "7" }, BUSY, "All lines are busy just now.", 7],
  [503, { "Retry-After": "5" }, WAKING, "The persona is waking up.", 5],
  [503, {}, {}, "The server takes no call just now.", 10],
  [429, {}, { detail: "Three calls wait." }, "Too many calls come from your network just now.", 10],
  [401, {}, {}, "This server asks for an invitation: open the address that came with it.", null],
  [400, { "Retry-After": "5" }, { detail: "Your offer has no audio." }, "Your offer has no audio.", null],
];
for (const [status, headers, problem, message, retryS] of REFUSALS) {
  test(`a ${status} reads as a sentence: ${message}`, async (t) => {
    const response = new Response(JSON.stringify(problem), { status, headers });
    const error = await refusedWith(t, response);
    assert.equal(error.message, message);
    assert.equal(error.retryS, retryS);
  });
}

test("who calls for somebody else is told to sign in", async (t) => {
  const error = await refusedWith(t, new Response("not json", { status: 401 }), "somebody");
  assert.match(error.message, /sign-in/);
});

test("no answer at all is tried again soon", async (t) => {
  globalThis.RTCPeerConnection = Connection;
  t.after(() => delete globalThis.RTCPeerConnection);
  t.mock.method(globalThis, "fetch", async () => {
    throw new TypeError("network");
  });
  await assert.rejects(new Call(nobody).begin(null, null), { retryS: 2 });
});

test("the server is told of a hang-up before the connection is closed", async (t) => {
  const order = [];
  let told = () => {};
  globalThis.RTCPeerConnection = class extends Connection {
    setLocalDescription = async () => {};
    setRemoteDescription = async () => {};
    close = () => order.push("closed");
  };
  t.after(() => delete globalThis.RTCPeerConnection);
  t.mock.method(globalThis, "fetch", async (_, { method }) => {
    order.push(method);
    if (method === "POST") return new Response("v=0", { status: 201, headers: { Location: "/calls/1" } });
    await new Promise((go) => (told = go));
    return new Response();
  });
  const call = new Call(nobody);
  await call.begin(null, null);
  call.hangUp();
  call.hangUp();
  await new Promise((go) => setTimeout(go, 20));
  assert.deepEqual(order, ["POST", "DELETE"]);
  told();
  await new Promise((go) => setTimeout(go, 20));
  assert.deepEqual(order, ["POST", "DELETE", "closed"]);
});

test("a server that says nothing to a hang-up does not keep the connection open", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let closed = false;
  globalThis.RTCPeerConnection = class extends Connection {
    setLocalDescription = async () => {};
    setRemoteDescription = async () => {};
    close = () => (closed = true);
  };
  t.after(() => delete globalThis.RTCPeerConnection);
  t.mock.method(globalThis, "fetch", (_, { method }) =>
    method === "POST"
      ? Promise.resolve(new Response("v=0", { status: 201, headers: { Location: "/calls/1" } }))
      : new Promise(() => {}));
  const call = new Call(nobody);
  await call.begin(null, null);
  call.hangUp();
  t.mock.timers.tick(1000);
  await new Promise((go) => setImmediate(go));
  assert.ok(closed);
});
