/**
 * @file Reads the index of an MP4 file (ISO/IEC 14496-12) of which the first bytes have arrived: which frames it has, and
 * where. Numbers are big-endian.
 */

/** @typedef {{offset: number, size: number, time: number, duration: number, shift: number, isKey: boolean}} Sample A
 * frame or a piece of sound: bytes, and ticks; `shift` is how much later than decoded it is shown. */
/** @typedef {{id: number, isVideo: boolean, codec: string, boxes: Uint8Array[][], samples: Sample[]}} Track `boxes` are
 * those that a stream needs: of the track, of its media, its media information, and its description. */
/** @typedef {{header: Uint8Array, duration: number, tracks: Track[]}} Index With the header of the film; in seconds. */
/** @typedef {{type: string, from: number, start: number, end: number}} Box `from` its first byte, `start` its content. */

const HD = 720; // pixels
const MAX_TRIM = 0.05; // seconds at the end that an edit may leave out, such as the padding of the sound

/** Whether the times of a box have 64 bits. @param {DataView} view @param {Box} box */
const isLong = (view, { start }) => view.getUint8(start) === 1;

/**
 * @param {DataView} view
 * @param {number} from
 * @param {number} to
 * @returns {Box[]} The boxes between these bytes; the last may reach beyond.
 */
function boxesIn(view, from, to) {
  const boxes = [];
  let at = from;
  while (at + 8 <= to) {
    const size = view.getUint32(at);
    if (size < 8) break; // it goes on to the end of the file, or over 4 GB
    boxes.push({ type: typeAt(view, at + 4), from: at, start: at + 8, end: at + size });
    at += size;
  }
  return boxes;
}

/** @param {DataView} view @param {number} at */
const typeAt = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));

/** @param {Box[]} boxes @param {string} type */
const find = (boxes, type) => boxes.find((each) => each.type === type);

/** @param {DataView} view @param {Box[]} boxes @param {string} type */
const childrenOf = (view, boxes, type) => {
  const box = find(boxes, type);
  return box ? boxesIn(view, box.start, box.end) : [];
};

/**
 * @param {Uint8Array} bytes The first bytes of a file.
 * @returns {Index | null | undefined} undefined where more bytes are needed; null for a file that can't be played before
 *   it is complete: its index is at the end, it is in fragments, or it holds something else than H.264 and AAC, or 64-bit times.
 */
