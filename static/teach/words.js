/** What the server measures, in plain words. */

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const SURE = 0.8;
const FAIRLY = 0.5;
const WELL = 0.7;
const HARDLY = 0.3;
const PARTS = { body: "Body", left_hand: "Left hand", right_hand: "Right hand" };

/** So many takes of a sign are worth having. */
export const ENOUGH = 5;
/** With fewer takes or signs, learning makes little sense. */
export const LEAST_TAKES = 3;
export const LEAST_SIGNS = 2;

/** @type {[string, string, string][]} */
export const MODALITIES = [["gesture", "Sign", "hand"], ["audio", "Sound", "sound"]];

/** "today 14:03", "27 Nov 14:03" @param {string} iso */
export function when(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return `${today ? "today" : DAY.format(at)} ${TIME.format(at)}`;
}

/** @param {number} share */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** How sure a recognised sign is, 0…1. @param {number} confidence */
export function sureness(confidence) {
  if (confidence >= SURE) return "sure";
  return confidence >= FAIRLY ? "fairly sure" : "not very sure";
}

/** "1 take", "3 takes" @param {number} number @param {string} one @param {string} [many] */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * What was seen in a take: [{part, seen: "well" | "partly" | "not", words}].
 * @param {Record<string, number>} [tracked] the share of its pictures in which a part was seen
 */
export function tracking(tracked = {}) {
  return Object.entries(PARTS).filter(([part]) => part in tracked).map(([part, name]) => {
    const share = tracked[part];
    const seen = share >= WELL ? "well" : share >= HARDLY ? "partly" : "not";
    return { part, seen, words: seen === "well" ? `${name} seen` : seen === "partly" ? `${name} partly seen` : `${name} not seen` };
  });
}

/**
 * Takes of one kind, by label in the order of the alphabet: [[label, number]].
 * @param {{ label: string, modality: string }[]} examples
 * @param {string} modality
 * @returns {[string, number][]}
 */
export function byLabel(examples, modality) {
  const counts = new Map();
  for (const one of examples) {
    if (one.modality === modality) counts.set(one.label, (counts.get(one.label) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}
