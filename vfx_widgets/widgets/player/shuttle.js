/** @import { syncPlayback } from "./sync.js" */

const MAX_SPEED = 2; // two 1080p videos at a higher one are too much for many machines

/**
 * @param {number} speed Multiple of the normal speed; negative backwards, 0 while paused.
 * @param {1 | -1} direction
 * @returns {number} The speed after J (backwards) or L (forwards): pressed again, it is doubled.
 */
export function nextSpeed(speed, direction) {
  const isSame = Math.sign(speed) === direction;
  return isSame ? direction * Math.min(MAX_SPEED, Math.abs(speed) * 2) : direction;
}

/**
 * Plays forwards and backwards. Browsers play no video backwards, so the frames are sought one after the other.
 *
 * @param {HTMLVideoElement} result
 * @param {ReturnType<typeof syncPlayback>} playback
 * @param {(speed: number) => void} setSpeed Called with the speed of forward playback.
 * @param {AbortSignal} signal Ends it.
 */
export function createShuttle(result, playback, setSpeed, signal) {
  let backwards = 0;
  let isForwards = false;
  result.addEventListener("play", () => (backwards = 0), { signal });
  result.addEventListener("pause", () => (isForwards = false), { signal });

  /** @param {number} speed */
  const playBackwards = (speed) => {
    const wasRunning = backwards !== 0;
    backwards = speed;
    result.pause();
    if (wasRunning) return;
    let time = playback.position();
    let last = performance.now();
    const go = (/** @type {number} */ now) => {
      if (!backwards || signal.aborted) return;
      time += (backwards * Math.max(0, now - last)) / 1000;
      if (time < 0) time += result.duration || 0;
      last = now;
      playback.seek(Math.max(0, time));
      requestAnimationFrame(go);
    };
    requestAnimationFrame(go);
  };

  /** @param {1 | -1} direction */
  const shuttle = (direction) => {
    const speed = nextSpeed(backwards || (isForwards ? result.playbackRate || 1 : 0), direction);
    if (speed < 0) return playBackwards(speed);
    setSpeed(speed);
    result.play().then(
      () => (isForwards = true),
      () => {},
    );
  };

  /** Stops playing backwards. @returns {boolean} Whether it did. */
  const stop = () => {
    const wasRunning = backwards !== 0;
    backwards = 0;
    return wasRunning;
  };

  return {
    shuttle,
    stop,
    isBackwards: () => backwards !== 0,
    toggle() {
      const { number } = playback.frames();
      if (stop()) playback.showFrame(number);
      else if (result.paused) result.play().catch(() => {});
      else result.pause();
    },
  };
}
