import { formatCount } from "../shared/format.js";

/**
 * @import { Row } from "../shared/messages.js"
 * @import { TimedRow } from "./rows.js"
 */

/** @typedef {{message: string, preserved: string, hint: string, kind: "error" | "warning", rows: TimedRow[]}} Cause */

/**
 * What several rows have in common: told once above the rows, and not in each of them. A temporary error is that of the
 * service and not of a job, so it is told there also for one.
 *
 * @param {Iterable<TimedRow>} rows Those with an error.
 * @returns {Cause[]} The most frequent first.
 */
export function findCauses(rows) {
  /** @type {Map<string, Cause>} */
  const causes = new Map();
  for (const row of rows) {
    if (!row.error) continue;
    const { kind, message, preserved = "", hint = "" } = row.error;
    const key = `${kind} ${row.is_active} ${message}`;
    const cause = causes.get(key);
    if (cause) cause.rows.push(row);
    else causes.set(key, { kind: kind === "error" ? kind : "warning", message, preserved, hint, rows: [row] });
  }
  return [...causes.values()]
    .filter(({ rows }) => rows.length > 1 || isRetried(rows[0]))
    .sort((a, b) => b.rows.length - a.rows.length);
}

/** @param {Row} row Whether its request is repeated without anyone's help. */
export function isRetried(row) {
  return row.is_active && row.error !== null;
}

/**
 * @param {Cause} cause
 * @returns {string} "29 failed: The clip was held back."
 */
export function describeCause({ kind, message, rows }) {
  if (isRetried(rows[0])) return `${message} ${formatCount(rows.length, "clip")} waiting.`;
  return `${rows.length.toLocaleString("en")} ${kind === "error" ? "failed" : "stopped"}: ${message}`;
}
