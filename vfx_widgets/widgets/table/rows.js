/** @import { Row } from "../shared/messages.js" */

/** @typedef {Row & {receivedAt: number}} TimedRow A row, and when it came: milliseconds of `performance.now()`. */

/** Groups of states, by severity, in their order. */
export const GROUPS = { running: "running", waiting: "waiting", success: "done", danger: "failed", warning: "stopped" };

/**
 * @param {TimedRow} row
 * @param {number} now As `performance.now()`.
 * @returns {number} Seconds since the job was made; counted on here between two messages of the kernel.
 */
export function elapsedSeconds(row, now) {
  return row.elapsed + (row.is_active ? (now - row.receivedAt) / 1000 : 0);
}

/**
 * Orders of the table, by name. The order of submission needs no comparison.
 *
 * @type {Record<string, (a: TimedRow, b: TimedRow, now: number) => number>}
 */
export const ORDERS = {
  state: (a, b) => groupIndex(a) - groupIndex(b),
  clip: (a, b) => a.clip.localeCompare(b.clip),
  elapsed: (a, b, now) => elapsedSeconds(b, now) - elapsedSeconds(a, now),
};

/** @param {Row} row */
function groupIndex(row) {
  return Object.keys(GROUPS).indexOf(row.severity);
}

/**
 * @param {TimedRow[]} rows In the order of submission.
 * @param {{severity: string, words: string, order: string}} view Empty for all, and for the order of submission.
 * @param {number} now As `performance.now()`.
 * @returns {TimedRow[]} Those to show, in order.
 */
export function selectRows(rows, { severity, words, order }, now) {
  const wanted = words.trim().toLowerCase();
  const selected = rows.filter(
    (row) =>
      (!severity || row.severity === severity) &&
      `${row.clip} ${row.key} ${row.label} ${row.media_id}`.toLowerCase().includes(wanted),
  );
  const compare = ORDERS[order];
  return compare ? selected.sort((a, b) => compare(a, b, now)) : selected;
}

/**
 * @param {Row[]} rows
 * @returns {string} "2 running · 1 done"
 */
export function describeGroups(rows) {
  return Object.entries(GROUPS)
    .map(([severity, label]) => ({ label, size: rows.filter((row) => row.severity === severity).length }))
    .filter(({ size }) => size)
    .map(({ label, size }) => `${size.toLocaleString("en")} ${label}`)
    .join(" · ");
}

/**
 * Puts changed rows in the place of those with the same ID, and appends the others.
 *
 * @param {Row[]} rows Changed in place.
 * @param {Row[]} changed
 */
export function mergeRows(rows, changed) {
  const indexes = new Map(rows.map((row, index) => [row.id, index]));
  for (const row of changed) {
    const index = indexes.get(row.id);
    if (index !== undefined) rows[index] = row;
    else indexes.set(row.id, rows.push(row) - 1);
  }
}