export function readIndex(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boxes = boxesIn(view, 0, bytes.length);
  const index = boxes.findIndex(({ type }) => type === "moov");
  if (index < 0 || boxes.slice(0, index).some(({ type }) => type === "mdat"))
    return boxes.some(({ type }) => type === "mdat") ? null : undefined;
  const { start, end } = boxes[index];
  if (end > bytes.length) return undefined;
  const parts = boxesIn(view, start, end);
  const header = find(parts, "mvhd");
  if (!header || isLong(view, header) || find(parts, "mvex")) return null;
  const scale = view.getUint32(header.start + 12);
  const tracks = [];
  for (const part of parts) {
    if (part.type !== "trak") continue;
    const track = readTrack(bytes, view, part, scale);
    if (track === null) return null;
    if (track) tracks.push(track);
  }
  const videos = tracks.filter(({ isVideo }) => isVideo).length;
  if (videos !== 1 || tracks.length > 2) return null;
  return { header: bytes.slice(header.from, header.end), duration: view.getUint32(header.start + 16) / scale, tracks };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {Box} box
 * @param {number} movieScale Ticks per second of edits.
 * @returns {Track | null | undefined} undefined for neither video nor sound, null for one that can't be played.
 */
function readTrack(bytes, view, box, movieScale) {
  const track = boxesIn(view, box.start, box.end);
  const media = childrenOf(view, track, "mdia");
  const information = childrenOf(view, media, "minf");
  const table = childrenOf(view, information, "stbl");
  const [tkhd, mdhd, hdlr] = [find(track, "tkhd"), find(media, "mdhd"), find(media, "hdlr")];
  const [stsd, dinf] = [find(table, "stsd"), find(information, "dinf")];
  if (!tkhd || !mdhd || !hdlr || isLong(view, tkhd) || isLong(view, mdhd)) return null;
  const kind = typeAt(view, hdlr.start + 8);
  if (kind !== "vide" && kind !== "soun") return undefined;
  const isVideo = kind === "vide";
  const mediaHeader = find(information, isVideo ? "vmhd" : "smhd");
  const codec = stsd && readCodec(view, stsd, isVideo);
  if (!codec || !dinf || !mediaHeader) return null;
  const scale = view.getUint32(mdhd.start + 12);
  const samples = readSamples(view, table);
  const last = samples?.at(-1);
  const edit = readEdit(view, childrenOf(view, track, "edts"));
  if (!samples || !last || !edit) return null;
  const lost = (last.time + last.duration - edit.start) / scale - edit.duration / movieScale;
  if (edit.duration && lost > MAX_TRIM) return null;
  const slice = (/** @type {Box} */ { from, end }) => bytes.slice(from, end);
  return {
    id: view.getUint32(tkhd.start + 12),
    isVideo,
    codec,
    boxes: [[slice(tkhd)], [slice(mdhd), slice(hdlr)], [slice(mediaHeader), slice(dinf)], [slice(stsd)]],
    samples: isVideo
      ? samples.map((sample) => ({ ...sample, shift: sample.shift - edit.start }))
      : samples // Sound before the start only warms up the decoder.
          .filter(({ time, duration }) => time + duration > edit.start)
          .map((sample) => ({ ...sample, time: Math.max(0, sample.time - edit.start) })),
  };
}

/**
 * @param {DataView} view
 * @param {Box} stsd
 * @param {boolean} isVideo
 * @returns {string} As in a media type: "avc1.640028", "mp4a.40.2"; empty for others, and where the colors would be taken
 *   for others than those of the file.
 */
function readCodec(view, stsd, isVideo) {
  const [entry, another] = boxesIn(view, stsd.start + 8, stsd.end);
  if (!entry || another || entry.type !== (isVideo ? "avc1" : "mp4a")) return "";
  const hex = (/** @type {number} */ at) => view.getUint8(at).toString(16).padStart(2, "0");
  const inner = boxesIn(view, entry.start + (isVideo ? 78 : 28), entry.end);
  const config = find(inner, isVideo ? "avcC" : "esds");
  if (!config) return "";
  // Without a color box, browsers take a small file for BT.601 and a stream of the same size for BT.709.
  const hasColor = find(inner, "colr") || (isVideo && view.getUint16(entry.start + 26) >= HD);
  if (isVideo && !hasColor) return "";
  if (isVideo) return `avc1.${hex(config.start + 1)}${hex(config.start + 2)}${hex(config.start + 3)}`;
  // Nested descriptors (ISO/IEC 14496-1), each a tag, a length in up to four bytes of seven bits, and its content.
  let at = config.start + 4;
  const open = (/** @type {number} */ tag) => {
    if (view.getUint8(at) !== tag) return false;
    do at += 1;
    while (view.getUint8(at) & 0x80);
    at += 1;
    return true;
  };
  if (!open(3)) return "";
  at += 3;
  if (!open(4) || view.getUint8(at) !== 0x40) return "";
  at += 13;
  return open(5) ? `mp4a.40.${view.getUint8(at) >> 3}` : "";
}

/**
 * @param {DataView} view
 * @param {Box[]} edits
 * @returns {{start: number, duration: number} | null} Where the track starts, in its ticks, and how long it is, in those of
 *   the film, 0 for all of it; null for a track that is cut, delayed, or played at another speed.
 */
function readEdit(view, edits) {
  const list = find(edits, "elst");
  if (!list) return { start: 0, duration: 0 };
  const at = list.start + 8;
  const start = view.getInt32(at + 4);
  if (isLong(view, list) || view.getUint32(at - 4) !== 1 || start < 0 || view.getUint32(at + 8) !== 0x10000)
    return null;
  return { start, duration: view.getUint32(at) };
}

/** @param {DataView} view @param {Box[]} table @returns {Sample[] | null} In the order in which they are decoded. */
function readSamples(view, table) {
  const [stsz, stts, stsc, ctts, stss, chunks] = ["stsz", "stts", "stsc", "ctts", "stss", "stco"].map(
    (type) => find(table, type)?.start ?? 0,
  );
  if (!stsz || !stts || !stsc || !chunks) return null;
  const size = view.getUint32(stsz + 4);
  const count = view.getUint32(stsz + 8);
  const durations = runs(view, stts);
  const shifts = ctts ? runs(view, ctts) : null;
  /** @type {Sample[]} */
  const samples = [];
  let time = 0;
  const runCount = view.getUint32(stsc + 4);
  const chunkCount = view.getUint32(chunks + 4);
  for (let run = 0; run < runCount; run += 1) {
    const at = stsc + 8 + 12 * run;
    const next = run + 1 < runCount ? view.getUint32(at + 12) : chunkCount + 1;
    for (let chunk = view.getUint32(at); chunk < next; chunk += 1) {
      let offset = view.getUint32(chunks + 4 + 4 * chunk);
      for (let index = 0; index < view.getUint32(at + 4) && samples.length < count; index += 1) {
        const duration = durations.next().value ?? 0;
        const bytes = size || view.getUint32(stsz + 12 + 4 * samples.length);
        samples.push({ offset, size: bytes, time, duration, shift: shifts?.next().value ?? 0, isKey: !stss });
        time += duration;
        offset += bytes;
      }
    }
  }
  for (let index = 0; stss && index < view.getUint32(stss + 4); index += 1)
    samples[view.getUint32(stss + 8 + 4 * index) - 1].isKey = true;
  return samples.length === count ? samples : null;
}

/** The values of a table of runs. @param {DataView} view @param {number} start @returns {Generator<number, undefined>} */
function* runs(view, start) {
  const rows = view.getUint32(start + 4);
  for (let row = 0; row < rows; row += 1) {
    const count = view.getUint32(start + 8 + 8 * row);
    const value = view.getInt32(start + 12 + 8 * row);
    for (let index = 0; index < count; index += 1) yield value;
  }
  return undefined;
}
