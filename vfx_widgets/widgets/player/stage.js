import { h } from "./common.js";

const PAN = 5; // percent of the picture for one press of an arrow key

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
  const start = h("button.vfxw-start", { type: "button", "aria-label": "Play the video", hidden: true, onclick: () => result.play() }, "▶");
  const node = h("div.vfxw-stage", { role: "group" }, resultFigure, sourceFigure, handle, start);

  // The first frame stands as the poster until the video is played, by itself or by a person.
  const poster = () => (start.hidden = result.readyState < 2 || !result.paused || result.currentTime > 0);
  for (const event of ["loadeddata", "play", "pause", "seeking"]) result.addEventListener(event, poster);

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
    // Of the picture itself: on a full screen there may be bars beside it.
    const { clientWidth, clientHeight } = result;
    const shown = Math.min(clientWidth, (clientHeight * result.videoWidth) / result.videoHeight);
    const scale = zoomed && shown ? Math.max(1, result.videoWidth / shown / window.devicePixelRatio) : 1;
    node.style.setProperty("--vfxw-zoom", String(scale));
    node.style.setProperty("--vfxw-at", `${at.x}% ${at.y}%`);
    node.classList.toggle("vfxw-zoomed", zoomed);
  }
  const resized = new ResizeObserver(() => zoomed && drawZoom());
  resized.observe(node);
  node.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const frame = event.target instanceof Element && event.target.closest(".vfxw-frame");
    if (!zoomed || !frame) return;
    const box = frame.getBoundingClientRect();
    at.x = (100 * (event.clientX - box.left)) / box.width;
    at.y = (100 * (event.clientY - box.top)) / box.height;
    drawZoom();
  });
  node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: [-PAN, 0], ArrowRight: [PAN, 0], ArrowUp: [0, -PAN], ArrowDown: [0, PAN] }[event.key];
    if (!zoomed || !by || event.target !== node) return;
    event.preventDefault();
    event.stopPropagation();
    at.x = Math.min(100, Math.max(0, at.x + by[0]));
    at.y = Math.min(100, Math.max(0, at.y + by[1]));
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
      node.tabIndex = on ? 0 : -1;
      if (on) node.setAttribute("aria-label", "Single pixels; the arrow keys move the part that is seen");
      else node.removeAttribute("aria-label");
      drawZoom();
    },
    stop: () => resized.disconnect(),
  };
}
