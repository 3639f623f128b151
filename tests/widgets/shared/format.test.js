import assert from "node:assert/strict";
import { test } from "node:test";

import { formatClock, formatCount, formatDuration, formatSize } from "../../../vfx_widgets/widgets/shared/format.js";

test("a count has its noun in the singular for one only, and thousands apart", () => {
  assert.deepEqual(
    [0, 1, 3, 1000].map((number) => formatCount(number, "clip")),
    ["0 clips", "1 clip", "3 clips", "1,000 clips"],
  );
});

test("a clock shows hours only where there are some, and is rounded as all times are", () => {
  assert.deepEqual([-1, 0, 7.9, 750, 3723].map(formatClock), ["0:00", "0:00", "0:08", "12:30", "1:02:03"]);
});

test("a size is in bytes, kB or MB, and is rounded to the unit that it is shown in", () => {
  const sizes = [1, 512, 999, 48_499, 999_499, 999_500, 3_400_000];
  assert.deepEqual(sizes.map(formatSize), ["1 byte", "512 bytes", "999 bytes", "48 kB", "999 kB", "1.0 MB", "3.4 MB"]);
});

test("a duration is in seconds up to two minutes", () => {
  assert.deepEqual(
    [0.2, 2.6, 119].map((seconds) => formatDuration(seconds)),
    ["1 s", "3 s", "119 s"],
  );
  assert.deepEqual(
    [120, 200].map((seconds) => formatDuration(seconds)),
    ["2 min", "3 min"],
  );
});

test("a range of durations has one unit, and one number where both are the same", () => {
  assert.equal(formatDuration(2.2, 4.8), "2-5 s");
  assert.equal(formatDuration(2.6, 3.4), "3 s");
  assert.equal(formatDuration(50, 230), "1-4 min");
});
