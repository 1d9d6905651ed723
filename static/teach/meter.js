/** How loud the own microphone is, as a bar. */

import { Component, html } from "./markup.js";

const EVERY_MS = 60;
const SAMPLES = 2048;
const QUIET_DB = -60;

export class Meter extends Component {
  componentDidMount() {
    this.sound = new AudioContext();
    this.sound.resume().catch(() => {});
    const analyser = this.sound.createAnalyser();
    analyser.fftSize = SAMPLES;
    this.sound.createMediaStreamSource(new MediaStream([this.props.track])).connect(analyser);
    const samples = new Float32Array(SAMPLES);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, one) => sum + one * one, 0) / SAMPLES;
      this.bar.value = Math.max(0, 1 - (10 * Math.log10(power + 1e-9)) / QUIET_DB);
    }, EVERY_MS);
  }

  componentWillUnmount() {
    clearInterval(this.timer);
    this.sound?.close().catch(() => {});
  }

  render() {
    return html`<meter class="loudness" min="0" max="1" ref=${(bar) => (this.bar = bar)} aria-label="How loud it is"></meter>`;
  }
}
