/** Numbers, moments and stages in plain words. */

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const SHORT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });

/**
 * "430 ms", "1.43 s", "2 min 5 s"; a negative length keeps its sign.
 * @param {number | null} [ms]
 */
export function length(ms) {
  if (ms === null || ms === undefined) return "–";
  const size = Math.abs(ms);
  const sign = ms < 0 ? "−" : "";
  if (size < 999.5) return `${sign}${Math.round(size)} ms`;
  if (size < 59_995) return `${sign}${(size / 1000).toFixed(2)} s`;
  const seconds = Math.round(size / 1000);
  return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** As a person says it: "1.4 s", "0.3 s", "20 ms". @param {number} ms */
export function about(ms) {
  return Math.abs(ms) < 95 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {string | null} iso */
export function day(iso) {
  return iso ? DAY.format(new Date(iso)) : "–";
}

/** @param {string | null} iso */
export function time(iso) {
  return iso ? TIME.format(new Date(iso)) : "–";
}

/** @param {string} iso */
export function clock(iso) {
  return SHORT.format(new Date(iso));
}

/** "today, 14:03:22", else "27 Nov 2026, 14:03:22"; in the reader's own time zone. @param {string | null} iso */
export function moment(iso) {
  if (!iso) return "–";
  const today = day(iso) === day(new Date().toISOString());
  return `${today ? "today" : day(iso)}, ${time(iso)}`;
}

/** @param {number | null} [size] */
export function bytes(size) {
  if (size === null || size === undefined) return "–";
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** @param {number} number @param {string} one @param {string} [many] */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * The stages of an answer, in their order: a short name, and what took the time.
 * @type {Record<string, { name: string, why: (ms: string, who: string) => string }>}
 */
export const STAGES = {
  endpoint: { name: "Listening to the end", why: (ms) => `the server took ${ms} to be sure that the caller had finished` },
  think: { name: "Thinking", why: (ms, who) => `${who} took ${ms} to its first clause` },
  speak: { name: "Making the voice", why: (ms) => `the voice took ${ms} to its first sound` },
  playout: { name: "Sending", why: (ms) => `finished sound waited ${ms} before it left` },
  marker: { name: "Leading up", why: (ms) => `the answer led up to its first own word (“Well,”) for ${ms}` },
  unexplained: { name: "Unexplained", why: (ms) => `${ms} passed that no stage accounts for` },
};

/** @param {string} stage */
export function stageName(stage) {
  return STAGES[stage]?.name ?? stage;
}

/**
 * Who thought, in words: an engine's name is "llama:…", "openai:…" or "rules:…".
 * @param {string | null} [system]
 */
export function thinker(system) {
  if (!system) return "thinking";
  return /rule|expert/i.test(system) ? "the expert rules" : "the language model";
}

/**
 * Why a reply took its time: "the language model took 1.4 s to its first clause".
 * `stages`: ms by stage; `system`: what thought.
 *
 * @param {Record<string, number>} stages
 * @param {string | null} [system]
 */
export function reason(stages, system) {
  const slowest = slowestStage(stages);
  if (slowest === null) return "";
  const ms = about(stages[slowest]);
  return STAGES[slowest]?.why(ms, thinker(system)) ?? `${slowest} took ${ms}`;
}

/**
 * What a wait of so many ms is called before its reason: people notice a second.
 * @param {number} ms
 */
export function slowness(ms) {
  return ms >= 1000 ? "slow" : "mostly";
}

/** @param {Record<string, number>} stages @returns {string | null} */
export function slowestStage(stages) {
  const names = Object.keys(stages);
  if (names.length === 0) return null;
  return names.reduce((best, one) => (stages[one] > stages[best] ? one : best));
}

/**
 * What of a reply was never heard, as far as that is known; "" for nothing.
 * @param {{ text: string | null, heard: string | null, complete: boolean | null }} chat
 */
export function unheard({ text, heard, complete }) {
  return complete === false && heard !== null && text?.startsWith(heard) ? text.slice(heard.length) : "";
}
