import { formatCount, formatDuration, formatSize } from "../shared/format.js";

/** @import { Batch, Row } from "../shared/messages.js" */

const LINEAR_UNTIL = 0.85; // of the median

/**
 * The share of the bar that an estimate fills: linear for most of the median duration, then ever slower, never all.
 *
 * @param {number} seconds Since the service accepted the job.
 * @param {number} median Seconds.
 * @returns {number} 0 to 1.
 */
export function estimateProgress(seconds, median) {
  const share = seconds / median;
  if (share < LINEAR_UNTIL) return share;
  const rest = 1 - LINEAR_UNTIL;
  return 1 - rest * Math.exp(-(share - LINEAR_UNTIL) / rest);
}

/**
 * @param {number} seconds Since the service accepted the job.
 * @param {Pick<Row, "median" | "low" | "high">} duration Seconds.
 * @returns {string} "About 3 s left (usually 2-5 s)"
 */
export function describeEstimate(seconds, { median, low, high }) {
  const usual = `usually ${formatDuration(low, high)}`;
  if (seconds > high) return `Longer than usual (${usual})`;
  const left = median - seconds;
  return left > 0.5 ? `About ${formatDuration(left)} left (${usual})` : `Almost done (${usual})`;
}

/**
 * What the progress bar of a row shows.
 *
 * @param {Row} row
 * @param {number} seconds Since the job was made.
 * @returns {{share: number | null, text: string}} The filled share, null while unknown; and the text below the bar.
 */
export function describeProgress(row, seconds) {
  const { progress, done, total, median, detail, retry_in } = row;
  if (retry_in !== null) return { share: null, text: describeRetry(retry_in - (seconds - row.elapsed)) };
  if (progress === "complete") return { share: 1, text: detail };
  if (progress === "estimate") {
    const running = seconds - row.queued; // estimates do not include the time before
    return { share: estimateProgress(running, median), text: describeEstimate(running, row) };
  }
  if (progress === "frames") return { share: done / total, text: `${done} of ${formatCount(total, "frame")}` };
  if (progress !== "bytes") return { share: null, text: detail };
  if (!total) return { share: null, text: formatSize(done) };
  return { share: done / total, text: `${formatSize(done)} of ${formatSize(total)}` };
}

/**
 * @param {number} seconds Until the next try.
 * @returns {string} "Next retry in 12 s"
 */
export function describeRetry(seconds) {
  return seconds > 0.5 ? `Next retry in ${formatDuration(seconds)}` : "Retrying now";
}

/**
 * What the line above the rows says about a batch.
 *
 * @param {Batch} batch
 * @param {number} seconds Since it was received.
 * @param {Date} now
 * @returns {{share: number, text: string}}
 */
export function describeBatch({ total, done, stopped, per_minute, low, high }, seconds, now) {
  const facts = [`${done.toLocaleString("en")} of ${formatCount(total, "clip")} done`];
  if (stopped) facts.push(`${stopped.toLocaleString("en")} failed or stopped`);
  if (per_minute !== null) facts.push(`${formatCount(per_minute, "clip")} a minute`);
  if (low !== null && high !== null) {
    const left = Math.max(1, high - seconds);
    facts.push(
      `about ${formatDuration(Math.max(1, low - seconds), left)} left, ready by about ${formatTime(now, left)}`,
    );
  } else if (done + stopped < total && !done) facts.push("the time left is known after the first clip");
  return { share: (done + stopped) / total, text: facts.join(" · ") };
}

/**
 * @param {Date} now
 * @param {number} seconds
 * @returns {string} "14:32", that many seconds from now
 */
function formatTime(now, seconds) {
  const time = new Date(now.getTime() + 1000 * seconds + 59_999); // never too early
  return time.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/**
 * @param {Row} row
 * @returns {string} What the estimate is based on; empty where there is none.
 */
export function describeSample({ progress, sample_size }) {
  if (progress !== "estimate") return "";
  return sample_size ? `Estimated from ${formatCount(sample_size, "earlier job")}` : "Estimated without earlier jobs";
}
