import { h, setText, uniqueId } from "../shared/dom.js";
import { place } from "./place.js";

/** @import { View } from "../shared/model.js" */

const KEY = "vfx_widgets.tour";
let isClosed = false; // in this page, also where nothing can be stored

/** What is pointed at, and what is said about it. @type {[selector: string, text: string][]} */
const STEPS = [
  [".vfxw-fields > .vfxw-field", "Add the clips here: paste media IDs, or pick a sample clip."],
  [".vfxw-side", "Choose how they are upsampled. The ? beside a name says what it is."],
  [".vfxw-primary", "Submit them. Nothing is sent before you click this."],
  [".vfxw-table", "Each clip is a job in this table. You can work on in the notebook meanwhile."],
  [".vfxw-player, .vfxw-no-video", "A finished clip is compared with its source here."],
];

const remember = () => {
  isClosed = true;
  try {
    localStorage.setItem(KEY, "closed");
  } catch {} // a page that may not store anything
};

const isRemembered = () => {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
};

/**
 * A line that offers a tour of the panel, until it is closed for ever; and the tour. Offered where a kernel answers and
 * there are no jobs yet. What is closed is remembered in the browser only.
 *
 * @param {View} view
 * @param {() => HTMLElement} getRoot Returns the panel.
 */
export function createTour({ model, kernel }, getRoot) {
  let step = 0;
  let target = /** @type {HTMLElement | undefined} */ (undefined);
  const start = h("button.small", { onclick: () => open() }, "Take the tour (30 s)");
  const dismiss = h("button.link.small", { onclick: () => end() }, "Don't show again");
  const offer = h(
    "div.tour-offer.line.small",
    { hidden: true, role: "region", ariaLabel: "Tour" },
    h("span", "New here?"),
    start,
    dismiss,
  );
  const count = h("span.small.muted");
  const text = h("p", { id: uniqueId("tour") });
  const back = h("button.small", { onclick: () => go(step - 1) }, "Back");
  const next = h("button.small", { onclick: () => (step + 1 < STEPS.length ? go(step + 1) : end()) });
  const close = h("button.small.quiet", { onclick: () => end() }, "Close");
  const popover = h(
    "div.popover.tour",
    { popover: "manual", role: "dialog", ariaLabel: "Tour", "aria-describedby": text.id },
    h("div", { ariaLive: "polite" }, count, text),
    h("div.line", next, back, close),
  );
  popover.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    end();
  };

  const unmark = () => target?.classList.remove("vfxw-pointed");
  const move = () => target && place(popover, target);

  /** @param {number} number */
  const go = (number) => {
    step = number;
    unmark();
    const [selector, words] = STEPS[step];
    target = [.../** @type {NodeListOf<HTMLElement>} */ (getRoot().querySelectorAll(selector))].find(
      ({ hidden }) => !hidden,
    );
    target?.classList.add("vfxw-pointed");
    target?.scrollIntoView({ block: "center" }); // at once: no motion to reduce
    setText(count, `${step + 1} of ${STEPS.length}`);
    setText(text, words);
    setText(next, step + 1 < STEPS.length ? "Next" : "Done");
    back.disabled = !step;
    move();
    next.focus({ preventScroll: true });
  };

  const open = () => {
    popover.showPopover();
    addEventListener("scroll", move, true);
    addEventListener("resize", move);
    go(0);
  };

  const end = () => {
    remember();
    removeEventListener("scroll", move, true);
    removeEventListener("resize", move);
    unmark();
    const hadFocus = popover.contains(document.activeElement) || offer.contains(document.activeElement);
    if (popover.matches(":popover-open")) popover.hidePopover();
    offer.hidden = true;
    if (hadFocus) /** @type {HTMLElement | null} */ (getRoot().querySelector("button.vfxw-primary"))?.focus();
  };

  const draw = () => {
    offer.hidden = isClosed || !kernel.isConnected || model.get("rows").length > 0 || isRemembered();
  };
  kernel.on("connected", draw);
  kernel.on("rows", draw);
  kernel.onConnectionChange(draw);
  return { offer, popover };
}
