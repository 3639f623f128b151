import { h, uniqueId } from "../shared/dom.js";

/**
 * @typedef {"togglePlay" | "playBackwards" | "playForwards" | "previousFrame" | "nextFrame" | "firstFrame" | "lastFrame"
 *   | "side" | "wipe" | "result" | "flip" | "difference" | "wipeLeft" | "wipeRight" | "zoom" | "zoomIn" | "zoomOut"
 *   | "loupe" | "fullScreen" | "saveFrame" | "copyLink" | "copyPicture" | "help"} Command
 */

/** Keyboard shortcuts of the player, as editors know them: what is pressed, how it is printed, and what it does. */
export const SHORTCUTS = /** @type {[keys: string[], printed: string, command: Command, text: string][]} */ ([
  [[" ", "k"], "Space, K", "togglePlay", "Play or pause"],
  [["j"], "J", "playBackwards", "Play backwards; press again for faster"],
  [["l"], "L", "playForwards", "Play; press again for faster"],
  [[",", "arrowleft"], ", or ←", "previousFrame", "Previous frame"],
  [[".", "arrowright"], ". or →", "nextFrame", "Next frame"],
  [["home"], "Home", "firstFrame", "First frame"],
  [["end"], "End", "lastFrame", "Last frame"],
  [["1"], "1", "side", "Side by side"],
  [["2"], "2", "wipe", "Wipe"],
  [["3"], "3", "result", "Result only"],
  [["4", "a"], "4, A", "flip", "A/B: one picture at a time; press again for the other"],
  [["5", "d"], "5, D", "difference", "Difference, amplified"],
  [["["], "[", "wipeLeft", "Move the wipe to the left"],
  [["]"], "]", "wipeRight", "Move the wipe to the right"],
  [["z"], "Z", "zoom", "100 % zoom"],
  [["+", "="], "+", "zoomIn", "Zoom in (also Ctrl and wheel, or two fingers)"],
  [["-"], "-", "zoomOut", "Zoom out"],
  [["m"], "M", "loupe", "Loupe in both pictures; then the arrow keys move it, with Shift faster"],
  [["f"], "F", "fullScreen", "Full screen"],
  [["s"], "S", "saveFrame", "Save this frame as shown"],
  [["c"], "C", "copyPicture", "Copy the picture as shown"],
  [["y"], "Y", "copyLink", "Copy a line of code that shows this moment again"],
  [["?"], "?", "help", "This list"],
]);

const REPEATED = /** @type {Command[]} */ ([
  "previousFrame",
  "nextFrame",
  "wipeLeft",
  "wipeRight",
  "zoomIn",
  "zoomOut",
]);

/**
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "repeat">} event
 * @param {"button" | "text" | ""} control What has the focus: a button takes the space bar, a text or a list all keys.
 * @returns {Command | null}
 */
export function commandOf({ key, ctrlKey, metaKey, altKey, repeat }, control) {
  if (ctrlKey || metaKey || altKey || control === "text" || (control === "button" && key === " ")) return null;
  const command = SHORTCUTS.find(([keys]) => keys.includes(key.toLowerCase()))?.[2] ?? null;
  return command && repeat && !REPEATED.includes(command) ? null : command;
}

/** @param {EventTarget | null} target @returns {"button" | "text" | ""} */
export function controlOf(target) {
  if (!(target instanceof Element)) return "";
  if (target.closest("select, textarea, dialog, input:not([type=range])")) return "text";
  return target.closest("button, a, summary") ? "button" : "";
}

/** The list of the shortcuts, as a dialog. */
export function createShortcutList() {
  const id = uniqueId("shortcuts");
  const close = h("button", { onclick: () => node.close() }, "Close");
  const rows = SHORTCUTS.map(([, printed, , text]) =>
    h("tr", h("th", { scope: "row" }, h("kbd", printed)), h("td", text)),
  );
  const node = h(
    "dialog.shortcuts",
    { "aria-labelledby": id },
    h("h2", { id }, "Keyboard shortcuts of the player"),
    h("table", h("tbody", ...rows)),
    close,
  );
  return node;
}
