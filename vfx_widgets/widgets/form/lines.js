/** @import { LineResult } from "../shared/messages.js" */

// Lines with an access token, a JWT or an Authorization header.
const SECRETS = /^.*(?:ya29\.|\bbearer\s|\beyJ[\w-]{8,}\.).*$/gim;

const SAMPLE_SECONDS = 3.5;

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
  const found = lines.filter(Boolean).map((line) => results.get(line));
  return {
    clips: found.reduce((sum, result) => sum + (result?.count ?? 0), 0),
    seconds: found.reduce((sum, result) => sum + (result?.seconds || SAMPLE_SECONDS * (result?.count ?? 0)), 0),
    isValidating: found.some((result) => !result),
  };
}

/**
 * @param {string[]} lines
 * @param {ReadonlyMap<string, LineResult | null>} results
 * @returns {{verdict: LineResult["verdict"], text: string}[]} A sentence for each line that is not certainly right.
 */
export function describeProblems(lines, results) {
  return lines.flatMap((line, index) => {
    const result = line && results.get(line);
    if (!result || result.verdict === "ok") return [];
    return [{ verdict: result.verdict, text: `Line ${index + 1}: ${result.explanation}` }];
  });
}
