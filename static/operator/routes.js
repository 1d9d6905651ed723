/** Where in the page one is: "#/sessions/ID/TURN?user=…" as {parts, query}, and back. */

import { address } from "./api.js";

/** @returns {{ parts: string[], query: Record<string, string> }} */
export function here() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return {
    parts: path.split("/").filter(Boolean).map(decodeURIComponent),
    query: Object.fromEntries(new URLSearchParams(query ?? "")),
  };
}

/**
 * The address of a view, for a link.
 * @param {string[]} parts
 * @param {Record<string, any>} [query]
 */
export function to(parts, query = {}) {
  return address(`#/${parts.map(encodeURIComponent).join("/")}`, query);
}
