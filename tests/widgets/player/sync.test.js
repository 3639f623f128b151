import assert from "node:assert/strict";
import { test } from "node:test";

import {
  correctiveRates,
  countFrames,
  frameAt,
  leadOf,
  needsSeek,
  refineFrame,
  timeOfFrame,
} from "../../../vfx_widgets/widgets/player/sync.js";

const FRAME = 1 / 24; // seconds
const PLAYING = { currentTime: 1, duration: 8, loop: true, paused: false };

test("the lead is how far the source is ahead", () => {
  assert.equal(leadOf({ currentTime: 1.5 }, PLAYING), 0.5);
  assert.equal(leadOf({ currentTime: 0.5 }, PLAYING), -0.5);
});

test("in a loop the end and the start are neighbours", () => {
  assert.equal(leadOf({ currentTime: 7.75 }, { ...PLAYING, currentTime: 0.25 }), -0.5);
  assert.equal(leadOf({ currentTime: 0.25 }, { ...PLAYING, currentTime: 7.75 }), 0.5);
});

test("a video that is paused or does not loop ends at its end", () => {
  for (const change of [{ paused: true }, { loop: false }]) {
    assert.equal(leadOf({ currentTime: 7.75 }, { ...PLAYING, currentTime: 0.25, ...change }), 7.5);
  }
});

test("a source that is a little ahead plays slower, one that is a little behind faster", () => {
  assert.deepEqual(
    [1, -1].map((frames) => correctiveRates(frames * FRAME, FRAME)),
    [
      [1, 1 - 4 * FRAME],
      [1, 1 + 4 * FRAME],
    ],
  );
});

test("further apart the one ahead is slowed, then held, and the other never hurried", () => {
  assert.deepEqual(correctiveRates(6 * FRAME, FRAME), [1, 0.5]);
  assert.deepEqual(correctiveRates(-6 * FRAME, FRAME), [0.5, 1]);
  assert.deepEqual(correctiveRates(20 * FRAME, FRAME), [1, 0]);
  assert.deepEqual(correctiveRates(-20 * FRAME, FRAME), [0, 1]);
});

test("a lead that can't be seen is left alone, and a very long one needs a seek", () => {
  assert.deepEqual(correctiveRates(FRAME / 20, FRAME), [1, 1]);
  assert.equal(needsSeek(47 * FRAME, FRAME), false);
  assert.equal(needsSeek(-49 * FRAME, FRAME), true);
  assert.deepEqual(correctiveRates(49 * FRAME, FRAME), [1, 1]);
});

test("a frame is found to be shorter, but not by a dropped or repeated one", () => {
  for (const rate of [25, 30, 60]) assert.equal(refineFrame(FRAME, 1 / rate), 1 / rate);
  assert.equal(refineFrame(FRAME, 2 * FRAME), FRAME);
  assert.equal(refineFrame(FRAME, 0.9 * FRAME), FRAME);
  assert.equal(refineFrame(FRAME, 0.001), FRAME);
});

test("the source at a moment after the end of the result is not at its start", () => {
  assert.equal(leadOf({ currentTime: 9 }, { ...PLAYING, currentTime: 1 }), 8);
});

test("a frame is shown at its middle, and its start belongs to it", () => {
  assert.equal(timeOfFrame(11, 2, FRAME), 11.5 * FRAME);
  assert.equal(frameAt(11.5 * FRAME, FRAME), 11);
  assert.equal(frameAt(11 * FRAME - 1e-6, FRAME), 11);
});

test("frames are counted around the ends", () => {
  assert.equal(countFrames(2, FRAME), 48);
  assert.equal(countFrames(Number.NaN, FRAME), 1);
  assert.equal(timeOfFrame(48, 2, FRAME), 0.5 * FRAME);
  assert.equal(timeOfFrame(-1, 2, FRAME), 47.5 * FRAME);
});
