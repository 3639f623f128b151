import { h, uniqueId } from "../shared/dom.js";
import { place } from "./place.js";
import { drawSketch } from "./sketch.js";

/** What each field is, and where to get it. */
const TEXTS = {
  media_ids: [
    "Media IDs",
    "How the service names a clip: 162 characters that start with CAUS, or a UUID.",
    "Copy it from the replies to the service's page. In the sandbox, pick a sample clip.",
  ],
  token: [
    "Token",
    "Lets the kernel use your account. It is in the Authorization header of the service's page.",
    "Most accounts can't use one any more: the page makes none, or asks for a captcha. The sandbox needs none.",
  ],
  service: [
    "Service",
    "Sandbox runs on this machine, without an account. Labs is live and will probably refuse.",
    "Switch with the link in this line. Each keeps its own clips and jobs.",
  ],
  model: [
    "Model",
    "What upsamples the clip, and to which size.",
    "At Labs, choose one that your plan includes. Before credits are spent, you are asked.",
  ],
  method: [
    "Upsampler",
    "How the sandbox enlarges a clip: Learned is sharper, Lanczos is faster.",
    "The times are estimates for the clips in the list.",
  ],
  aspect_ratio: [
    "Aspect ratio",
    "Landscape is wide, portrait is tall.",
    "Choose the one of your clips. Some models accept landscape only.",
  ],
  seed: [
    "Seed",
    "A number that is sent with the clip. With another one, a finished clip is a new job.",
    "Any whole number will do. Leave it empty for a random one.",
  ],
};

/**
 * Puts a question mark behind the name of a field. It opens what the field is and where to get it.
 *
 * The popover is the browser's: Escape and a click elsewhere close it, and it is not cut at the edge of the panel.
 *
 * @param {HTMLElement} label
 * @param {keyof typeof TEXTS} name
 * @returns {HTMLElement} The label with its button.
 */
export function withHelp(label, name) {
  const [title, what, where] = TEXTS[name];
  const popover = h(
    "div.popover",
    { id: uniqueId("help"), popover: "auto", role: "dialog", ariaLabel: "Help", tabIndex: -1, autofocus: true },
    drawSketch(name),
    h("div", h("strong", title), h("p", what), h("p", where)),
  );
  const button = h(
    "button.help.small",
    { popoverTargetElement: popover },
    h("span.sr-only", `Help: ${title}`),
    h("span", { ariaHidden: "true" }, "?"),
  );
  const move = () => place(popover, button);
  // Its height is known once it is shown, and the event of that comes a moment later.
  popover.addEventListener("beforetoggle", () => {
    popover.style.top = "-100vh";
  });
  popover.addEventListener("toggle", () => {
    if (popover.matches(":popover-open")) {
      move();
      addEventListener("scroll", move, true);
      addEventListener("resize", move);
    } else {
      removeEventListener("scroll", move, true);
      removeEventListener("resize", move);
    }
  });
  return h("div.line.labelled", label, button, popover);
}
