/** The small parts that every screen of this page is made of. */

import { html } from "../operator/markup.js";

export { Component, createRef, html, render } from "../operator/markup.js";

/** A drawing from the page's own sheet; it is never the only name of a thing. */
export function Icon({ name }) {
  return html`<svg class="icon" aria-hidden="true"><use href=${`#i-${name}`} /></svg>`;
}

/** A large button: a drawing and a word. */
export function Big({ icon, kind = "", children, ...rest }) {
  return html`<button type="button" class=${`big ${kind}`} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}<span>${children}</span></button>`;
}

/** One of a few things, all of them in sight; `choices`: [[value, word, icon]]. */
export function Choice({ name, choices, value, choose }) {
  return html`<div class="choice" role="group" aria-label=${name}>
    ${choices.map(([one, word, icon]) => html`
      <button type="button" key=${one} aria-pressed=${String(one === value)} onClick=${() => choose(one)}>
        ${icon && html`<${Icon} name=${icon} />`}<span>${word}</span></button>`)}
  </div>`;
}

/** What went wrong, at once and for screen readers, too; nothing for "". */
export function Warning({ children }) {
  return children ? html`<p class="warning" role="alert">${children}</p>` : null;
}
