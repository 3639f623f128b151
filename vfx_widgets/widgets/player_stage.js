import { h } from "./common.js";

/**
 * The two pictures: side by side, under a wipe, or the result alone; and the zoom to single pixels.
 * The result comes first in the page, whatever the eye sees first.
 */
export function makeStage() {
  const video = (/** @type {string} */ label) => {
    const node = h("video", { muted: true, playsInline: true, loop: true, "aria-label": label });
    for (const name of ["muted", "playsinline", "loop"]) node.setAttribute(name, "");
    return node;
  };
  const result = video("Result");
  const source = video("Source");
  const resultCaption = h("figcaption");
  const sourceCaption = h("figcaption");
  const handle = h("div.vfxw-handle", {
    role: "slider",
    tabIndex: 0,
    "aria-label": "Wipe between source and result",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const resultFigure = h("figure.vfxw-result", {}, h("div.vfxw-frame", {}, result), resultCaption);
  const sourceFigure = h("figure.vfxw-source", {}, h("div.vfxw-frame", {}, source), sourceCaption);
  const node = h("div.vfxw-stage", {}, resultFigure, sourceFigure, handle);

  let split = 50;
  /** @param {number} percent */
  function setSplit(percent) {
    split = Math.min(100, Math.max(0, percent));
    node.style.setProperty("--vfxw-split", `${split}%`);
    handle.setAttribute("aria-valuenow", String(Math.round(split)));
    handle.setAttribute("aria-valuetext", `${Math.round(split)} % source`);
  }

  const across = (/** @type {PointerEvent} */ event) => {
    const box = node.getBoundingClientRect();
    return (100 * (event.clientX - box.left)) / box.width;
  };
  handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (handle.hasPointerCapture(event.pointerId)) setSplit(across(event));
  });
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -20, PageUp: 20, Home: -100, End: 100 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setSplit(split + by);
  });

  let zoomed = false;
  const at = { x: 50, y: 50 };
  function drawZoom() {
    const shown = result.getBoundingClientRect().width / (zoomed ? currentScale : 1);
    const scale = zoomed && shown ? Math.max(1, result.videoWidth / shown / window.devicePixelRatio) : 1;
    currentScale = scale;
    node.style.setProperty("--vfxw-zoom", String(scale));
    node.style.setProperty("--vfxw-at", `${at.x}% ${at.y}%`);
    node.classList.toggle("vfxw-zoomed", zoomed);
  }
  let currentScale = 1;
  node.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const frame = event.target instanceof Element && event.target.closest(".vfxw-frame");
    if (!zoomed || !frame) return;
    const box = frame.getBoundingClientRect();
    at.x = (100 * (event.clientX - box.left)) / box.width;
    at.y = (100 * (event.clientY - box.top)) / box.height;
    drawZoom();
  });

  setSplit(50);
  return {
    node,
    result,
    source,
    /** @param {string} of @param {string} from */
    caption(of, from) {
      resultCaption.textContent = of;
      sourceCaption.textContent = from;
    },
    /** @param {"side"|"wipe"|"result"} mode */
    setMode(mode) {
      node.dataset.mode = mode;
      drawZoom();
    },
    /** @param {boolean} on */
    zoom(on) {
      zoomed = on;
      drawZoom();
    },
    /** Moves the part that is seen while zoomed. @param {number} x @param {number} y In percent. */
    pan(x, y) {
      at.x = Math.min(100, Math.max(0, at.x + x));
      at.y = Math.min(100, Math.max(0, at.y + y));
      drawZoom();
    },
  };
}
