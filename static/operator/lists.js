/** Long lists: what narrows them, and their pages. Both stand in the address, so Back works. */

import { address } from "./api.js";
import { Empty, Loaded } from "./loaded.js";
import { html } from "./markup.js";
import { to } from "./routes.js";

/** `fields`: [{name, label, kind}]; `kind` as of an input: "date", "checkbox"; else words. */
export function Filters({ view, fields, query }) {
  const narrow = (event) => {
    event.preventDefault();
    location.hash = to([view], Object.fromEntries(new FormData(event.currentTarget)));
  };
  const narrowed = fields.some(({ name }) => query[name]);
  return html`
    <form class="filters" role="search" aria-label="Narrow the list" onSubmit=${narrow} key=${JSON.stringify(query)}>
      ${fields.map(({ name, label, kind = "text" }) => (kind === "checkbox"
        ? html`<label key=${name} class="tick"><input name=${name} type=${kind} value="true" defaultChecked=${query[name] === "true"} />${label}</label>`
        : html`<label key=${name}>${label}<input name=${name} type=${kind} defaultValue=${query[name] ?? ""} /></label>`))}
      <button type="submit">Narrow</button>
      ${narrowed && html`<a class="button" href=${to([view])}>Show all</a>`}
    </form>`;
}

/** A page of the list at `path`; `children(items)` shows it, `empty` says why there may be none. */
export function Paged({ path, view, query, empty, children }) {
  return html`
    <${Loaded} paths=${[address(path, asked(query))]}>${([page]) => html`
      ${page.items.length === 0 ? html`<${Empty}>${empty}<//>` : children(page.items)}
      ${(page.next || query.cursor) && html`
        <nav class="pager" aria-label="Pages">
          ${query.cursor && html`<a class="button" href=${to([view], { ...query, cursor: "" })}>Newest</a>`}
          ${page.next && html`<a class="button" href=${to([view], { ...query, cursor: page.next })}>Older</a>`}
        </nav>`}`}<//>`;
}

/** Days as the reader means them are moments to the server. */
function asked({ since, until, ...others }) {
  const next = until && new Date(`${until}T00:00`);
  if (next) next.setDate(next.getDate() + 1);
  return {
    ...others,
    since: since && new Date(`${since}T00:00`).toISOString(),
    until: next && next.toISOString(),
  };
}
