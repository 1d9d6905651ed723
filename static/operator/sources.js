/**
 * Everything that the page asks of the server: addresses, and the answers in the page's own shape.
 * Another shape of the API is met here and nowhere else.
 */

import { address, send } from "./api.js";

const id = encodeURIComponent;

// -- who looks ----------------------------------------------------------------------------------

/** The token becomes a cookie that scripts can't read. */
export function signIn(token) {
  return send("POST", "/api/sign-in", { token });
}

export function signOut() {
  return send("DELETE", "/api/sign-in");
}

// -- calls --------------------------------------------------------------------------------------

/** {items: [{id, username, started, mode, consent_given}]}: calls under way. */
export const LIVE = "/api/calls";

/** {items: [session rows with username], next}: `next` is a cursor, null on the last page. */
export const SESSIONS = "/api/sessions";

/** {items: [faults rows], next} */
export const FAULTS = "/api/faults";

/** {session, modes: [{id, mode, cause, ms}], turns: [{turn_id, rows: {table: [row]}}], rest: {table: [row]}} */
export function timeline(session) {
  return `/api/sessions/${id(session)}/timeline`;
}

// -- latency ------------------------------------------------------------------------------------

/** {items: [{turn_id, session_id, created, voice_to_voice_ms, stages, system, text, username}]} */
export function slowest(since, limit) {
  return address("/api/performance/slowest", { since, limit });
}

/** {buckets: [{at, count, p50, p95, stages}], versions: [{version, count, p50, p95, stages}]} */
export function latency(since, bucket) {
  return address("/api/performance/latency", { since, bucket });
}

// -- what the persona is made of ----------------------------------------------------------------

export const PORTRAITS = "/api/portraits";
export const PERSONAS = "/api/personas";
export const PROMPTS = "/api/prompts";
export const DEPLOYMENTS = "/api/deployments";

/** A template's next version. */
export function savePrompt(name, text) {
  return send("PUT", `/api/prompts/${id(name)}`, { text });
}

// -- judging ------------------------------------------------------------------------------------

/** `kind`: the table of the row `target`; `score` −1…1. */
export function judge(kind, target, score, comment) {
  return send("POST", "/api/judgements", { kind, target_id: target, score, ...(comment ? { comment } : {}) });
}

export function withdraw(judgement) {
  return send("DELETE", `/api/judgements/${id(judgement)}`);
}
