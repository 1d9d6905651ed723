/** From the rows of a session to what the page tells: turn by turn, each row in its place. */

import { STAGES } from "./words.js";

/** @typedef {Record<string, any[]>} Rows table → its rows */

const WHOLE = "voice_to_voice";

/**
 * One turn of the timeline. `heard`: [{stt, audio}]; `typed`: the caller's text, null if spoken;
 * `said`: [{tts, audio, lipsync}] in order; `seen`: [{kind, row}]; `total` and `stages` in ms, null
 * and {} where nothing was measured; `system`: what thought; `greeting`: the persona began.
 *
 * @param {{ turn_id: string, rows: Rows }} turn
 */
export function turnOf({ turn_id: id, rows }) {
  const of = (/** @type {string} */ table) => rows[table] ?? [];
  const sounds = new Map(of("audio").map((row) => [row.id, row]));
  const chats = of("chat");
  const whole = of("performance_log").find((row) => row.measure === WHOLE);
  const heard = of("audio").filter((row) => row.kind === "input");
  const asked = chats.find((row) => row.user_prompt !== null);
  return {
    id,
    at: earliest(rows),
    heard: heard.map((audio) => ({ audio, stt: of("stt").find((row) => row.audio_id === audio.id) })),
    typed: heard.length === 0 && asked ? asked.user_prompt : null,
    greeting: heard.length === 0 && !asked && !whole,
    chats,
    said: of("tts").map((tts) => ({
      tts, audio: sounds.get(tts.audio_id), lipsync: of("lipsync").find((row) => row.tts_id === tts.id),
    })),
    videos: of("video").filter((row) => row.kind === "output"),
    seen: seenIn(rows),
    total: whole?.value ?? null,
    stages: stagesOf(of("performance_log")),
    measures: of("performance_log").filter((row) => row.part_of !== WHOLE && row !== whole),
    system: chats[0]?.system,
    faults: of("faults"),
    events: of("session_events"),
  };
}

/**
 * What was seen of the caller, by the table that holds it.
 * @param {Rows} rows
 */
export function seenIn(rows) {
  const of = (/** @type {string} */ kind) => (rows[kind] ?? []).map((row) => ({ kind, row }));
  return [...of("vision"), ...of("pose"), ...of("video").filter(({ row }) => row.kind === "input")];
}

/**
 * ms by stage, in the order in which they follow each other.
 * @param {any[]} measures
 * @returns {Record<string, number>}
 */
function stagesOf(measures) {
  const known = Object.keys(STAGES);
  const rank = (/** @type {any} */ row) => (known.includes(row.measure) ? known.indexOf(row.measure) : known.length - 1.5);
  const parts = measures.filter((row) => row.part_of === WHOLE).sort((one, other) => rank(one) - rank(other));
  return Object.fromEntries(parts.map((row) => [row.measure, row.value]));
}

/** @param {Rows} rows @returns {string | null} */
function earliest(rows) {
  const moments = Object.values(rows).flat().map((row) => row.created ?? row.timestamp).filter(Boolean);
  return moments.sort()[0] ?? null;
}
