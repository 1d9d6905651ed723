// Runs in the page: records what is seen and heard, each with its moment on performance.now().
() => {
  const video = document.getElementById("persona");
  const found = { frames: [], chunks: [], marks: [], now: [] };
  window.probed = found;

  const canvas = new OffscreenCanvas(288, 288);
  const pen = canvas.getContext("2d");
  const shown = new Map(); // by media time: when that picture was to be on the screen
  const look = (now, { expectedDisplayTime, mediaTime }) => {
    video.requestVideoFrameCallback(look);
    shown.set(Math.round(mediaTime * 1000), expectedDisplayTime);
    // On a busy machine the video may be further on by now: the picture says which one it is.
    const picture = new VideoFrame(video);
    const at = shown.get(Math.round(picture.timestamp / 1000));
    if (at !== undefined) {
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const kept = { at };
      found.frames.push(kept);
      canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 }).then(async (blob) => {
        kept.jpeg = base64(new Uint8Array(await blob.arrayBuffer()));
      });
    } else {
      found.strays = (found.strays ?? 0) + 1;
    }
    picture.close();
  };
  video.requestVideoFrameCallback(look);

  // The track's samples as the player gets them; their timestamps run on a clock of their own.
  let lag = Infinity; // ms from a timestamp to the quickest arrival of its sound
  const listen = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value: sound, done } = await reader.read();
      if (done) return;
      lag = found.lag = Math.min(lag, performance.now() - sound.timestamp / 1000);
      const pcm = new Int16Array(sound.numberOfFrames);
      sound.copyTo(pcm, { planeIndex: 0, format: "s16-planar" });
      found.chunks.push({
        at: sound.timestamp / 1e6,
        rate: sound.sampleRate,
        pcm: base64(new Uint8Array(pcm.buffer)),
      });
      sound.close();
    }
  };
  listen(video.srcObject.getAudioTracks()[0]);

  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.classList?.contains("now")) found.now.push(target.textContent);
      if (target.classList?.contains("said") && !target.markedAt) {
        target.markedAt = performance.now();
        found.marks.push({ at: target.markedAt, word: target.textContent });
      }
    }
  }).observe(document.getElementById("captions"), { subtree: true, attributeFilter: ["class"] });

  function base64(bytes) {
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return btoa(text);
  }
}
