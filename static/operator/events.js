/** What happened in a call, in order, as it is kept for a replay. */

import { html } from "./markup.js";
import { length } from "./words.js";

export function Events({ events }) {
  return html`
    <div class="wide"><table class="events">
      <thead><tr><th scope="col" class="number">At</th><th scope="col">Event</th><th scope="col">Payload</th></tr></thead>
      <tbody>${events.map((one) => html`
        <tr key=${one.event_id}><td class="number">${length(one.at_ms)}</td><th scope="row">${one.event_type}</th>
          <td><code>${JSON.stringify(one.payload)}</code></td></tr>`)}</tbody>
    </table></div>`;
}
