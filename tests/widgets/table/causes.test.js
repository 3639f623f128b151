import assert from "node:assert/strict";
import { test } from "node:test";

import { describeCause, findCauses } from "../../../vfx_widgets/widgets/table/causes.js";
import { describeBatch, describeProgress } from "../../../vfx_widgets/widgets/table/progress.js";
import { makeRow } from "./make_row.js";

/** @import { Row } from "../../../vfx_widgets/widgets/shared/messages.js" */

/** @param {string} id @param {string} message @param {Partial<Row>} [changes] */
function failed(id, message, changes) {
  const error = /** @type {const} */ ({ kind: "error", message });
  return { ...makeRow({ id, severity: "danger", is_active: false, error, ...changes }), receivedAt: 0 };
}

test("failures of one cause are told once, and a single one stays with its row", () => {
  const rows = [failed("a", "Held back."), failed("b", "Held back."), failed("c", "The disk is full.")];
  const causes = findCauses(rows);
  assert.deepEqual(causes.map(describeCause), ["2 failed: Held back."]);
  assert.deepEqual(
    causes[0].rows.map(({ id }) => id),
    ["a", "b"],
  );
});

test("a lost connection is told once above the rows, also for one", () => {
  const error = /** @type {const} */ ({ kind: "warning", message: "No connection." });
  const row = failed("a", "", { severity: "waiting", is_active: true, retry_in: 12, error, elapsed: 5 });
  assert.deepEqual(findCauses([row]).map(describeCause), ["No connection. 1 clip waiting."]);
  assert.equal(describeProgress(row, 5).text, "Next retry in 12 s");
  assert.equal(describeProgress(row, 16.8).text, "Retrying now");
});

test("a batch says how many are done, how fast, and when the last one is ready", () => {
  const batch = { total: 12, done: 4, stopped: 1, per_minute: 3.1, low: 80, high: 190 };
  const { share, text } = describeBatch(batch, 10, new Date(2026, 0, 1, 14, 30));
  assert.equal(share, 5 / 12);
  assert.match(
    text,
    /^4 of 12 clips done · 1 failed or stopped · 3.1 clips a minute · about 1-3 min left, ready by about 14:33$/,
  );
  const unknown = describeBatch({ ...batch, done: 0, per_minute: null, low: null, high: null }, 0, new Date());
  assert.match(unknown.text, /the time left is known after the first clip/);
});
