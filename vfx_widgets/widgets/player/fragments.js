/**
 * @file Makes the parts of a fragmented MP4, which a browser plays while they come, of an MP4 file. The frames stay as
 * they are.
 *
 * @import { Index, Sample, Track } from "./mp4_index.js"
 */

const KEY_FRAME = 0x02000000;
const OTHER_FRAME = 0x01010000; // it depends on others

/** @param {...number} numbers */
const u32 = (...numbers) => {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  for (const [index, number] of numbers.entries()) view.setUint32(4 * index, number >>> 0);
  return new Uint8Array(view.buffer);
};

/** @param {Uint8Array[]} parts */
export function join(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {string} type @param {...Uint8Array} parts */
function box(type, ...parts) {
  const content = join(parts);
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0));
  return join([u32(8 + content.length), name, content]);
}

/** @param {Index} index @returns {string} The media type, with its codecs. */
export const mediaType = ({ tracks }) => `video/mp4; codecs="${tracks.map(({ codec }) => codec).join()}"`;

/** @param {Index} index @returns {Uint8Array} The part that comes first: what is in the file, without frames. */
export function makeHeader({ header, tracks }) {
  const none = u32(0, 0);
  const traks = tracks.map(({ boxes: [track, media, information, description] }) => {
    const table = box(
      "stbl",
      ...description,
      box("stts", none),
      box("stsc", none),
      box("stsz", u32(0, 0, 0)),
      box("stco", none),
    );
    return box("trak", ...track, box("mdia", ...media, box("minf", ...information, table)));
  });
  const defaults = tracks.map(({ id }) => box("trex", u32(0, id, 1, 0, 0, 0)));
  const brands = Uint8Array.from("iso5\0\0\0\0iso5", (letter) => letter.charCodeAt(0));
  return join([box("ftyp", brands), box("moov", header, ...traks, box("mvex", ...defaults))]);
}

/**
 * @param {Track} track
 * @param {Sample[]} samples Consecutive ones.
 * @param {number} sequence Number of the fragment.
 * @param {(start: number, end: number) => Uint8Array} read Returns bytes of the file.
 * @returns {Uint8Array}
 */
export function makeFragment({ id, isVideo }, samples, sequence, read) {
  const rows = samples.flatMap(({ duration, size, shift, isKey }) => [
    duration,
    size,
    isKey || !isVideo ? KEY_FRAME : OTHER_FRAME,
    shift,
  ]);
  const { time } = samples[0];
  const moof = (/** @type {number} */ dataOffset) =>
    box(
      "moof",
      box("mfhd", u32(0, sequence)),
      box(
        "traf",
        box("tfhd", u32(0x020000, id)), // positions count from this fragment
        box("tfdt", u32(0, time)),
        // version 1: a frame may be shown before the time at which it is decoded
        box("trun", u32(0x01000f01, samples.length, dataOffset, ...rows)),
      ),
    );
  const content = samples.map(({ offset, size }) => read(offset, offset + size));
  return join([moof(moof(0).length + 8), box("mdat", ...content)]);
}
