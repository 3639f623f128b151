const USUAL_FRAME = 1 / 24; // seconds; what the service makes

/**
 * Keeps the source in step with the result. Both hold the same moments, so the result's clock is the only one.
 *
 * @param {HTMLVideoElement} result
 * @param {HTMLVideoElement} source
 * @param {() => void} onTime Called with each frame shown, and after each seek.
 */
export function inStep(result, source, onTime) {
  let rate = 1;
  let last = 0;
  let frame = USUAL_FRAME;
  let stopped = false;
  const hasSource = () => source.readyState >= 2;

  /** Where the two have come apart, brings the source back: by a nudge of its speed, or by a jump. */
  function follow() {
    if (!hasSource()) return;
    const apart = source.currentTime - result.currentTime;
    if (result.paused || result.seeking) {
      if (!source.paused) source.pause();
      if (Math.abs(apart) > frame / 4 && !source.seeking) source.currentTime = result.currentTime;
      return;
    }
    if (source.paused && !source.seeking) source.play().catch(() => {});
    if (Math.abs(apart) > 6 * frame) {
      if (!source.seeking) source.currentTime = result.currentTime;
      source.playbackRate = rate;
    } else {
      source.playbackRate = rate * (Math.abs(apart) < frame / 3 ? 1 : Math.max(0.5, Math.min(1.5, 1 - apart * 3)));
    }
  }

  /** @param {number} _now @param {{mediaTime: number}} shown */
  function onFrame(_now, shown) {
    const step = shown.mediaTime - last;
    if (step > 1 / 130 && step < frame * 0.75) frame = step; // finer than thought: 30 or 60 frames a second
    last = shown.mediaTime;
    follow();
    onTime();
    if (!stopped) result.requestVideoFrameCallback(onFrame);
  }

  const both = () => {
    follow();
    onTime();
  };
  if ("requestVideoFrameCallback" in result) result.requestVideoFrameCallback(onFrame);
  const events = ["timeupdate", "seeking", "seeked", "play", "pause", "loadedmetadata"];
  for (const event of events) result.addEventListener(event, both);
  source.addEventListener("loadeddata", both);
  source.addEventListener("seeked", both);

  return {
    /** @param {number} value 1 is the speed as filmed. */
    setRate(value) {
      rate = value;
      result.playbackRate = value;
      source.playbackRate = value;
    },
    /** Pauses and goes to the middle of a frame, so that both show the very same one. @param {1|-1} direction */
    step(direction) {
      result.pause();
      const frames = Math.max(1, Math.round(result.duration / frame));
      const now = Math.floor(result.currentTime / frame + 1e-3);
      result.currentTime = (((now + direction + frames) % frames) + 0.5) * frame;
    },
    stop() {
      stopped = true;
      for (const event of events) result.removeEventListener(event, both);
    },
  };
}
