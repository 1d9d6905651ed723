// A microphone that hisses, and on which a test makes sounds: `make("hum")`, steady and low, or
// `make("call")`, which rises; 0.9 s each.
const RATE = 48_000;
const LONG_S = 0.9;
const devices = navigator.mediaDevices ?? {}; // a blank page has none
const lend = devices.getUserMedia?.bind(devices);
devices.getUserMedia = async (wishes) => {
  const stream = await lend(wishes);
  if (!wishes.audio) return stream;
  for (const track of stream.getAudioTracks()) {
    stream.removeTrack(track);
    track.stop();
  }
  const context = new AudioContext({ sampleRate: RATE });
  const out = context.createMediaStreamDestination();
  const play = (samples, loop) => {
    const buffer = context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    source.connect(out);
    source.start();
  };
  play(Float32Array.from({ length: 2 * RATE }, () => (Math.random() - 0.5) / 500), true);
  window.make = (kind) => play(voiced(kind), false);
  stream.addTrack(out.stream.getAudioTracks()[0]);
  return stream;
};

function voiced(kind) {
  let phase = 0;
  return Float32Array.from({ length: LONG_S * RATE }, (_, index) => {
    const t = index / RATE;
    phase += (2 * Math.PI * (kind === "hum" ? 160 : 160 + 500 * (t / LONG_S) ** 2)) / RATE;
    let wave = 0;
    for (let n = 1; n < 8; n++) wave += Math.sin(n * phase) / n;
    return 0.25 * wave * Math.min(1, t / 0.08, (LONG_S - t) / 0.08);
  });
}
