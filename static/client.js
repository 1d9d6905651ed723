/** What calls, for the records: facts that help to understand a call, and no more. */

/** @param {MediaStreamTrack | null} microphone @param {MediaStreamTrack | null} camera */
export function clientFacts(microphone, camera) {
  /** @type {any} Chromium alone has it. */
  const agent = Reflect.get(navigator, "userAgentData");
  const sound = microphone?.getSettings() ?? {};
  const picture = camera?.getSettings() ?? {};
  return {
    browser: agent?.brands?.map((/** @type {any} */ { brand, version }) => `${brand} ${version}`).join(", ") ?? navigator.userAgent,
    platform: agent?.platform ?? navigator.platform,
    mobile: agent?.mobile ?? null,
    language: navigator.language,
    screen: `${screen.width}x${screen.height}`,
    window: `${innerWidth}x${innerHeight}`,
    pixel_ratio: devicePixelRatio,
    cores: navigator.hardwareConcurrency ?? null,
    microphone: microphone?.label ?? null,
    microphone_rate: sound.sampleRate ?? null,
    echo_cancellation: sound.echoCancellation ?? null,
    noise_suppression: sound.noiseSuppression ?? null,
    camera: camera?.label ?? null,
    camera_size: camera ? `${picture.width}x${picture.height}` : null,
    camera_fps: picture.frameRate ?? null,
  };
}
