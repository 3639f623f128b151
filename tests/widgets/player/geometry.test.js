import assert from "node:assert/strict";
import { test } from "node:test";

import {
  actualSizeScale,
  clampPercent,
  drag,
  moveSplit,
  pan,
  pixelAt,
  positionIn,
  unzoom,
  zoomAt,
} from "../../../vfx_widgets/widgets/player/geometry.js";

test("percentages are between 0 and 100", () => {
  assert.deepEqual([-1, 0, 42, 100, 101].map(clampPercent), [0, 0, 42, 100, 100]);
});

test("a position is in percent of the box, also for a pointer beside it", () => {
  const box = { left: 100, top: 50, width: 200, height: 100 };
  assert.deepEqual(positionIn(box, { clientX: 150, clientY: 75 }), { x: 25, y: 25 });
  assert.deepEqual(positionIn(box, { clientX: 500, clientY: 0 }), { x: 100, y: 0 });
});

test("the wipe moves by the keys of a slider and stops at the ends", () => {
  const moves = ["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"].map((key) => moveSplit(50, key));
  assert.deepEqual(moves, [52, 48, 70, 30, 0, 100]);
  assert.equal(moveSplit(99, "ArrowUp"), 100);
  assert.equal(moveSplit(50, "a"), null);
});

test("the zoomed part is panned by the arrow keys and stops at the edges", () => {
  assert.deepEqual(pan({ x: 50, y: 50 }, "ArrowRight"), { x: 55, y: 50 });
  assert.deepEqual(pan({ x: 50, y: 50 }, "ArrowUp"), { x: 50, y: 45 });
  assert.deepEqual(pan({ x: 2, y: 98 }, "ArrowLeft"), { x: 0, y: 98 });
  assert.equal(pan({ x: 50, y: 50 }, "Home"), null);
});

test("at actual size a pixel of the video takes one of the screen", () => {
  const video = { clientWidth: 640, clientHeight: 360, videoWidth: 1920, videoHeight: 1080 };
  assert.equal(actualSizeScale(video, 1), 3);
  assert.equal(actualSizeScale(video, 2), 1.5);
});

test("bars beside the picture do not count", () => {
  const video = { clientWidth: 1000, clientHeight: 360, videoWidth: 1920, videoHeight: 1080 };
  assert.equal(actualSizeScale(video, 1), 3);
});

test("a small video is not made smaller, and one that is not loaded is not scaled", () => {
  const video = { clientWidth: 640, clientHeight: 360, videoWidth: 320, videoHeight: 180 };
  assert.equal(actualSizeScale(video, 1), 1);
  assert.equal(actualSizeScale({ ...video, videoWidth: 0, videoHeight: 0 }, 1), 1);
});

test("what is under the pointer stays there while it is zoomed, and at the edges the picture fills the frame", () => {
  const at = { x: 25, y: 60 };
  const once = zoomAt({ scale: 1, x: 50, y: 50 }, 2, at);
  assert.deepEqual(unzoom(once, at), at);
  const moved = { x: 30, y: 50 };
  const twice = zoomAt(once, 4, moved);
  assert.ok(Math.abs(unzoom(twice, moved).x - unzoom(once, moved).x) < 1e-9);
  assert.deepEqual(zoomAt(once, 0.5, at), { ...once, scale: 1 });
});

test("a zoomed picture is dragged with the pointer, up to its edge", () => {
  const zoom = { scale: 3, x: 50, y: 50 };
  const dragged = drag(zoom, { x: 10, y: 0 });
  assert.equal(unzoom(dragged, { x: 60, y: 50 }).x, 50);
  assert.equal(drag(zoom, { x: 1000, y: 0 }).x, 0);
  assert.deepEqual(drag({ ...zoom, scale: 1 }, { x: 10, y: 0 }), { ...zoom, scale: 1 });
});

test("a point of the element is a pixel of the video, with the bars beside it taken off", () => {
  const video = { clientWidth: 1000, clientHeight: 360, videoWidth: 1920, videoHeight: 1080 };
  assert.deepEqual(pixelAt(video, { x: 50, y: 50 }), { x: 960, y: 540 });
  assert.equal(pixelAt(video, { x: 18, y: 0 }).x, 0);
});
