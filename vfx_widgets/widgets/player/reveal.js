/**
 * Scrolls an element into view.
 *
 * @param {HTMLElement} node
 */
export function reveal(node) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
}

/**
 * Whether a result that opens by itself may scroll: the person sees the panel, and types nowhere.
 *
 * @param {HTMLElement} panel
 */
export function mayScroll(panel) {
  const { top, bottom } = panel.getBoundingClientRect();
  const active = document.activeElement;
  const isTyping = active?.matches("input:not([type=radio]), textarea, select, [contenteditable=true]");
  return bottom > 0 && top < innerHeight && !isTyping;
}

/**
 * Puts the focus where a player was opened from: the button, or the row of the job in a table that was drawn again.
 *
 * @param {Element | null} opener
 * @param {HTMLElement | null} panel
 * @param {string} job
 */
export function restoreFocus(opener, panel, job) {
  const row = panel?.querySelector(`[data-job="${CSS.escape(job)}"]`);
  const places = [opener, row?.querySelector("button:not(:disabled)"), panel?.querySelector("[role=region][tabindex]")];
  for (const place of places) {
    if (!(place instanceof HTMLElement) || !panel?.contains(place)) continue;
    place.focus();
    if (document.activeElement === place) return;
  }
}
