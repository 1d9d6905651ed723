/** What calls, for the records: facts that help to understand a call, and no more. */

/** @param {MediaStreamTrack | null} microphone @param {MediaStreamTrack | null} camera */
export function clientFacts(microphone, camera) {
  /** @type {any} Chromium alone has it. */
  const agent = Reflect.get(navigator, "userAgentData");
  const brands = browserBrands(agent?.brands ?? []);
  const sound = microphone?.getSettings() ?? {};
  const picture = camera?.getSettings() ?? {};
  return {
    browser: brands || navigator.userAgent,
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

/**
 * Without the one that browsers make up ("Not:A-Brand"), so that nobody relies on the list.
 * @param {{ brand: string, version: string }[]} brands
 */
export function browserBrands(brands) {
  return brands
    .filter(({ brand }) => !/\bNot(?![a-z])/.test(brand))
    .map(({ brand, version }) => `${brand} ${version}`)
    .join(", ");
}
