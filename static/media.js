/** The caller's microphone and camera, and plain words for why there is none. */

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 30 }, facingMode: "user" };

/** @typedef {"audio" | "video"} Kind */

/** @type {Record<Kind, string>} */
const NAMES = { audio: "microphone", video: "camera" };
/** @type {Record<Kind, string>} */
const INSTEAD = {
  audio: "You can type to talk, and you will hear the answers.",
  video: "The call goes on without it.",
};

export class Media {
  /** `instead`: what goes on without a microphone ("audio") or a camera ("video"), as sentences. */
  constructor(instead = INSTEAD) {
    this.instead = instead;
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
  }

  /**
   * Ask for what the call can use: both in one question where the browser can, then what is left.
   * Gives sentences for what could not be had; never raises.
   * @param {boolean} withCamera
   */
  async open(withCamera) {
    if (!navigator.mediaDevices?.getUserMedia) {
      return ["Browsers lend microphone and camera only to pages opened with https. " + this.instead.audio];
    }
    /** @type {string[]} */
    const problems = [];
    if (withCamera && !live(this.microphone) && !live(this.camera)) {
      try {
        this.#take(await navigator.mediaDevices.getUserMedia({ audio: SOUND, video: PICTURE }));
      } catch {
        // One of the two is the matter; asked for one by one, each says what.
      }
    }
    if (!live(this.microphone)) await this.#one("audio", SOUND, problems);
    return withCamera ? [...problems, ...(await this.openCamera())] : problems;
  }

  /** Ask for the camera alone, as `open` does. */
  async openCamera() {
    /** @type {string[]} */
    const problems = [];
    if (!live(this.camera)) await this.#one("video", PICTURE, problems);
    return problems;
  }

  /** Let go of the camera, so that its light goes out. */
  closeCamera() {
    this.camera?.stop();
    this.camera = null;
  }

  close() {
    this.microphone?.stop();
    this.microphone = null;
    this.closeCamera();
  }

  /** @param {Kind} kind @param {MediaTrackConstraints} wishes @param {string[]} problems */
  async #one(kind, wishes, problems) {
    try {
      this.#take(await navigator.mediaDevices.getUserMedia({ [kind]: wishes }));
    } catch (error) {
      problems.push(`${why(error, NAMES[kind])} ${this.instead[kind]}`);
    }
  }

  /** @param {MediaStream} stream */
  #take(stream) {
    this.microphone = stream.getAudioTracks()[0] ?? this.microphone;
    this.camera = stream.getVideoTracks()[0] ?? this.camera;
  }
}

/** @param {MediaStreamTrack | null} track */
export function live(track) {
  return track?.readyState === "live";
}

/**
 * What a browser's refusal means.
 * @param {{ name: string }} error
 * @param {string} device
 */
export function why(error, device) {
  switch (error.name) {
    case "NotAllowedError":
      return `Your browser did not let this page use the ${device}; you can change that in its settings for this page.`;
    case "NotFoundError":
      return `No ${device} was found.`;
    case "NotReadableError":
    case "AbortError":
      return `The ${device} can't be started; another program may be using it.`;
    case "OverconstrainedError":
      return `The ${device} can't do what a call needs.`;
    default:
      return `The ${device} can't be used here (${error.name}).`;
  }
}
