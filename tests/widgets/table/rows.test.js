import assert from "node:assert/strict";
import { test } from "node:test";

import {
  describeGroups,
  elapsedSeconds,
  mergeRows,
  removeRows,
  selectRows,
} from "../../../vfx_widgets/widgets/table/rows.js";
import { makeRow } from "./make_row.js";

/** @import { Row } from "../../../vfx_widgets/widgets/shared/messages.js" */

const ALL = { severity: "", words: "", order: "submitted" };

/** @param {Partial<Row>[]} changes */
function timed(...changes) {
  return changes.map((change, index) => ({
    ...makeRow({ id: String(index), created: index, ...change }),
    receivedAt: 0,
  }));
}

/** @param {Row[]} rows */
const ids = (rows) => rows.map(({ id }) => id).join();

test("the seconds of an active job count on, those of another stand still", () => {
  const [active, ended] = timed({ elapsed: 5 }, { elapsed: 5, is_active: false });
  assert.equal(elapsedSeconds(active, 2500), 7.5);
  assert.equal(elapsedSeconds(ended, 2500), 5);
});

test("rows are shown as they were submitted, or the newest first, in whatever order they came", () => {
  const rows = timed({ created: 2 }, { created: 1 }, { created: 3 });
  assert.equal(ids(selectRows(rows, ALL, 0)), "1,0,2");
  assert.equal(ids(selectRows(rows, { ...ALL, order: "newest" }, 0)), "2,0,1");
});

test("rows are filtered by severity", () => {
  const rows = timed({}, { severity: "danger" }, { severity: "success" });
  assert.equal(ids(selectRows(rows, { ...ALL, severity: "danger" }, 0)), "1");
});

test("rows are filtered by words in the clip, the key, the state or the media ID, whatever their case", () => {
  const rows = timed({ clip: "Old Map" }, { key: "12ab…" }, { label: "Needs a token" }, { media_id: "CAMSX" });
  const found = ["old map ", "12AB", "token", "camsx", "no such clip"].map((words) =>
    ids(selectRows(rows, { ...ALL, words }, 0)),
  );
  assert.deepEqual(found, ["0", "1", "2", "3", ""]);
});

test("rows are sorted by state, clip or elapsed time, and of equal ones the newest is first", () => {
  const rows = timed(
    { severity: "warning", clip: "b", elapsed: 1 },
    { severity: "running", clip: "c", elapsed: 1 },
    { severity: "running", clip: "a", elapsed: 9 },
  );
  const sorted = ["state", "clip", "elapsed"].map((order) => ids(selectRows(rows, { ...ALL, order }, 0)));
  assert.deepEqual(sorted, ["2,1,0", "2,0,1", "2,1,0"]);
});

test("selecting rows leaves the list itself as it is", () => {
  const rows = timed({ clip: "b" }, { clip: "a" });
  selectRows(rows, { ...ALL, order: "clip" }, 0);
  assert.equal(ids(rows), "0,1");
});

test("groups are counted in the order of states, and empty ones left out", () => {
  const counts = new Map([...Object.entries({ danger: 1, success: 0, running: 2 })]);
  assert.equal(describeGroups(counts), "2 running · 1 failed");
  assert.equal(describeGroups(new Map([["waiting", 1000]])), "1,000 waiting");
  assert.equal(describeGroups(new Map()), "");
});

test("changed rows take the place of those with the same ID, others are appended", () => {
  const rows = [makeRow({ id: "a" }), makeRow({ id: "b" })];
  const changed = ["b", "c", "c"].map((id, index) => makeRow({ id, elapsed: index }));
  mergeRows(rows, changed);
  assert.deepEqual(
    rows.map(({ id, elapsed }) => [id, elapsed]),
    [
      ["a", 5],
      ["b", 0],
      ["c", 2],
    ],
  );
  removeRows(rows, ["a"]);
  mergeRows(rows, [makeRow({ id: "c", elapsed: 7 })]);
  assert.deepEqual(
    rows.map(({ id, elapsed }) => [id, elapsed]),
    [
      ["b", 0],
      ["c", 7],
    ],
  );
});
