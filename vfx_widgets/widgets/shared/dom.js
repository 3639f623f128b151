/** @import { Notice } from "./messages.js" */

/**
 * @template {string} Selector
 * @typedef {Selector extends `${infer Tag}.${string}` ? Tag : Selector} TagOf
 */

/**
 * @template {string} Selector
 * @typedef {TagOf<Selector> extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[TagOf<Selector>] : never} ElementOf
 */

/** @typedef {{[name: `${string}-${string}`]: string | number | boolean}} Attributes */

/**
 * Makes an element. Text becomes text nodes, so nothing that the service sends is read as markup.
 *
 * @template {string} Selector
 * @param {Selector} selector The tag and its classes: "div.vfxw-row".
 * @param {Partial<ElementOf<Selector>> & Attributes} [properties] A name with a dash is set as an attribute.
 * @param {...(Node | string)} children
 * @returns {ElementOf<Selector>}
 */
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = /** @type {ElementOf<Selector>} */ (document.createElement(tag));
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(...children);
  return element;
}

/**
 * Sets the text of an element where it differs: screen readers announce a live region each time it is written.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Fills and shows the element of a notice, or hides it.
 *
 * @param {HTMLElement} element
 * @param {Partial<Notice> | null} notice
 */
export function showNotice(element, notice) {
  const { kind = "error", message = "", preserved, hint } = notice ?? {};
  element.hidden = !message;
  element.dataset.severity = kind;
  element.replaceChildren(h("strong", {}, message), preserved ? ` ${preserved}` : "", hint ? ` ${hint}` : "");
}

/**
 * @param {string} stem
 * @returns {string} An element ID that no other view on the page has.
 */
export function uniqueId(stem) {
  return `vfxw-${stem}-${Math.random().toString(36).slice(2)}`;
}
