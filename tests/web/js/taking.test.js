import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Taking } from "../../../static/teach/taking.js";

class Line extends EventTarget {
  state = "on";
  sent = [];
  label(what, fields) {
    this.sent.push([what, fields]);
  }
  says(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

let line, kept, taking;
const WANTED = { modality: "gesture", label: "water" };

beforeEach((t) => {
  t.mock?.timers.reset();
  line = new Line();
  kept = [];
  taking = new Taking(line, () => {}, (take) => kept.push(take));
});

/** Counts down and records for a second. */
function record(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  taking.start(WANTED, 1);
  for (let second = 0; second < 3; second++) t.mock.timers.tick(1000);
  assert.equal(taking.state, "recording");
  t.mock.timers.tick(1000);
  assert.equal(taking.state, "checking");
}

test("a take is counted down, recorded, checked and kept", (t) => {
  record(t);
  line.says("take", { id: "1", state: "recorded" });
  assert.equal(taking.state, "recorded");
  taking.keep();
  line.says("take", { id: "1", state: "kept", label: "water" });
  assert.equal(taking.state, "ready");
  assert.deepEqual(kept.map((take) => take.id), ["1"]);
  assert.deepEqual(line.sent, [["begin", WANTED], ["end", undefined], ["keep", { id: "1" }]]);
});

test("a server that doesn't answer is a refusal", (t) => {
  record(t);
  t.mock.timers.tick(8000);
  assert.equal(taking.state, "refused");
  assert.match(taking.take.reasons[0], /did not answer/);
});

test("a fault while it is being kept is told", (t) => {
  record(t);
  line.says("take", { id: "1", state: "recorded" });
  line.says("fault", { kind: "take", message: "too early" });
  assert.equal(taking.state, "recorded", "nothing was asked of the server then");
  taking.keep();
  line.says("fault", { kind: "other", message: "of no concern" });
  line.says("fault", { kind: "take", message: "The disk is full." });
  assert.deepEqual(taking.take.reasons, ["The disk is full."]);
});

test("once more throws the last one away", (t) => {
  record(t);
  line.says("take", { id: "1", state: "recorded" });
  taking.again();
  assert.equal(taking.state, "counting");
  assert.deepEqual(line.sent.at(-1), ["discard", { id: "1" }]);
});

test("a call that breaks ends the take, and the countdown", (t) => {
  record(t);
  line.state = "lost";
  line.dispatchEvent(new Event("change"));
  assert.equal(taking.state, "ready");
  t.mock.timers.tick(20_000);
  assert.equal(taking.state, "ready");
});

test("nothing is heard of a line once it is over", (t) => {
  record(t);
  taking.end();
  line.says("take", { id: "1", state: "recorded" });
  assert.equal(taking.state, "ready");
});
