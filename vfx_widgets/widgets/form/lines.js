/** @import { LineResult } from "../shared/messages.js" */

// Lines with an access token, a JWT or an Authorization header.
const SECRETS = /^.*(?:ya29\.|\bbearer\s|\beyJ[\w-]{8,}\.).*$/gim;

const SAMPLE_SECONDS = 3.5;
const MAX_RANGES = 5; // in the list of the lines that repeat another

/**
 * @param {string} text
 * @returns {string[]} Its lines, trimmed; empty ones included.
 */
export const splitLines = (text) => text.split("\n").map((line) => line.trim());

/**
 * Takes the lines that look like a token out of the text of the media ID field, which is saved with the notebook.
 *
 * @param {string} text
 * @returns {{text: string, secrets: string}} The other lines, and those.
 */
export function extractSecrets(text) {
  const secrets = text.match(SECRETS)?.join("\n") ?? "";
  return { text: secrets ? text.replace(SECRETS, "").trim() : text, secrets };
}

/**
 * @param {string} pasted
 * @returns {boolean} Whether it is JSON, CSV or code around media IDs, so that the kernel should find them in it.
 */
export const isStructured = (pasted) => /[{}[\]"',;]/.test(pasted) && !extractSecrets(pasted).secrets;

/**
 * @param {string} text
 * @param {string} pasted A part of it, with the line ends of its source.
 * @param {string[]} ids The media IDs in that part.
 * @returns {string} The text with the IDs in place of that part, one per line.
 */
export const replacePasted = (text, pasted, ids) =>
  text.replace(pasted.replace(/\r\n?/g, "\n"), () => `${ids.join("\n")}\n`);

/**
 * @param {string} text
 * @param {string} id
 * @returns {string} The text with the ID as its last line, unless it is one already.
 */
export function addLine(text, id) {
  const lines = splitLines(text);
  return lines.includes(id) ? text : [...lines.filter(Boolean), id].join("\n");
}

/**
 * @param {string[]} lines
 * @param {ReadonlyMap<string, LineResult | null>} results By line; null while the kernel validates it.
 * @returns {{clips: number, seconds: number, isValidating: boolean}} Clips that can be submitted, and their duration,
 *   that of a sample clip where it is not known; whether results are missing.
 */
export function tallyLines(lines, results) {
  const tally = { clips: 0, seconds: 0, isValidating: false };
  const counted = new Set();
  for (const line of lines.filter(Boolean)) {
    const result = results.get(line);
    if (!result) tally.isValidating = true;
    if (!result?.count) continue;
    const seconds = result.seconds ? result.seconds / result.count : SAMPLE_SECONDS;
    for (const id of new Set(idsOf(line, result))) {
      if (counted.has(id)) continue;
      counted.add(id);
      tally.clips += 1;
      tally.seconds += seconds;
    }
  }
  return tally;
}

/**
 * @param {string[]} lines
 * @param {ReadonlyMap<string, LineResult | null>} results
 * @returns {Map<number, number>} By index of a line all of whose clips are in earlier lines: the index of the line that
 *   has its first clip.
 */
export function findRepeats(lines, results) {
  const first = new Map();
  const repeats = new Map();
  lines.forEach((line, index) => {
    const result = results.get(line);
    if (!result?.count) return;
    const ids = idsOf(line, result);
    if (ids.every((id) => first.has(id))) repeats.set(index, first.get(ids[0]));
    for (const id of ids) if (!first.has(id)) first.set(id, index);
  });
  return repeats;
}

/** @param {string} line @param {LineResult} result @returns {string[]} As many as the line has clips. */
const idsOf = (line, { count, media_ids }) =>
  media_ids?.length ? media_ids : Array.from({ length: count }, (_, number) => `${line} ${number}`);

/**
 * @param {string[]} lines
 * @param {ReadonlyMap<string, LineResult | null>} results
 * @returns {{verdict: LineResult["verdict"] | "repeat", text: string}[]} A sentence for each line that is not certainly
 *   right, and one for all repeats of a line, where the first of them is.
 */
export function describeProblems(lines, results) {
  const repeats = findRepeats(lines, results);
  const groups = groupRepeats(repeats);
  /** @type {ReturnType<typeof describeProblems>} */
  const problems = [];
  lines.forEach((line, index) => {
    const result = line && results.get(line);
    const first = repeats.get(index);
    const number = `Line ${index + 1}`;
    if (first !== undefined) {
      const group = groups.get(first) ?? [];
      if (index === group[0]) problems.push({ verdict: "repeat", text: describeRepeats(group, first) });
    } else if (result && result.verdict !== "ok") {
      problems.push({ verdict: result.verdict, text: `${number}: ${result.explanation}` });
    }
  });
  return problems;
}

/** @param {Map<number, number>} repeats @returns {Map<number, number[]>} Indexes of the repeats of each line. */
function groupRepeats(repeats) {
  const groups = new Map();
  for (const [index, first] of repeats) groups.set(first, [...(groups.get(first) ?? []), index]);
  return groups;
}

/**
 * @param {number[]} indexes
 * @param {number} first
 * @returns {string} "Line 3 repeats line 1; the clip is submitted once.", "Lines 2-5, 7 repeat line 1; …"
 */
function describeRepeats(indexes, first) {
  const lines = indexes.length === 1 ? "Line" : "Lines";
  const verb = indexes.length === 1 ? "repeats" : "repeat";
  return `${lines} ${formatRanges(indexes)} ${verb} line ${first + 1}; the clip is submitted once.`;
}

/** @param {number[]} indexes Ascending. @returns {string} Line numbers: "2-5, 7", "1, 3, 5, 7, 9 and 4 more" */
function formatRanges(indexes) {
  /** @type {[from: number, to: number][]} */
  const ranges = [];
  for (const index of indexes) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  const shown = ranges.slice(0, MAX_RANGES);
  const text = shown.map(([from, to]) => (from === to ? `${from + 1}` : `${from + 1}-${to + 1}`)).join(", ");
  const more = indexes.length - shown.reduce((lines, [from, to]) => lines + to - from + 1, 0);
  return more ? `${text} and ${more} more` : text;
}
