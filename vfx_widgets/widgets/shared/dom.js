/**
 * Makes an element. Text is always set as text, so nothing that the service says can become markup.
 *
 * @param {string} tag The tag, with an optional class: "div.vfxw-row".
 * @param {Record<string, any>} [props] Properties; a name with a dash or "role" is set as an attribute,
 *   "on…" as a listener. A false, null or undefined attribute is left out.
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any} The element, typed loosely so that callers need no casts.
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = /** @type {any} */ (document.createElement(name));
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role") {
      if (value !== false) node.setAttribute(key, value === true ? "true" : String(value));
    } else node[key] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * Sets text only where it differs: a screen reader repeats a live region that is written again.
 *
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {number} n
 * @param {string} one The noun for one; an "s" makes the plural.
 * @returns {string} "1 clip", "3 clips", "1,000 clips"
 */
export function count(n, one) {
  return `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
}

/**
 * @param {number} seconds
 * @returns {string} "0:07", "12:30", "1:02:03"
 */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const pair = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours ? `${hours}:${pair(minutes)}:${pair(s % 60)}` : `${minutes}:${pair(s % 60)}`;
}

/**
 * @param {number} bytes
 * @returns {string} "512 bytes", "48 kB", "3.4 MB"
 */
export function size(bytes) {
  if (bytes < 1000) return count(bytes, "byte");
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Listens to a widget model and stops when the view goes.
 *
 * @param {any} model
 * @param {Record<string, (...args: any[]) => void>} handlers By event name.
 * @returns {() => void} Stops listening.
 */
export function listen(model, handlers) {
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
  };
}

/**
 * A sentence in three parts, as every failure here has.
 *
 * @typedef {{kind?: "error"|"warning"|"info"|"success", message?: string, preserved?: string, hint?: string}} Sentence
 */

/**
 * @param {Sentence} sentence
 * @returns {Node[]} The parts, what happened first and strongest.
 */
export function sentence({ message = "", preserved = "", hint = "" }) {
  return [h("strong", {}, message), preserved && ` ${preserved}`, hint && ` ${hint}`]
    .filter(Boolean)
    .map((part) => (typeof part === "string" ? document.createTextNode(part) : part));
}

/**
 * Keeps the keys pressed in a widget from the notebook around it, where single letters, Enter and the arrows are
 * commands. Shortcuts like Ctrl+S stay the notebook's, but in a field, where they may be for the text.
 *
 * @param {HTMLElement} section
 * @returns {() => void} Stops.
 */
export function keepKeys(section) {
  const ours = (/** @type {KeyboardEvent} */ { target, key, ctrlKey, metaKey, altKey }) => {
    if (!(ctrlKey || metaKey || altKey)) return true;
    return target instanceof Element && target.matches("input, textarea") ? key !== "s" : key === "Enter";
  };
  // JupyterLab takes keys at the document: newer ones after the elements in it, older ones before, where this
  // mark, set one step earlier still, makes it pass over a key.
  const mark = (/** @type {KeyboardEvent} */ event) => section.toggleAttribute("data-lm-suppress-shortcuts", ours(event));
  const keep = (/** @type {KeyboardEvent} */ event) => ours(event) && event.stopPropagation();
  // It refuses line breaks and undoing inside a cell, by a listener at the field itself.
  const typed = (/** @type {InputEvent} */ event) => {
    if (/^(insertLineBreak|historyUndo|historyRedo)$/.test(event.inputType)) event.stopPropagation();
  };
  window.addEventListener("keydown", mark, true);
  section.addEventListener("keydown", keep);
  section.addEventListener("beforeinput", typed, true);
  return () => {
    window.removeEventListener("keydown", mark, true);
    section.removeEventListener("keydown", keep);
    section.removeEventListener("beforeinput", typed, true);
  };
}

const PATIENCE = 5000; // ms that a kernel may take to answer, before the page says that none does

/**
 * Whether a kernel is behind this view. It says hello, also when the page loses or finds its kernel.
 *
 * @param {any} model
 * @param {(there: boolean) => void} onChange Called when it is known, and when that changes.
 * @returns {{tell: (message: any, buffers?: ArrayBuffer[]) => void, hello: () => void, stop: () => void}} `tell` sends
 *   a message; a message that cannot be sent is no error but an absent kernel. `hello` asks once more.
 */
export function kernelBehind(model, onChange) {
  /** @type {boolean|null} */
  let there = null;
  let timer = 0;
  const found = (/** @type {boolean} */ now) => {
    clearTimeout(timer);
    if (there !== now) onChange((there = now));
  };
  const tell = (/** @type {any} */ message, /** @type {ArrayBuffer[]} */ buffers = []) => {
    try {
      model.send(message, undefined, buffers);
    } catch {
      found(false);
    }
  };
  const hello = () => {
    clearTimeout(timer);
    timer = setTimeout(() => found(false), PATIENCE);
    tell({ type: "hello" });
  };
  const stop = listen(model, { "msg:custom": () => found(true), comm_live_update: hello });
  hello();
  return {
    tell,
    hello,
    stop() {
      clearTimeout(timer);
      stop();
    },
  };
}
