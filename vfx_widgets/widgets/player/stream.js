import { onAbort } from "../shared/model.js";
import { join, makeFragment, makeHeader, mediaType } from "./fragments.js";
import { readIndex } from "./mp4_index.js";

/**
 * @import { PartialFile } from "./receive_file.js"
 * @import { Index } from "./mp4_index.js"
 */

const MARGIN = 1.25; // a connection may become slower, and the rest may have more bits than the start

/**
 * @param {{received: number, total: number}} bytes
 * @param {number} seconds Since they were asked for.
 * @param {number} duration Seconds of the video.
 * @returns {boolean} Whether the rest arrives while the video plays, so that it does not stop.
 */
export function playsThrough({ received, total }, seconds, duration) {
  return ((total - received) * seconds * MARGIN) / received <= duration;
}

/**
 * Plays a file while it arrives, with the frames that the whole file has. Where that is not possible, the file has to be
 * played when it is complete.
 *
 * @param {object} handlers
 * @param {(url: string) => void} handlers.onOpen Called with the address for a video element.
 * @param {() => void} handlers.onFail Called when it can't start or go on.
 * @param {AbortSignal} signal Ends it.
 * @returns {(file: PartialFile) => void} To be called with the file each time that more of it has arrived.
 */
export function createStream({ onOpen, onFail }, signal) {
  let state = /** @type {"new" | "open" | "over"} */ ("new");
  let sequence = 0;
  let next = /** @type {number[]} */ ([]); // of each track, the first sample that was not appended
  let file = /** @type {PartialFile | null} */ (null);
  let index = /** @type {Index | null | undefined} */ (undefined);
  let source = /** @type {MediaSource | null} */ (null);
  let buffer = /** @type {SourceBuffer | null} */ (null);

  const fail = () => {
    if (state === "over") return;
    state = "over";
    if (!signal.aborted) onFail();
  };
  /** @param {() => void} action */
  const attempt = (action) => {
    try {
      action();
    } catch {
      fail(); // the browser can't do this, or has no room for it, or the file is not as it says
    }
  };

  const start = () => {
    if (!file || file.isComplete) return fail();
    index = readIndex(file.read(0, file.available));
    if (index === undefined) return;
    if (index === null) return fail();
    state = "open";
    next = index.tracks.map(() => 0);
    source = new MediaSource();
    const url = URL.createObjectURL(source);
    onAbort(signal, () => URL.revokeObjectURL(url));
    source.addEventListener("sourceopen", () => attempt(open), { once: true });
    onOpen(url);
  };

  const open = () => {
    if (!source || !index || state !== "open") return;
    source.duration = index.duration;
    buffer = source.addSourceBuffer(mediaType(index));
    buffer.addEventListener("updateend", () => attempt(append));
    buffer.addEventListener("error", fail);
    buffer.appendBuffer(/** @type {BufferSource} */ (makeHeader(index)));
  };

  /** Appends what has arrived, one part after the other. */
  const append = () => {
    if (!buffer || !source || !index || !file || state !== "open" || buffer.updating) return;
    const { available } = file;
    const parts = index.tracks.flatMap((track, number) => {
      const first = next[number];
      const { samples } = track;
      while (next[number] < samples.length && samples[next[number]].offset + samples[next[number]].size <= available)
        next[number] += 1;
      if (first === next[number] || !file) return [];
      sequence += 1;
      return [makeFragment(track, samples.slice(first, next[number]), sequence, file.read)];
    });
    if (parts.length) buffer.appendBuffer(/** @type {BufferSource} */ (join(parts)));
    else if (file.isComplete) {
      source.endOfStream();
      state = "over";
    }
  };

  return (partial) => {
    file = partial;
    attempt(state === "new" ? start : append);
  };
}
