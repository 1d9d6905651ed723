/** What the page's address says: /?as=PERSON#token=SECRET&open */

const said = new URLSearchParams(location.hash.slice(1));
const token = said.get("token");

/** An invitation, for servers that ask for one. @type {Record<string, string>} */
export const HEADERS = token ? { Authorization: `Bearer ${token}` } : {};

/** On whose behalf somebody calls who is signed in; null: their own. */
export const AS = new URLSearchParams(location.search).get("as");

/** A stand's own screen: the line is always open. */
export const OPEN = said.has("open");
