/** What the server is asked, and how its refusals read. */

/** A refusal or a silence: `kind` is "gone", "signed-out", "forbidden", "missing", "refused" or "failed". */
export class Trouble extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** @type {Record<number, string>} */
const KINDS = { 401: "signed-out", 403: "forbidden", 404: "missing" };

/**
 * The JSON at `path`. Raises Trouble, or AbortError once `signal` aborts.
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function get(path, signal) {
  return ask("GET", path, undefined, signal);
}

/**
 * Sends `body` as JSON; the answer's JSON, or null where it has none.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export async function send(method, path, body, headers = {}) {
  return ask(method, path, body, undefined, headers);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 * @param {Record<string, string>} [headers]
 */
async function ask(method, path, body, signal, headers = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  /** @type {Record<string, string>} */
  const kind = body === undefined ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(path, { method, signal, headers: { Accept: "application/json", ...kind, ...headers }, ...sent });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("gone", "The server can't be reached. It may be restarting, or the network is down.");
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const known = KINDS[answer.status] ?? (answer.status >= 500 ? "failed" : "refused");
  throw new Trouble(known, problem.detail ?? `The server answered ${answer.status}.`);
}

/**
 * "/api/x?limit=5": the parameters that say something.
 * @param {string} path
 * @param {Record<string, any>} parameters
 */
export function address(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
