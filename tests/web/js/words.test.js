import assert from "node:assert/strict";
import { test } from "node:test";

import { address } from "../../../static/operator/api.js";
import { to } from "../../../static/operator/routes.js";
import { turnOf } from "../../../static/operator/timeline.js";
import { about, bytes, count, length, reason, slowestStage, thinker, unheard } from "../../../static/operator/words.js";
import { why } from "../../../static/media.js";
import { byLabel, sureness, tracking } from "../../../static/teach/words.js";

const SAID = [
  [length, null, "–"], [length, 0, "0 ms"], [length, 999.4, "999 ms"], [length, 999.6, "1.00 s"],
  [length, -1430, "−1.43 s"], [length, 59_996, "1 min 0 s"], [length, 125_000, "2 min 5 s"],
  [about, 20, "20 ms"], [about, 96, "0.1 s"], [about, 1430, "1.4 s"],
  [bytes, undefined, "–"], [bytes, 999, "999 B"], [bytes, 999_000, "999 kB"], [bytes, 1.5e6, "1.5 MB"],
  [thinker, "rules:iris", "the expert rules"], [thinker, "llama:x", "the language model"], [thinker, null, "thinking"],
  [sureness, 0.8, "sure"], [sureness, 0.5, "fairly sure"], [sureness, 0.49, "not very sure"],
];
for (const [say, value, words] of SAID) {
  test(`${say.name}(${value}) is "${words}"`, () => assert.equal(say(value), words));
}

test("one and many", () => {
  assert.equal(count(1, "take"), "1 take");
  assert.equal(count(0, "take"), "0 takes");
  assert.equal(count(2, "person", "people"), "2 people");
});

test("the slowest stage gives the reason", () => {
  assert.equal(slowestStage({}), null);
  assert.equal(slowestStage({ endpoint: 300, think: 1400, speak: 20 }), "think");
  assert.equal(reason({ endpoint: 300, think: 1400 }, "llama:x"), "the language model took 1.4 s to its first clause");
  assert.equal(reason({ other: 5 }), "other took 5 ms");
  assert.equal(reason({}), "");
});

test("addresses hold what says something", () => {
  assert.equal(address("/api/x", { a: "", b: null, c: undefined, d: 0, e: "ä b" }), "/api/x?d=0&e=%C3%A4+b");
  assert.equal(to(["sessions", "a/b"]), "#/sessions/a%2Fb");
  assert.equal(to(["faults"], { type: "x" }), "#/faults?type=x");
});

test("a browser's refusal says what the matter is", () => {
  assert.match(why({ name: "NotAllowedError" }, "camera"), /did not let this page use the camera/);
  assert.match(why({ name: "AbortError" }, "camera"), /another program/);
  assert.match(why({ name: "Odd" }, "microphone"), /\(Odd\)/);
});

test("what was seen in a take", () => {
  assert.deepEqual(tracking(), []);
  assert.deepEqual(tracking({ right_hand: 0.1, body: 0.9, other: 1, left_hand: 0.3 }).map((one) => one.words), [
    "Body seen", "Left hand partly seen", "Right hand not seen",
  ]);
});

test("takes are counted by label, in the order of the alphabet", () => {
  const takes = [["water", "gesture"], ["help", "gesture"], ["water", "gesture"], ["water", "audio"]];
  assert.deepEqual(byLabel(takes.map(([label, modality]) => ({ label, modality })), "gesture"), [["help", 1], ["water", 2]]);
});

test("the rows of a turn find their places", () => {
  const turn = turnOf({
    turn_id: "t",
    rows: {
      audio: [
        { id: "a1", kind: "input", created: "2026-01-01T00:00:02Z" },
        { id: "a2", kind: "output", created: "2026-01-01T00:00:03Z" },
      ],
      stt: [{ audio_id: "a1", text: "hi" }],
      chat: [{ id: "c", user_prompt: "hi", system: "rules:iris", created: "2026-01-01T00:00:01Z" }],
      tts: [{ id: "s", audio_id: "a2" }],
      lipsync: [{ tts_id: "s" }],
      video: [{ kind: "input" }, { kind: "output" }],
      performance_log: [
        { measure: "voice_to_voice", value: 500 },
        { measure: "speak", value: 100, part_of: "voice_to_voice" },
        { measure: "endpoint", value: 300, part_of: "voice_to_voice" },
        { measure: "new", value: 50, part_of: "voice_to_voice" },
        { measure: "unexplained", value: 50, part_of: "voice_to_voice" },
        { measure: "first_words", value: 900 },
      ],
    },
  });
  assert.equal(turn.at, "2026-01-01T00:00:01Z");
  assert.equal(turn.heard[0].stt.text, "hi");
  assert.equal(turn.typed, null);
  assert.equal(turn.said[0].audio.id, "a2");
  assert.ok(turn.said[0].lipsync);
  assert.equal(turn.total, 500);
  assert.deepEqual(Object.keys(turn.stages), ["endpoint", "speak", "new", "unexplained"]);
  assert.deepEqual(turn.measures.map((one) => one.measure), ["first_words"]);
  assert.deepEqual(turn.seen.map((one) => one.kind), ["video"]);
  assert.equal(turn.system, "rules:iris");
});

test("what was typed, and who began", () => {
  assert.equal(turnOf({ turn_id: "t", rows: { chat: [{ user_prompt: "typed" }] } }).typed, "typed");
  assert.equal(turnOf({ turn_id: "t", rows: { chat: [{ user_prompt: null }] } }).greeting, true);
});

test("what was never heard of a reply", () => {
  assert.equal(unheard({ text: "I am Iris.", heard: "I am", complete: false }), " Iris.");
  assert.equal(unheard({ text: "I am Iris.", heard: "I am Iris.", complete: true }), "");
  assert.equal(unheard({ text: "", heard: "", complete: false }), "");
  assert.equal(unheard({ text: null, heard: null, complete: false }), "");
});
