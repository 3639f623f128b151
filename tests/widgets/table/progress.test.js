import assert from "node:assert/strict";
import { test } from "node:test";

import {
  describeEstimate,
  describeProgress,
  describeSample,
  estimateProgress,
} from "../../../vfx_widgets/widgets/table/progress.js";
import { makeRow } from "./make_row.js";

const USUAL = { median: 20, low: 12.6, high: 31.2 };

test("an estimate is linear for most of the median duration", () => {
  assert.equal(estimateProgress(0, 20), 0);
  assert.equal(estimateProgress(10, 20), 0.5);
  assert.ok(Math.abs(estimateProgress(16.9, 20) - 0.845) < 1e-9);
});

test("an estimate always grows and is never complete", () => {
  const shares = Array.from({ length: 100 }, (_, seconds) => estimateProgress(seconds, 20));
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(shares).size, 100);
  assert.ok(shares.every((share) => share < 1));
});

test("an estimate does not jump where it begins to slow down", () => {
  assert.ok(Math.abs(estimateProgress(17.001, 20) - estimateProgress(16.999, 20)) < 1e-3);
});

test("the time left is from the median, with the usual range", () => {
  assert.equal(describeEstimate(17.2, USUAL), "About 3 s left (usually 13-31 s)");
  assert.equal(describeEstimate(19.6, USUAL), "Almost done (usually 13-31 s)");
  assert.equal(describeEstimate(25, USUAL), "Almost done (usually 13-31 s)");
  assert.equal(describeEstimate(32, USUAL), "Longer than usual (usually 13-31 s)");
});

test("the estimate does not include the time in the queue", () => {
  const row = makeRow({ progress: "estimate", queued: 100, median: 20, low: 10, high: 30 });
  assert.deepEqual(describeProgress(row, 110), { share: 0.5, text: "About 10 s left (usually 10-30 s)" });
});

test("received bytes are a share where the total is known", () => {
  const row = makeRow({ progress: "bytes", done: 1_500_000, total: 3_000_000 });
  assert.deepEqual(describeProgress(row, 1), { share: 0.5, text: "1.5 MB of 3.0 MB" });
  assert.deepEqual(describeProgress({ ...row, total: 0 }, 1), { share: null, text: "1.5 MB" });
});

test("frames are a share, too", () => {
  const row = makeRow({ progress: "frames", done: 21, total: 84 });
  assert.deepEqual(describeProgress(row, 1), { share: 0.25, text: "21 of 84 frames" });
});

test("other rows show the text of the kernel", () => {
  assert.deepEqual(describeProgress(makeRow({ progress: "complete", detail: "3 MB" }), 1), { share: 1, text: "3 MB" });
  assert.deepEqual(describeProgress(makeRow({ progress: "none", detail: "In the queue" }), 1), {
    share: null,
    text: "In the queue",
  });
  assert.deepEqual(describeProgress(makeRow({ progress: "indeterminate" }), 1), { share: null, text: "" });
});

test("an estimate names its sample", () => {
  assert.equal(describeSample(makeRow({ progress: "estimate", sample_size: 1 })), "Estimated from 1 earlier job");
  assert.equal(describeSample(makeRow({ progress: "estimate", sample_size: 0 })), "Estimated without earlier jobs");
  assert.equal(describeSample(makeRow({ progress: "bytes", sample_size: 3 })), "");
});
