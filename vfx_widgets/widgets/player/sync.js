const DEFAULT_RATE = 24; // frames per second; what the service makes
const FRAME_RATES = [24, 25, 30, 48, 50, 60, 90, 100, 120]; // per second
const MAX_NUDGE = 2; // frames; up to this lead the speed of the reference is changed, and the result plays as it is
const MAX_SLOW = 8; // frames; up to this lead the one ahead plays slower, beyond it is held
const MAX_HOLD = 48; // frames; up to this lead the one ahead is held, beyond it the reference seeks
const GAIN = 4; // per second: the part of the lead that a change of speed removes

/**
 * @param {{currentTime: number}} reference
 * @param {{currentTime: number, duration: number, loop: boolean, paused: boolean}} result
 * @returns {number} Seconds that the reference is ahead. In a loop the end and the start are neighbours.
 */
export function leadOf(reference, { currentTime, duration, loop, paused }) {
  const apart = reference.currentTime - currentTime;
  const isAround = loop && !paused && Math.abs(apart) > duration / 2 && reference.currentTime <= duration;
  return isAround ? apart - Math.sign(apart) * duration : apart;
}

/**
 * Neither is made to decode faster than it is by more than a little, so that a busy machine can catch up: a seek would
 * cost it more than it wins.
 *
 * @param {number} lead Seconds that the reference is ahead.
 * @param {number} frame Seconds.
 * @returns {[result: number, reference: number]} Multiples of the chosen speed that bring the two together; 0 holds.
 */
export function correctiveRates(lead, frame) {
  const frames = Math.abs(lead) / frame;
  // A tenth of a frame apart is seen as another frame a tenth of the time, so only very little is left alone.
  if (frames < 1 / 16 || needsSeek(lead, frame)) return [1, 1];
  if (frames <= MAX_NUDGE) return [1, 1 - lead * GAIN];
  const slow = frames <= MAX_SLOW ? 0.5 : 0;
  return lead > 0 ? [1, slow] : [slow, 1];
}

/** @param {number} lead @param {number} frame Both in seconds. */
export function needsSeek(lead, frame) {
  return Math.abs(lead) > MAX_HOLD * frame;
}

/**
 * @param {number} frame Duration of a frame as known so far, in seconds.
 * @param {number} step Seconds between two frames that were shown.
 * @returns {number} The duration of a frame: shorter where the video has more frames per second.
 */
export function refineFrame(frame, step) {
  const rate = FRAME_RATES.find((each) => Math.abs(step * each - 1) < 0.015);
  return rate ? Math.min(frame, 1 / rate) : frame;
}

/** @param {number} time Seconds. @param {number} frame Seconds. @returns {number} From 0. */
export const frameAt = (time, frame) => Math.floor(time / frame + 1e-3);

/** @param {number} duration @param {number} frame Both in seconds. */
export const countFrames = (duration, frame) => Math.max(1, Math.round((duration || 0) / frame));

/**
 * @param {number} number Of a frame, from 0; those before the first are counted from the last.
 * @param {number} duration
 * @param {number} frame Both in seconds.
 * @returns {number} The middle of the frame, in seconds.
 */
export function timeOfFrame(number, duration, frame) {
  const frames = countFrames(duration, frame);
  return (((number % frames) + frames) % frames) * frame + frame / 2;
}

/**
 * Keeps the reference at the same frame as the result. Both hold the same moments, so the result's clock leads.
 *
 * @param {HTMLVideoElement} result
 * @param {HTMLVideoElement} reference
 * @param {number} frameRate Frames per second; 0 where it is not known.
 * @param {() => void} onTime Called with each frame shown, and after each seek.
 * @param {AbortSignal} signal Ends it.
 */
