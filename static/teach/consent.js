/** Whether recordings may be kept: one large switch, and what that means. */

import { html } from "./markup.js";

export function Consent({ consent, agree }) {
  return html`
    <div class="consent">
      <h2 id="may">May the recordings be kept?</h2>
      <button type="button" class="switch" role="switch" aria-checked=${String(consent)} aria-labelledby="may" aria-describedby="may-more"
        onClick=${() => agree({ consent: !consent })}><i aria-hidden="true"></i><span>${consent ? "Yes, keep them" : "No"}</span></button>
      <p id="may-more" class="soft">Kept are the points of the body and hands, and the sound. No
        pictures. You can say no again at any time; then what was kept of this call is deleted.</p>
    </div>`;
}
