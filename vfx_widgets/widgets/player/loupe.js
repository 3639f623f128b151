import { h } from "../shared/dom.js";
import { clampPercent, pixelAt, positionIn, unzoom } from "./geometry.js";

/** @import { Zoom } from "./geometry.js" */

const SIZE = 128; // CSS pixels of a loupe
const STEP = 1; // percent of the frame that an arrow key moves the loupes by
const LARGE_STEP = 5; // with Shift
const MAGNIFICATION = 4; // CSS pixels for a pixel of the result

/**
 * @param {{x: number, y: number}} pixel Of the result, in the middle of the loupe.
 * @param {number} width Pixels of the result.
 * @param {number} videoWidth Pixels of the video that is looked at; it shows the same part in fewer or more of them.
 * @returns {{x: number, y: number, side: number}} The square of that video in the loupe, in its pixels.
 */
export function squareUnder({ x, y }, width, videoWidth) {
  const ratio = videoWidth / width;
  const side = (SIZE / MAGNIFICATION) * ratio;
  return { x: x * ratio - side / 2, y: y * ratio - side / 2, side };
}

/**
 * A loupe on each picture, at the place that the pointer is at in one of them, or that the arrow keys have moved it to.
 * Pixels are shown as squares.
 *
 * @param {HTMLElement} node The stage.
 * @param {HTMLVideoElement} result
 * @param {HTMLVideoElement} reference
 * @param {() => Zoom} getZoom
 */
export function createLoupes(node, result, reference, getZoom) {
  const videos = [result, reference];
  const canvases = videos.map(() => h("canvas.loupe", { width: SIZE, height: SIZE, hidden: true, ariaHidden: "true" }));
  let isOn = false;
  let at = { x: 50, y: 50 }; // percent of the frame

  const draw = () => {
    const stage = node.getBoundingClientRect();
    const isSide = node.dataset.mode === "side";
    const point = unzoom(getZoom(), at);
    canvases.forEach((canvas, index) => {
      const video = videos[index];
      const frame = /** @type {Element} */ (video.parentElement).getBoundingClientRect();
      canvas.hidden = !isOn || !frame.width || !video.videoWidth;
      const context = canvas.getContext("2d");
      if (canvas.hidden || !context) return;
      // Where both pictures are in the same place, the loupes stand side by side as the pictures would.
      const isPair = !isSide && node.dataset.mode !== "result" && reference.videoWidth > 0;
      const shift = isPair ? (index ? -SIZE / 2 : SIZE / 2) : 0;
      canvas.style.left = `${frame.left - stage.left + (at.x / 100) * frame.width - SIZE / 2 + shift}px`;
      canvas.style.top = `${frame.top - stage.top + (at.y / 100) * frame.height - SIZE / 2}px`;
      const { x, y, side } = squareUnder(pixelAt(result, point), result.videoWidth, video.videoWidth);
      context.imageSmoothingEnabled = false;
      context.fillStyle = "#101113";
      context.fillRect(0, 0, SIZE, SIZE);
      context.drawImage(video, x, y, side, side, 0, 0, SIZE, SIZE);
    });
  };

  node.addEventListener("pointermove", (event) => {
    const frame = event.target instanceof Element && event.target.closest(".vfxw-frame");
    if (!isOn || !frame) return;
    at = positionIn(frame.getBoundingClientRect(), event);
    draw();
  });

  /** @type {Record<string, [x: number, y: number]>} */
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  node.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    if (!isOn || target !== node || !(key in directions) || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    const [right, down] = directions[key];
    const step = shiftKey ? LARGE_STEP : STEP;
    at = { x: clampPercent(at.x + step * right), y: clampPercent(at.y + step * down) };
    draw();
  });

  return {
    canvases,
    isOn: () => isOn,
    /** Draws what the videos show now. */
    draw: () => isOn && draw(),
    /** @param {boolean} on */
    setOn(on) {
      isOn = on;
      node.classList.toggle("vfxw-looking", on);
      draw();
    },
  };
}
