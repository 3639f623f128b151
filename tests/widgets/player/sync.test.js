import assert from "node:assert/strict";
import { test } from "node:test";

import {
  correctiveRate,
  leadOf,
  needsSeek,
  refineFrame,
  timeOfStep,
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

test("a source that is ahead plays slower, one that is behind faster", () => {
  assert.ok(correctiveRate(2 * FRAME, FRAME) < 1);
  assert.ok(correctiveRate(-2 * FRAME, FRAME) > 1);
});

test("the speed changes by half at most", () => {
  for (const frames of [-8, -4, 4, 8]) {
    const rate = correctiveRate(frames * FRAME, FRAME);
    assert.ok(rate >= 0.5 && rate <= 1.5, String(rate));
  }
});

test("a lead that can't be seen is left alone, and a long one needs a seek", () => {
  assert.equal(correctiveRate(FRAME / 7, FRAME), 1);
  assert.equal(needsSeek(8 * FRAME, FRAME), false);
  assert.equal(needsSeek(-9 * FRAME, FRAME), true);
  assert.equal(correctiveRate(9 * FRAME, FRAME), 1);
});

test("a frame is found to be shorter, but not by a dropped or repeated one", () => {
  assert.equal(refineFrame(FRAME, 1 / 60), 1 / 60);
  assert.equal(refineFrame(FRAME, 2 * FRAME), FRAME);
  assert.equal(refineFrame(FRAME, 0.9 * FRAME), FRAME);
  assert.equal(refineFrame(FRAME, 0.001), FRAME);
});

test("a step goes to the middle of the next or previous frame", () => {
  const video = { currentTime: 10.5 * FRAME, duration: 48 * FRAME };
  assert.ok(Math.abs(timeOfStep(video, FRAME, 1) - 11.5 * FRAME) < 1e-9);
  assert.ok(Math.abs(timeOfStep(video, FRAME, -1) - 9.5 * FRAME) < 1e-9);
});

test("a step from the start of a frame leaves that frame", () => {
  const video = { currentTime: 10 * FRAME - 1e-6, duration: 48 * FRAME };
  assert.ok(Math.abs(timeOfStep(video, FRAME, 1) - 11.5 * FRAME) < 1e-9);
});

test("steps go around the ends", () => {
  const duration = 48 * FRAME;
  assert.ok(Math.abs(timeOfStep({ currentTime: 47.5 * FRAME, duration }, FRAME, 1) - 0.5 * FRAME) < 1e-9);
  assert.ok(Math.abs(timeOfStep({ currentTime: 0, duration }, FRAME, -1) - 47.5 * FRAME) < 1e-9);
});
