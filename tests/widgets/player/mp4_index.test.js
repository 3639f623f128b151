import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { makeFragment, makeHeader, mediaType } from "../../../vfx_widgets/widgets/player/fragments.js";
import { readIndex } from "../../../vfx_widgets/widgets/player/mp4_index.js";

/** @import { Index } from "../../../vfx_widgets/widgets/player/mp4_index.js" */

const CLIPS = new URL("../../../vfx_widgets/sandbox/sample_clips/", import.meta.url);
const harbour = new Uint8Array(readFileSync(new URL("night_harbour.mp4", CLIPS)));
const text = (/** @type {Uint8Array} */ bytes) => String.fromCharCode(...bytes);

/** The clip, with one box renamed. @param {string} type @param {string} other */
function renamed(type, other) {
  const bytes = harbour.slice();
  bytes.set(new TextEncoder().encode(other), text(bytes.subarray(0, 4000)).lastIndexOf(type));
  return bytes;
}

test("the index of a clip with sound is read from its first bytes", () => {
  const { duration, tracks } = /** @type {Index} */ (readIndex(harbour.subarray(0, 4000)));
  const [video, sound] = tracks;
  assert.equal(duration, 3.5);
  assert.deepEqual([video.codec, sound.codec], ["avc1.64001f", "mp4a.40.2"]);
  assert.equal(video.samples.length, 84);
  assert.equal(Math.min(...video.samples.map(({ time, shift }) => time + shift)), 0, "the first frame is shown at 0");
  assert.equal(sound.samples[0].time, 0);
  const places = tracks.flatMap(({ samples }) => samples).sort((a, b) => a.offset - b.offset);
  places.reduce((end, { offset, size }) => {
    assert.ok(offset >= end && offset - end < 1000, "no byte is in two samples, and what is left out is silence");
    return offset + size;
  }, places[0].offset);
});

test("more bytes are needed until the index is complete", () => {
  assert.equal(readIndex(harbour.subarray(0, 4)), undefined);
  assert.equal(readIndex(harbour.subarray(0, 3000)), undefined);
});

for (const [type, other, reason] of [
  ["moov", "free", "an index at the end"],
  ["avc1", "hvc1", "another codec"],
  ["mp4a", "ac-3", "another sound"],
  ["elst", "free", ""],
])
  test(reason ? `${reason} is for the complete file only` : "a file without edits starts with its first sample", () => {
    if (reason) assert.equal(readIndex(renamed(type, other)), null);
    else assert.equal(readIndex(renamed(type, other))?.tracks[0].samples[0].time, 0);
  });

test("a header and fragments hold the same frames", () => {
  const index = /** @type {Index} */ (readIndex(harbour));
  assert.equal(mediaType(index), 'video/mp4; codecs="avc1.64001f,mp4a.40.2"');
  const header = text(makeHeader(index));
  for (const type of ["ftyp", "moov", "mvex", "avcC", "esds"]) assert.ok(header.includes(type), type);
  const [video] = index.tracks;
  const samples = video.samples.slice(0, 3);
  const fragment = makeFragment(video, samples, 1, (start, end) => harbour.subarray(start, end));
  const view = new DataView(fragment.buffer);
  const moof = view.getUint32(0);
  const [first] = samples;
  const size = samples.reduce((sum, sample) => sum + sample.size, 0);
  assert.equal(view.getUint32(moof), 8 + size);
  assert.deepEqual(
    fragment.slice(moof + 8, moof + 8 + first.size),
    harbour.slice(first.offset, first.offset + first.size),
  );
});
