import { h } from "../shared/dom.js";

/**
 * @import { Pictures } from "../shared/pictures.js"
 * @import { Row } from "../shared/messages.js"
 */

const GAP = 8; // pixels
const SHOW_AFTER = 250; // ms of rest on a thumbnail

/**
 * The pictures of a clip before and after, beside the thumbnail that the pointer is on, or whose row has a focused
 * button "Show". For screen readers they say nothing that the row does not.
 *
 * @param {HTMLElement} rows The element around the rows.
 * @param {(row: Element) => Row | undefined} rowOf
 * @param {Pictures} pictures
 */
export function createPreview(rows, rowOf, pictures) {
  const before = h("img", { alt: "" });
  const after = h("img", { alt: "" });
  const node = h(
    "div.preview",
    { popover: "manual", ariaHidden: "true" },
    h("span.small", before, "Before"),
    h("span.small", after, "After"),
  );
  let target = /** @type {Element | null} */ (null);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const close = () => {
    if (node.isConnected && node.matches(":popover-open")) node.hidePopover();
  };
  const hide = () => {
    clearTimeout(timer);
    target = null;
    close();
  };

  /** @param {Element} thumbnail */
  const show = (thumbnail) => {
    const row = rowOf(thumbnail);
    if (!row?.path || !node.showPopover) return;
    pictures.get(row.media_id, (first) => {
      pictures.get(row.id, (second) => {
        if (target !== thumbnail || !first || !second) return;
        before.src = first;
        after.src = second;
        node.showPopover();
        const { right, top, bottom } = thumbnail.getBoundingClientRect();
        const { offsetWidth, offsetHeight } = node;
        const isBelow = top < offsetHeight + GAP;
        node.style.left = `${Math.max(GAP, Math.min(right + GAP, innerWidth - offsetWidth - GAP))}px`;
        node.style.top = `${isBelow ? bottom + GAP : top - offsetHeight - GAP}px`;
      });
    });
  };

  /** @param {EventTarget | null} at */
  const find = (at) => {
    if (!(at instanceof Element)) return null;
    if (at.closest('[data-action="show"]:focus-visible')) {
      return at.closest(".vfxw-row")?.querySelector(".vfxw-thumbnail") ?? null;
    }
    return at.closest(".vfxw-thumbnail");
  };

  /** @param {Event} event */
  const follow = ({ target: at }) => {
    const found = find(at);
    if (found === target) return;
    hide();
    target = found;
    if (found) timer = setTimeout(show, SHOW_AFTER, found);
  };
  for (const type of ["pointerover", "focusin"]) rows.addEventListener(type, follow);
  for (const type of ["pointerleave", "focusout", "click"]) rows.addEventListener(type, hide);
  return { node, close };
}
