import { h } from "../shared/dom.js";
import { clampPercent, moveSplit, positionIn } from "./geometry.js";
import { createLoupes } from "./loupe.js";
import { createZoom } from "./zoom.js";

/** @typedef {"side" | "wipe" | "result" | "flip" | "difference"} Mode */

/**
 * Two videos: a result, and a reference at its left, which is the source or another result. They are shown side by side,
 * under a wipe, the result alone, one at a time in the same place, or as their difference; with zoom and loupe. The
 * result comes first in the document.
 *
 * @param {{onClick: () => void, onZoom: (isActualSize: boolean) => void}} handlers
 * @param {AbortSignal} signal Ends it.
 */
export function createStage({ onClick, onZoom }, signal) {
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
    { role: "group", tabIndex: -1 },
    h(
      "div.pictures",
      h("figure.result", h("div.frame", result), resultCaption),
      h("figure.reference", h("div.frame", reference), referenceCaption),
    ),
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

  let zoomLabel = "";
  /** Makes the pictures a stop of the Tab key where arrow keys do something, and says what. */
  const describe = () => {
    const label = loupes.isOn() ? "Loupe; arrow keys move it, with Shift faster" : zoomLabel;
    node.tabIndex = label ? 0 : -1;
    node.ariaLabel = label || null;
  };
  const loupes = createLoupes(node, result, reference, () => zoom.get());
  const onChange = (/** @type {boolean} */ isActualSize, /** @type {boolean} */ isZoomed) => {
    zoomLabel = isActualSize ? "100 % zoom; arrow keys pan" : isZoomed ? "Zoomed; arrow keys pan" : "";
    describe();
    onZoom(isActualSize);
  };
  const zoom = createZoom(node, result, { onClick, onChange }, signal);
  node.append(...loupes.canvases);
  node.addEventListener("pointermove", () => loupes.draw());
  node.dataset.flipped = "result";

  return {
    node,
    result,
    reference,
    zoom,
    loupes,
    /** @param {HTMLVideoElement} video @param {string} label What it shows. */
    setLabel(video, label) {
      video.ariaLabel = label;
      (video === result ? resultCaption : referenceCaption).textContent = label;
    },
    /** @returns {Mode} */
    mode: () => /** @type {Mode} */ (node.dataset.mode),
    /** @param {Mode} mode */
    setMode(mode) {
      node.dataset.mode = mode;
      loupes.draw();
    },
    /** @param {boolean} on */
    setLoupe(on) {
      loupes.setOn(on);
      describe();
    },
    /** @param {number} percent */
    moveSplit: (percent) => setSplit(split + percent),
    /** Shows the other picture in the same place. @returns {HTMLVideoElement} The one on show. */
    flip() {
      node.dataset.flipped = node.dataset.flipped === "result" ? "reference" : "result";
      return node.dataset.flipped === "result" ? result : reference;
    },
    /** @returns {"result" | "reference"} The picture on show where there is one at a time. */
    flipped: () => (node.dataset.flipped === "reference" ? "reference" : "result"),
    /** @param {number} gain How many times the difference is amplified. */
    setGain: (gain) => node.style.setProperty("--gain", String(gain)),
  };
}

function createVideo() {
  // `muted` alone sets no attribute, without which some browsers do not play by themselves.
  return h("video", { muted: true, defaultMuted: true, playsInline: true, loop: true });
}
