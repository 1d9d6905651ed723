import assert from "node:assert/strict";
import { test } from "node:test";

const connections = [];

class Connection {
  connectionState = "new";
  constructor() {
    connections.push(this);
  }
  createDataChannel() {
    return (this.channel = { readyState: "open", sent: [], send: (text) => this.channel.sent.push(JSON.parse(text)) });
  }
  addTransceiver = () => ({ sender: {} });
  createOffer = async () => ({ type: "offer", sdp: "v=0" });
  setLocalDescription = async () => {};
  setRemoteDescription = async () => {};
  close() {}
}

// What a browser has and node has not.
Object.assign(globalThis, {
  RTCPeerConnection: Connection,
  MediaStream: class {},
  addEventListener() {},
  removeEventListener() {},
  screen: { width: 1, height: 1 },
  innerWidth: 1,
  innerHeight: 1,
  devicePixelRatio: 1,
});
const { Line } = await import("../../../static/teach/line.js");

test("a lesson's call says one hello, and that it is a lesson", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  t.mock.method(globalThis, "fetch", async () => new Response("v=0", { status: 201, headers: { Location: "/calls/1" } }));
  const line = new Line("somebody");
  line.lesson(true);
  await Promise.all([line.open(true), line.open(true)]);
  assert.equal(connections.length, 1);
  const [{ channel }] = connections;
  channel.onopen();
  assert.equal(line.state, "on");
  assert.deepEqual(channel.sent.map((one) => one.type), ["hello", "label"]);
  assert.equal(channel.sent[0].consent, true);
  assert.deepEqual([channel.sent[1].do, channel.sent[1].on], ["lesson", true]);
  channel.onmessage({ data: JSON.stringify({ type: "hello", at: 1, persona: "Iris" }) });
  assert.equal(line.persona, "Iris");
  assert.equal(channel.sent.length, 2, "the server's hello is not answered");
  line.close();
  assert.equal(line.state, "off");
});
