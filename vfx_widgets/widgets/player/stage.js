import { h } from "../shared/dom.js";
import { onAbort } from "../shared/model.js";
import { actualSizeScale, clampPercent, moveSplit, pan, positionIn } from "./geometry.js";

/** @typedef {"side" | "wipe" | "result"} Mode */

/**
 * Two videos: a result, and a reference at its left, which is the source or another result. They are shown side by side,
 * under a wipe, or the result alone; and the zoom to actual size. The result comes first in the document.
 *
 * @param {AbortSignal} signal Ends it.
 */
export function createStage(signal) {
  const result = createVideo();
  const reference = createVideo();
  const resultCaption = h("figcaption.small");
  const referenceCaption = h("figcaption.small");
  const handle = h("div.handle", {
    role: "slider",
    tabIndex: 0,
    ariaLabel: "Wipe between left and right",
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
    h("figure.reference", h("div.frame", reference), referenceCaption),
    handle,
    playOverlay,
  );

  // The first frame is the poster until the video is played.
  const drawOverlay = () => {
    playOverlay.hidden = result.readyState < 2 || !result.paused || result.currentTime > 0;
  };
  for (const event of ["loadeddata", "play", "pause", "seeking"]) result.addEventListener(event, drawOverlay);

  let split = 50;
  /** @param {number} percent Share of the left video. */
  const setSplit = (percent) => {
    split = clampPercent(percent);
    node.style.setProperty("--split", `${split}%`);
    handle.ariaValueNow = String(Math.round(split));
    handle.ariaValueText = `${Math.round(split)} % left`;
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
    reference,
    /** @param {HTMLVideoElement} video @param {string} label What it shows. */
    setLabel(video, label) {
      video.ariaLabel = label;
      (video === result ? resultCaption : referenceCaption).textContent = label;
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

function createVideo() {
  // `muted` alone sets no attribute, without which some browsers do not play by themselves.
  return h("video", { muted: true, defaultMuted: true, playsInline: true, loop: true });
}
