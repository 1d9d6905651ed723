/** The own picture, mirrored, with what is seen of it; without a camera, how loud it is. */

import { Component, html, Icon } from "./markup.js";
import { Meter } from "./meter.js";
import { Skeleton } from "./skeleton.js";

const DRAW_MS = 80;

export class Stage extends Component {
  state = { lost: [] };
  skeleton = new Skeleton();

  componentDidMount() {
    this.props.line.addEventListener("skeleton", this.seen);
    this.timer = setInterval(this.draw, DRAW_MS);
  }

  componentWillUnmount() {
    this.props.line.removeEventListener("skeleton", this.seen);
    clearInterval(this.timer);
  }

  seen = ({ detail }) => this.skeleton.take(detail);

  draw = () => {
    if (!this.canvas || !this.video?.videoWidth) return;
    if (this.canvas.width !== this.video.videoWidth) this.canvas.width = this.video.videoWidth;
    if (this.canvas.height !== this.video.videoHeight) this.canvas.height = this.video.videoHeight;
    this.skeleton.draw(this.canvas);
    const lost = this.skeleton.lost();
    if (lost.join() !== this.state.lost.join()) this.setState({ lost });
  };

  show = (video) => {
    this.video = video;
    const { camera } = this.props.line;
    if (video && video.srcObject?.getVideoTracks()[0] !== camera) video.srcObject = new MediaStream([camera]);
  };

  render({ line, modality, recording, children }, { lost }) {
    const seen = modality === "gesture" && line.camera;
    return html`
      <section class=${`stage ${recording ? "recording" : ""}`} aria-label="What the camera sees">
        ${line.camera
          ? html`<video ref=${this.show} playsinline autoplay muted aria-hidden="true" class="mirrored"></video>`
          : html`<div class="dark"><${Icon} name=${modality === "audio" ? "sound" : "camera"} /></div>`}
        ${seen && html`<canvas class="mirrored" ref=${(canvas) => (this.canvas = canvas)} aria-hidden="true"></canvas>`}
        ${modality === "audio" && line.microphone && html`<${Meter} track=${line.microphone} />`}
        ${seen && line.state === "on" && lost.length > 0 && html`<ul class="lost">${lost.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
        ${children}
      </section>`;
  }
}
