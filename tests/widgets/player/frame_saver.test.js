import assert from "node:assert/strict";
import { test } from "node:test";

import { frameFileName, layoutSideBySide } from "../../../vfx_widgets/widgets/player/frame_saver.js";
import { squareUnder } from "../../../vfx_widgets/widgets/player/loupe.js";

test("two pictures are as high as the higher one, with a strip for the labels", () => {
  const sizes = [
    { width: 640, height: 360 },
    { width: 1920, height: 1080 },
  ];
  assert.deepEqual(layoutSideBySide(sizes), {
    width: 3840,
    height: 1080,
    strip: 45,
    places: [
      { x: 0, width: 1920 },
      { x: 1920, width: 1920 },
    ],
  });
});

test("the file of a frame is named by clip, frame and content", () => {
  assert.equal(frameFileName("night harbour", 30, "result"), "night_harbour_frame_0031.png");
  assert.equal(frameFileName("../Häfen: 2/3", 0, "both"), "Häfen_2_3_frame_0001_both.png");
  assert.equal(frameFileName("", 0, "reference"), "clip_frame_0001_left.png");
});

test("both loupes show the same part of the picture", () => {
  assert.deepEqual(squareUnder({ x: 960, y: 540 }, 1920, 1920), { x: 944, y: 524, side: 32 });
  const small = squareUnder({ x: 960, y: 540 }, 1920, 640);
  assert.ok(Math.abs(small.x + small.side / 2 - 320) < 1e-9);
  assert.ok(Math.abs(small.side - 32 / 3) < 1e-9);
});
