import assert from "node:assert/strict";
import { test } from "node:test";

import { MediaClock } from "../../../static/clock.js";

test("the clock follows the quickest of the last messages", () => {
  let now = 0;
  const clock = new MediaClock(() => now);
  assert.equal(clock.heard(), null);
  const arrive = (at, delay) => {
    now = at + delay;
    clock.follow(at);
  };
  arrive(1000, 80);
  arrive(2000, 30);
  arrive(3000, 200);
  now = 4030;
  assert.equal(clock.heard(), 4000 - 60, "30 ms of way, 60 ms in the buffer");
  clock.buffered(100);
  assert.equal(clock.heard(), 3900);
});

test("what was quick long ago is forgotten", () => {
  let now = 0;
  const clock = new MediaClock(() => now);
  for (const delay of [10, 50, 50, 50, 50, 50, 50, 50, 50]) {
    now += 1000;
    clock.follow(now - delay);
  }
  assert.equal(clock.heard(), now - 50 - 60);
});
