/** How the call is, and the one button that is needed then; its children, once it can be used. */

import { Big, Warning, html } from "./markup.js";

/** `open()`: call. `first`: what the button says before there was a call. */
export function Connection({ line, open, first, icon = "camera", children }) {
  const problems = line.problems.map((one) => html`<${Warning} key=${one}>${one}<//>`);
  const again = () => {
    line.close();
    open();
  };
  if (line.state === "on") {
    return html`${problems}
      ${problems.length > 0 && html`<button type="button" onClick=${again}>Try again</button>`}
      ${(line.camera || line.microphone) && children}`;
  }
  if (line.state === "calling") return html`<p class="waiting" role="status">One moment… Your browser may ask for the camera and the microphone.</p>`;
  return html`${problems}<${Warning}>${line.trouble}<//>
    <${Big} kind="strong" icon=${icon} onClick=${open}>${line.state === "lost" ? "Go on" : first}<//>`;
}
