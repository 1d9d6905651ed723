import assert from "node:assert/strict";
import { test } from "node:test";

import { Events, parse } from "../../../static/events.js";

function channel(readyState = "open") {
  const sent = [];
  return { readyState, sent, send: (text) => sent.push(JSON.parse(text)) };
}

test("each message has its type and a moment", () => {
  const wire = channel();
  const events = new Events(wire);
  events.hello({ browser: "b" }, true, 1200.6);
  events.consent(false);
  events.interrupt();
  events.calibrate("quiet");
  events.judge("r1", 1);
  events.judge("r1", null, "why");
  events.label("lesson", { on: true });
  events.stats({ fps: 25, rtt_ms: null });
  const said = wire.sent.map(({ at, ...fields }) => {
    assert.ok(Number.isFinite(at));
    return fields;
  });
  assert.equal(said[0].away_ms, 1201);
  assert.equal(typeof said[0].timezone, "string");
  assert.deepEqual(said.slice(1), [
    { type: "consent", given: false },
    { type: "interrupt" },
    { type: "calibrate", step: "quiet" },
    { type: "judge", id: "r1", score: 1 },
    { type: "judge", id: "r1", score: null, comment: "why" },
    { type: "label", do: "lesson", on: true },
    { type: "stats", values: { fps: 25, rtt_ms: null } },
  ]);
});

test("a text is cut to what the server takes, never through a character", () => {
  const wire = channel();
  assert.equal(new Events(wire).text("😀".repeat(5000)), "😀".repeat(4000));
  assert.equal(wire.sent[0].text, "😀".repeat(4000));
});

test("nothing is sent on a channel that isn't open", () => {
  const wire = channel("closing");
  assert.equal(new Events(wire).text("hello"), "");
  assert.deepEqual(wire.sent, []);
});

test("what isn't a message of the server's is null", () => {
  assert.deepEqual(parse('{"type":"hello","at":1}'), { type: "hello", at: 1 });
  for (const wrong of ["", "x", "null", "5", '{"type":5,"at":1}', '{"type":"a"}', '{"type":"a","at":"1"}']) {
    assert.equal(parse(wrong), null, wrong);
  }
});
