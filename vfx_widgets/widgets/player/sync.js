const DEFAULT_FRAME = 1 / 24; // seconds; what the service makes
const SHORTEST_FRAME = 1 / 130; // seconds
const MAX_NUDGE = 8; // frames; up to this lead a change of speed is quicker than a seek, and not seen
const GAIN = 4; // per second: the part of the lead that a change of speed removes

/**
 * @param {{currentTime: number}} reference
 * @param {{currentTime: number, duration: number, loop: boolean, paused: boolean}} result
 * @returns {number} Seconds that the reference is ahead. In a loop the end and the start are neighbours.
 */
export function leadOf(reference, { currentTime, duration, loop, paused }) {
  const apart = reference.currentTime - currentTime;
  const isAround = loop && !paused && Math.abs(apart) > duration / 2;
  return isAround ? apart - Math.sign(apart) * duration : apart;
}

/**
 * @param {number} lead Seconds that the reference is ahead.
 * @param {number} frame Seconds.
 * @returns {number} The speed of the reference, as a multiple of the result's, that brings the two together.
 */
export function correctiveRate(lead, frame) {
  // Half a frame apart is seen as another frame half of the time, so only very little is left alone.
  const isNegligible = Math.abs(lead) < frame / 6;
  if (isNegligible || needsSeek(lead, frame)) return 1;
  return Math.max(0.5, Math.min(1.5, 1 - lead * GAIN));
}

/** @param {number} lead @param {number} frame Both in seconds. */
export function needsSeek(lead, frame) {
  return Math.abs(lead) > MAX_NUDGE * frame;
}

/**
 * @param {number} frame Duration of a frame as known so far, in seconds.
 * @param {number} step Seconds between two frames that were shown.
 * @returns {number} The duration of a frame: shorter where the video has 30 or 60 frames per second.
 */
export function refineFrame(frame, step) {
  return step > SHORTEST_FRAME && step < frame * 0.75 ? step : frame;
}

/**
 * @param {{currentTime: number, duration: number}} video
 * @param {number} frame Seconds.
 * @param {1 | -1} direction
 * @returns {number} The middle of the next or previous frame, in seconds; the last and the first are neighbours.
 */
export function timeOfStep({ currentTime, duration }, frame, direction) {
  const frames = Math.max(1, Math.round(duration / frame));
  const current = Math.floor(currentTime / frame + 1e-3);
  return (((current + direction + frames) % frames) + 0.5) * frame;
}

/**
 * Keeps the reference at the same frame as the result. Both hold the same moments, so the result's clock leads.
 *
 * @param {HTMLVideoElement} result
 * @param {HTMLVideoElement} reference
 * @param {() => void} onTime Called with each frame shown, and after each seek.
 * @param {AbortSignal} signal Ends it.
 */
export function syncPlayback(result, reference, onTime, signal) {
  let rate = 1;
  let lastTime = 0;
  let frame = DEFAULT_FRAME;

  const follow = () => {
    if (reference.readyState < 2) return;
    const lead = leadOf(reference, result);
    if (result.paused) {
      if (!reference.paused) reference.pause();
      if (Math.abs(lead) > frame / 4 && !reference.seeking) reference.currentTime = result.currentTime;
      return;
    }
    if (reference.paused && !reference.seeking) reference.play().catch(() => {});
    if (needsSeek(lead, frame) && !reference.seeking) reference.currentTime = result.currentTime;
    // Both loop by themselves, so that neither stops at the end and they stay together.
    reference.playbackRate = rate * correctiveRate(lead, frame);
  };

  /** @type {VideoFrameRequestCallback} */
  const onFrame = (_now, { mediaTime }) => {
    frame = refineFrame(frame, mediaTime - lastTime);
    lastTime = mediaTime;
    update();
    if (!signal.aborted) result.requestVideoFrameCallback(onFrame);
  };

  const update = () => {
    follow();
    onTime();
  };
  if ("requestVideoFrameCallback" in result) result.requestVideoFrameCallback(onFrame);
  for (const event of ["timeupdate", "seeking", "seeked", "play", "pause", "loadedmetadata"])
    result.addEventListener(event, update, { signal });
  for (const event of ["loadeddata", "seeked"]) reference.addEventListener(event, update, { signal });

  return {
    /** @param {number} value 1 for the normal speed. */
    setRate(value) {
      rate = value;
      result.playbackRate = value;
      reference.playbackRate = value;
    },
    /** Pauses and goes to the middle of a frame, so that both show the same one. @param {1 | -1} direction */
    step(direction) {
      result.pause();
      result.currentTime = timeOfStep(result, frame, direction);
    },
  };
}
