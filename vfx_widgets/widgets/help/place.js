const GAP = 6; // pixels

/**
 * Moves an open popover below an element, or above it where there is no room below.
 *
 * @param {HTMLElement} popover
 * @param {Element} anchor
 */
export function place(popover, anchor) {
  const { left, top, bottom } = anchor.getBoundingClientRect();
  const { offsetHeight } = popover;
  const below = bottom + GAP;
  const fits = below + offsetHeight <= innerHeight;
  const y = fits ? below : Math.max(GAP, top - GAP - offsetHeight);
  popover.style.setProperty("--left", `${left}px`); // the style sheet keeps it in the window, also when that shrinks
  popover.style.top = `${Math.min(y, innerHeight - offsetHeight - GAP)}px`;
}
