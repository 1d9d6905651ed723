/**
 * Everything that the page asks of the server: addresses, and the answers in the page's own shape.
 * Another shape of the API is met here and nowhere else.
 *
 * A row has its table's columns; besides, where it applies, `file`: the address of its file, if one
 * is kept, and `judgements`: [{id, score, comment, user, created, active}]. Moments are ISO 8601,
 * `since` begins and `until` ends (exclusively) a span. Lists are {items, next}: `next` is sent back
 * as `cursor` for the next page, null on the last.
 */

import { address, send } from "./api.js";

const id = encodeURIComponent;

// -- who looks ----------------------------------------------------------------------------------

/** The token becomes a cookie that scripts can't read. @param {string} token */
export function signIn(token) {
  return send("POST", "/api/sign-in", { token });
}

export function signOut() {
  return send("DELETE", "/api/sign-in");
}

// -- calls --------------------------------------------------------------------------------------

/** {items: [{id, user, started, mode, consent_given, last_reply_ms}]}: calls under way. */
export const LIVE = "/api/calls";

/** {items: [{id, time, session, class, kind}]}: callers in need whom no operator has seen to yet. */
export const ALERTS = "/api/alerts";

/** It has been seen. @param {string} alert */
export function putAside(alert) {
  return send("DELETE", `/api/alerts/${id(alert)}`);
}

/** {says, backlog_rows, set_aside, …}: rows that are not in the database; `says` is "" without any. */
export const JOURNAL = "/api/journal";

/** {items: [session row with username and (number of) faults], next}; narrowed by the fields of its view. */
export const SESSIONS = "/api/sessions";

/** {items: [faults row], next}; narrowed by type, since, until. */
export const FAULTS = "/api/faults";

/**
 * {session, modes: [{id, mode, cause, ms}], turns: [{turn_id, rows: {table: [row]}}], rest: {table:
 * [row]}}: turns in their order, `rest` what belongs to none. `session` is its row with username,
 * client (a few words), client_facts, deployment, configuration, version and node.
 *
 * @param {string} session
 */
export function timeline(session) {
  return `/api/sessions/${id(session)}/timeline`;
}

// -- latency ------------------------------------------------------------------------------------

/** {items: [{turn_id, session_id, created, voice_to_voice_ms, stages, system, text, username}]} @param {string} since @param {number} limit */
export function slowest(since, limit) {
  return address("/api/performance/slowest", { since, limit });
}

/** {buckets: [{at, count, p50, p95, stages}], versions: [{version, …}]}; `bucket`: "hour" or "day". @param {string} since @param {string} bucket */
export function latency(since, bucket) {
  return address("/api/performance/latency", { since, bucket });
}

// -- what the persona is made of ----------------------------------------------------------------

/** {items: [portrait row]} */
export const PORTRAITS = "/api/portraits";
/** {items: [{name, …}]} */
export const PERSONAS = "/api/personas";
/** {items: [{kind, name, origin, in_force, missing, broken}]}: what is installed as an engine. */
export const ENGINES = "/api/engines";
/** {items: [prompt_template row]}: those in force. */
export const PROMPTS = "/api/prompts";
/** {items: [deployment row with type]} */
export const DEPLOYMENTS = "/api/deployments";

/** The OpenAPI document: what this server offers. */
export const OFFERED = "/api/openapi.json";

/** @param {{ paths: Record<string, any> }} offered */
export function promptsCanBeSaved(offered) {
  return Boolean(offered.paths["/api/prompts/{name}"]?.put);
}

/** A template's next version. @param {string} name @param {string} text */
export function savePrompt(name, text) {
  return send("PUT", `/api/prompts/${id(name)}`, { text });
}

// -- judging ------------------------------------------------------------------------------------

/**
 * `kind`: the table of the row `target`; `score` −1…1.
 * @param {string} kind
 * @param {string} target
 * @param {number} score
 * @param {string} [comment]
 */
export function judge(kind, target, score, comment) {
  return send("POST", "/api/judgements", { kind, target_id: target, score, ...(comment ? { comment } : {}) });
}

/** @param {string} judgement */
export function withdraw(judgement) {
  return send("DELETE", `/api/judgements/${id(judgement)}`);
}

// -- teaching -----------------------------------------------------------------------------------

/**
 * What the caller did from `from` to `to` (ms) stands for `name`; answers the take's row.
 * @param {string} session
 * @param {string} modality
 * @param {string} name
 * @param {number} from
 * @param {number} to
 */
export function label(session, modality, name, from, to) {
  return send("POST", `/api/sessions/${id(session)}/examples`, { modality, label: name, from_ms: from, to_ms: to });
}

// -- answers ------------------------------------------------------------------------------------

/** Answers whoever asks this so from now on. @param {string} question @param {string} answer */
export function addAnswer(question, answer) {
  return send("POST", "/api/answers", { question, answer });
}
