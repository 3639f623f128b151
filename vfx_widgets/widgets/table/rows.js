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
 * Orders of the table, by name; the first is its own. Rows come in any order: those of another service after the others.
 *
 * @type {Record<string, (a: TimedRow, b: TimedRow, now: number) => number>}
 */
export const ORDERS = {
  newest: (a, b) => b.created - a.created,
  submitted: (a, b) => a.created - b.created,
  state: (a, b) => groupIndex(a) - groupIndex(b),
  clip: (a, b) => a.clip.localeCompare(b.clip),
  elapsed: (a, b, now) => elapsedSeconds(b, now) - elapsedSeconds(a, now),
};

/** @param {Row} row */
function groupIndex(row) {
  return Object.keys(GROUPS).indexOf(row.severity);
}

/**
 * @param {TimedRow[]} rows
 * @param {{severity: string, words: string, order: string}} view Empty for all; the order is a key of `ORDERS`.
 * @param {number} now As `performance.now()`.
 * @returns {TimedRow[]} Those to show, in order.
 */
export function selectRows(rows, { severity, words, order }, now) {
  const wanted = words.trim().toLowerCase();
  const selected = rows.filter(
    (row) =>
      (!severity || row.severity === severity) &&
      (!wanted || `${row.clip} ${row.key} ${row.label} ${row.media_id}`.toLowerCase().includes(wanted)),
  );
  return selected.sort((a, b) => ORDERS[order](a, b, now) || ORDERS.newest(a, b, now));
}

/**
 * @param {Map<string, number>} counts Rows by severity.
 * @returns {string} "2 running · 1 done"
 */
export function describeGroups(counts) {
  return Object.entries(GROUPS)
    .map(([severity, label]) => ({ label, size: counts.get(severity) ?? 0 }))
    .filter(({ size }) => size)
    .map(({ label, size }) => `${size.toLocaleString("en")} ${label}`)
    .join(" · ");
}

/** Positions of rows by ID, kept for each list, so that a change costs the same in a list of any length. */
const positions = /** @type {WeakMap<Row[], Map<string, number>>} */ (new WeakMap());

/**
 * Puts changed rows in the place of those with the same ID, and appends the others.
 *
 * @param {Row[]} rows Changed in place, and only here and in `removeRows`.
 * @param {Row[]} changed
 */
export function mergeRows(rows, changed) {
  let indexes = positions.get(rows);
  if (indexes?.size !== rows.length) indexes = new Map(rows.map((row, index) => [row.id, index]));
  positions.set(rows, indexes);
  for (const row of changed) {
    const index = indexes.get(row.id);
    if (index !== undefined) rows[index] = row;
    else indexes.set(row.id, rows.push(row) - 1);
  }
}

/**
 * @param {Row[]} rows Changed in place.
 * @param {string[]} ids
 */
export function removeRows(rows, ids) {
  const gone = new Set(ids);
  rows.splice(0, rows.length, ...rows.filter(({ id }) => !gone.has(id)));
  positions.delete(rows);
}
