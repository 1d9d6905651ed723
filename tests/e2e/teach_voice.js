// A microphone that a test plays, on top of a hiss: `make(samples)` at 48 kHz, numbers from -1 to 1.
const devices = navigator.mediaDevices ?? {}; // a blank page has none
const lend = devices.getUserMedia?.bind(devices);
devices.getUserMedia = async (wishes) => {
  const stream = await lend(wishes);
  if (!wishes.audio) return stream;
  for (const track of stream.getAudioTracks()) {
    stream.removeTrack(track);
    track.stop();
  }
  const context = new AudioContext({ sampleRate: 48_000 });
  const out = context.createMediaStreamDestination();
  const sound = (samples, loop) => {
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(Float32Array.from(samples), 0);
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    source.connect(out);
    source.start();
  };
  sound(Array.from({ length: 96_000 }, () => (Math.random() - 0.5) / 500), true);
  window.make = (samples) => sound(samples, false);
  stream.addTrack(out.stream.getAudioTracks()[0]);
  return stream;
};
