/** @import { Notice } from "./messages.js" */

/** @typedef {keyof HTMLElementTagNameMap} Tag */

/**
 * @template {string} Selector
 * @typedef {Selector extends Tag ? Selector : Selector extends `${infer Name extends Tag}.${string}` ? Name : never} TagOf
 */

/**
 * @template {string} Selector
 * @typedef {HTMLElementTagNameMap[TagOf<Selector>]} ElementOf
 */

/** @typedef {{[name: `${string}-${string}`]: string | number | boolean}} Attributes */

/**
 * Makes an element. Text becomes text nodes, so nothing that the service sends is read as markup.
 *
 * @template {Tag | `${Tag}.${string}`} Selector
 * @param {Selector} selector The tag and its classes, without their prefix: "div.row" has the class "vfxw-row".
 * @param {...(Node | string | (Partial<ElementOf<Selector>> & Attributes))} content Children and properties. A property
 *   with a dash in its name is set as an attribute.
 * @returns {ElementOf<Selector>}
 */
export function h(selector, ...content) {
  const [tag, ...classes] = selector.split(".");
  const element = /** @type {ElementOf<Selector>} */ (document.createElement(tag));
  if (classes.length) element.className = classes.map((name) => `vfxw-${name}`).join(" ");
  for (const item of content) {
    if (typeof item === "string" || item instanceof Node) element.append(item);
    else {
      for (const [name, value] of /** @type {[string, any][]} */ (Object.entries(item))) {
        if (name.includes("-")) element.setAttribute(name, value);
        else Reflect.set(element, name, value);
      }
    }
  }
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
  element.replaceChildren(h("strong", message), preserved ? ` ${preserved}` : "", hint ? ` ${hint}` : "");
}

/**
 * @param {string} stem
 * @returns {string} An element ID that no other view on the page has.
 */
export function uniqueId(stem) {
  return `vfxw-${stem}-${Math.random().toString(36).slice(2)}`;
}
