/** Markup in template literals. Values become text or attributes, never markup: nothing is parsed. */

import { Component, h } from "../vendor/preact.mjs";
import htm from "../vendor/htm.mjs";

export { Component, createRef, render } from "../vendor/preact.mjs";

export const html = htm.bind(h);

/** Shows `children(width)`, drawn anew whenever the room it is given changes; px. */
export class Sized extends Component {
  state = { width: 0 };

  componentDidMount() {
    this.watch = new ResizeObserver(([{ contentRect }]) => this.setState({ width: Math.floor(contentRect.width) }));
    this.watch.observe(this.place);
  }

  componentWillUnmount() {
    this.watch?.disconnect();
  }

  render({ children }, { width }) {
    return html`<div class="sized" ref=${(place) => (this.place = place)}>${width > 0 && children(width)}</div>`;
  }
}
