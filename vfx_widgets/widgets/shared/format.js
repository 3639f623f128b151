/**
 * @param {number} number
 * @param {string} noun Singular; the plural gets an "s".
 * @returns {string} "1 clip", "3 clips", "1,000 clips"
 */
export function formatCount(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * @param {number} seconds
 * @returns {string} "0:07", "12:30", "1:02:03"
 */
export function formatClock(seconds) {
  const whole = Math.max(0, Math.round(seconds)); // as all other times are rounded
  const twoDigits = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `${hours ? `${hours}:${twoDigits(minutes)}` : minutes}:${twoDigits(whole % 60)}`;
}

/**
 * @param {number} bytes
 * @returns {string} "512 bytes", "48 kB", "3.4 MB"
 */
export function formatSize(bytes) {
  if (bytes < 1000) return formatCount(bytes, "byte");
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {number} low Seconds.
 * @param {number} [high] Seconds; left out for a single duration.
 * @returns {string} Rounded as an estimate is: "3 s", "2-5 s", "2-4 min"
 */
export function formatDuration(low, high = low) {
  const unit = high < 119.5 ? 1 : 60;
  const [from, to] = [low, high].map((seconds) => Math.max(1, Math.round(seconds / unit)));
  return `${from === to ? to : `${from}-${to}`} ${unit === 1 ? "s" : "min"}`;
}
