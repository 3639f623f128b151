import { h } from "../shared/dom.js";
import { onAbort } from "../shared/model.js";
import { actualSizeScale, clampPercent, moveSplit, pan, positionIn } from "./geometry.js";

/** @typedef {"side" | "wipe" | "result"} Mode */

/**
 * The two videos: side by side, under a wipe, or the result alone; and the zoom to actual size.
 * The result comes first in the document, whatever is seen first.
 *
 * @param {AbortSignal} signal Ends it.
 */
export function createStage(signal) {
  const result = createVideo("Result");
  const source = createVideo("Source");
  const resultCaption = h("figcaption.small");
  const sourceCaption = h("figcaption.small");
  const handle = h("div.handle", {
    role: "slider",
    tabIndex: 0,
    ariaLabel: "Wipe between source and result",
  });
  const playOverlay = h(
    "button.play",
    { ariaLabel: "Play the video", hidden: true, onclick: () => result.play() },
    "▶",
  );
  const node = h(
    "div.stage",
    { role: "group" },
    h("figure.result", h("div.frame", result), resultCaption),
    h("figure.source", h("div.frame", source), sourceCaption),
    handle,
    playOverlay,
  );

  // The first frame is the poster until the video is played.
  const drawOverlay = () => {
    playOverlay.hidden = result.readyState < 2 || !result.paused || result.currentTime > 0;
  };
  for (const event of ["loadeddata", "play", "pause", "seeking"]) result.addEventListener(event, drawOverlay);

  let split = 50;
  /** @param {number} percent Share of the source. */
  const setSplit = (percent) => {
    split = clampPercent(percent);
    node.style.setProperty("--split", `${split}%`);
    handle.ariaValueNow = String(Math.round(split));
    handle.ariaValueText = `${Math.round(split)} % source`;
  };
  handle.onpointerdown = (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  };
  handle.onpointermove = (event) => {
    if (handle.hasPointerCapture(event.pointerId)) setSplit(positionIn(node.getBoundingClientRect(), event).x);
  };
  handle.onkeydown = (event) => {
    const moved = moveSplit(split, event.key);
    if (moved === null) return;
    event.preventDefault();
    setSplit(moved);
  };
  setSplit(split);

  let isZoomed = false;
  let center = { x: 50, y: 50 };
  const drawZoom = () => {
    const scale = isZoomed ? actualSizeScale(result, window.devicePixelRatio) : 1;
    node.style.setProperty("--zoom", String(scale));
    node.style.setProperty("--center", `${center.x}% ${center.y}%`);
    node.classList.toggle("vfxw-zoomed", isZoomed);
  };
  const observer = new ResizeObserver(() => isZoomed && drawZoom());
  observer.observe(node);
  onAbort(signal, () => observer.disconnect());
  node.onpointermove = (event) => {
    const frame = event.target instanceof Element && event.target.closest(".vfxw-frame");
    if (!isZoomed || !frame) return;
    center = positionIn(frame.getBoundingClientRect(), event);
    drawZoom();
  };
  node.onkeydown = (event) => {
    const moved = isZoomed && event.target === node && pan(center, event.key);
    if (!moved) return;
    event.preventDefault();
    center = moved;
    drawZoom();
  };

  return {
    node,
    result,
    source,
    /** @param {string} ofResult @param {string} ofSource */
    setCaptions(ofResult, ofSource) {
      resultCaption.textContent = ofResult;
      sourceCaption.textContent = ofSource;
    },
    /** @param {Mode} mode */
    setMode(mode) {
      node.dataset.mode = mode;
      drawZoom();
    },
    /** @param {boolean} on */
    setZoom(on) {
      isZoomed = on;
      node.tabIndex = on ? 0 : -1;
      node.ariaLabel = on ? "100 % zoom; arrow keys pan" : null;
      drawZoom();
    },
  };
}

/** @param {string} label */
function createVideo(label) {
  // `muted` alone sets no attribute, without which some browsers do not play by themselves.
  return h("video", { muted: true, defaultMuted: true, playsInline: true, loop: true, ariaLabel: label });
}
