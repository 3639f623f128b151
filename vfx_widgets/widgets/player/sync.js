const USUAL_FRAME = 1 / 24; // seconds; what the service makes
const FAR = 8; // frames; up to here a nudge is quicker than a jump, and not seen
const EAGERNESS = 4; // a second: how much of being apart a nudge takes away

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

  /** How far the source is ahead, in seconds. Where they loop, the end and the start are neighbours. */
  function lead() {
    const apart = source.currentTime - result.currentTime;
    const turn = result.loop && !result.paused && Math.abs(apart) > result.duration / 2;
    return turn ? apart - Math.sign(apart) * result.duration : apart;
  }

  /** Where the two have come apart, brings the source back: by a nudge of its speed, or by a jump. */
  function follow() {
    if (!hasSource()) return;
    const apart = lead();
    if (result.paused) {
      if (!source.paused) source.pause();
      if (Math.abs(apart) > frame / 4 && !source.seeking) source.currentTime = result.currentTime;
      return;
    }
    if (source.paused && !source.seeking) source.play().catch(() => {});
    if (Math.abs(apart) > FAR * frame && !source.seeking) source.currentTime = result.currentTime;
    // Half a frame apart is seen as another frame half of the time, so what is left alone is small. At the end both
    // loop by themselves: neither is stopped there, and they stay together.
    const nudge = Math.abs(apart) < frame / 6 || Math.abs(apart) > FAR * frame ? 0 : apart * EAGERNESS;
    source.playbackRate = rate * Math.max(0.5, Math.min(1.5, 1 - nudge));
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
