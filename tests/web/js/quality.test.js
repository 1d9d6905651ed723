import assert from "node:assert/strict";
import { test } from "node:test";

import { Quality, digest } from "../../../static/quality.js";

function reports({ rtt = 0.02, jitter = 0.003, lost = 0, received = 0, buffered = 0, emitted = 0 } = {}) {
  return new Map([
    ["pair", { type: "candidate-pair", nominated: true, currentRoundTripTime: rtt }],
    ["other", { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 }],
    ["audio", {
      type: "inbound-rtp", kind: "audio", jitter, packetsLost: lost, packetsReceived: received,
      jitterBufferDelay: buffered, jitterBufferEmittedCount: emitted, concealedSamples: 30,
      silentConcealedSamples: 10, totalSamplesReceived: 100,
    }],
    ["video", { type: "inbound-rtp", kind: "video", framesDecoded: 5, framesPerSecond: 25 }],
    ["mine", { type: "outbound-rtp", kind: "video", framesPerSecond: 15 }],
  ]);
}

test("of a browser's figures those are kept that are of use", () => {
  assert.deepEqual(digest(reports({ lost: 1, received: 9 })), {
    rtt: 0.02, jitter: 0.003, lost: 1, received: 9, buffered: 0, emitted: 0, concealed: 20,
    samples: 100, framesDecoded: 5, framesDropped: undefined, freezes: undefined, fps: 25, cameraFps: 15,
  });
  assert.deepEqual(digest(new Map()), {});
});

async function measured(...moments) {
  const left = [...moments];
  const quality = new Quality({ getStats: async () => left.shift() });
  for (let moment = 0; moment < moments.length; moment++) await quality.measure();
  return quality;
}

test("figures are of what happened since the last measurement", async () => {
  const quality = await measured(
    reports({ buffered: 10, emitted: 1000, received: 100 }),
    reports({ buffered: 14, emitted: 1100, received: 150, lost: 2 }),
  );
  assert.equal(quality.values.audio_jitter_buffer_ms, 40);
  assert.equal(quality.values.rtt_ms, 20);
  assert.equal(quality.values.freezes, null);
  assert.equal(quality.loss, 2 / 52);
});

test("a browser that tells nothing gives no figures, and a good connection", async () => {
  const quality = await measured(new Map(), new Map());
  assert.equal(quality.values.rtt_ms, null);
  assert.equal(quality.words().level, "good");
});

const LEVELS = [
  [{}, "good"], [{ rtt: 0.3 }, "fair"], [{ jitter: 0.07 }, "fair"], [{ rtt: 0.7 }, "poor"],
  [{ lost: 3, received: 97 }, "fair"], [{ lost: 10, received: 90 }, "poor"],
];
for (const [figures, level] of LEVELS) {
  test(`${JSON.stringify(figures)} is ${level}`, async () => {
    assert.equal((await measured(reports(), reports(figures))).words().level, level);
  });
}

test("what the server missed of ours counts as well", async () => {
  const quality = await measured(reports());
  quality.server({ packets_lost: 5 });
  assert.equal(quality.words().level, "good", "the first message says nothing of the last seconds");
  quality.server({ packets_lost: 15 });
  assert.equal(quality.words().level, "poor");
});