export function syncPlayback(result, reference, frameRate, onTime, signal) {
  let rate = 1;
  let lastTime = 0;
  let frame = 1 / (frameRate || DEFAULT_RATE);
  let target = /** @type {number | null} */ (null); // seconds; where both shall go when they have arrived

  const setRates = (/** @type {number[]} */ factors) => {
    [result, reference].forEach((video, index) => {
      const wanted = rate * factors[index];
      if (video.playbackRate !== wanted) video.playbackRate = wanted;
    });
  };
  const areSeeking = () => result.seeking || (reference.seeking && reference.readyState > 0);
  const clampToReference = (/** @type {number} */ time) => Math.min(time, reference.duration || time);

  /** Both go to the same moment at once, and on only when both have arrived: then neither shows another frame. */
  const goToTarget = () => {
    if (target === null || areSeeking()) return;
    result.currentTime = target;
    if (reference.readyState) reference.currentTime = clampToReference(target);
    target = null;
  };

  const follow = () => {
    if (reference.readyState < 2) return;
    if (result.paused) {
      if (!reference.paused) reference.pause();
      const apart = Math.abs(reference.currentTime - clampToReference(result.currentTime));
      if (target === null && !areSeeking() && apart > frame / 4)
        reference.currentTime = clampToReference(result.currentTime);
      return;
    }
    const lead = leadOf(reference, result);
    if (reference.paused && !reference.seeking) reference.play().catch(() => {});
    if (needsSeek(lead, frame) && !reference.seeking) reference.currentTime = clampToReference(result.currentTime);
    // Both loop by themselves, so that neither stops at the end and they stay together.
    setRates(reference.loop || !reference.ended ? correctiveRates(lead, frame) : [1, 1]);
  };

  const update = () => {
    if (signal.aborted) return;
    goToTarget();
    follow();
    onTime();
  };

  /** @param {number} time Seconds. */
  const seek = (time) => {
    target = time;
    goToTarget();
    onTime();
  };
  const position = () => target ?? result.currentTime;

  // Paused between two frames, one video might show the earlier and the other the later.
  const alignPaused = () => {
    if (target !== null || result.seeking || !result.duration) return;
    const isShown = Math.abs(lastTime - result.currentTime) < 2 * frame;
    seek(timeOfFrame(frameAt(isShown ? lastTime : result.currentTime, frame), result.duration, frame));
  };

  /** @type {VideoFrameRequestCallback} */
  const onFrame = (_now, { mediaTime }) => {
    if (!frameRate) frame = refineFrame(frame, mediaTime - lastTime);
    lastTime = mediaTime;
    update();
    if (!signal.aborted) result.requestVideoFrameCallback(onFrame);
  };
  const onReferenceFrame = () => {
    if (result.playbackRate === 0) update(); // the result is held, and shows no frame
    if (!signal.aborted) reference.requestVideoFrameCallback(onReferenceFrame);
  };
  if ("requestVideoFrameCallback" in result) {
    result.requestVideoFrameCallback(onFrame);
    reference.requestVideoFrameCallback(onReferenceFrame);
  }
  result.addEventListener("pause", alignPaused, { signal });
  for (const event of ["timeupdate", "seeking", "seeked", "play", "pause", "loadedmetadata"])
    result.addEventListener(event, update, { signal });
  for (const event of ["loadeddata", "seeked", "timeupdate"]) reference.addEventListener(event, update, { signal });

  return {
    /** @param {number} value 1 for the normal speed. */
    setRate(value) {
      rate = value;
      setRates([1, 1]);
    },
    seek,
    /** The moment on show, or the one that is being sought, in seconds. */
    position,
    /** Number of the frame at the moment, and of all frames. */
    frames: () => {
      const count = countFrames(result.duration, frame);
      return { number: Math.min(frameAt(position(), frame), count - 1), count };
    },
    /** Pauses and goes to the middle of a frame, so that both show the same one. @param {number} number From 0. */
    showFrame(number) {
      result.pause();
      seek(timeOfFrame(number, result.duration, frame));
    },
  };
}
