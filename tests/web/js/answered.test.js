import assert from "node:assert/strict";
import { test } from "node:test";

import { Answered } from "../../../static/answered.js";

function page() {
  const told = [];
  const answered = new Answered((ms, soundMs) => told.push([ms, soundMs]));
  const caption = (generation, start, answersAt) =>
    answered.caption({ who: "persona", generation, words: [{ start }], answers_at: answersAt });
  return { answered, caption, told };
}

test("an answer counts from its first own word, and a filler's sound is told apart", () => {
  const { answered, caption, told } = page();
  caption(1, 7000);
  answered.sounds(900);
  assert.deepEqual(told, [], "that was a filler's");
  caption(1, 7450, 7600);
  assert.deepEqual(told, [[1500, 900]]);
  caption(1, 9000);
  assert.equal(told.length, 1, "once");
});

test("without anything before it the first sound is the answer", () => {
  const { answered, caption, told } = page();
  caption(1, 7000, 7000);
  answered.sounds(320);
  assert.deepEqual(told, [[320, 320]]);
});

test("a marker is an answer where nothing follows", () => {
  const { answered, caption, told } = page();
  caption(1, 7000);
  answered.sounds(320);
  answered.over();
  answered.over();
  assert.deepEqual(told, [[320, 320]]);
});

test("the voice may be heard before its caption comes", () => {
  const { answered, caption, told } = page();
  caption(1, 1000, 1000);
  answered.over();
  answered.sounds(400);
  assert.deepEqual(told, [], "the greeting's word is not the answer's");
  caption(2, 7000, 7250);
  assert.deepEqual(told, [[650, 400]]);
});

test("what the caller says, and what is only shown, is no answer that was heard", () => {
  const { answered, told } = page();
  answered.sounds(400);
  answered.caption({ who: "caller", words: [{ start: 1 }], answers_at: 2 });
  answered.caption({ who: "persona", generation: 1, words: undefined });
  assert.deepEqual(told, []);
});
