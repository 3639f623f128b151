import { h } from "../shared/dom.js";
import { drawDifference } from "./difference.js";

/** @typedef {"result" | "reference" | "both" | "difference"} FrameContent */
/** @typedef {{video: HTMLVideoElement, label: string}} Picture */

/**
 * @param {{width: number, height: number}[]} sizes Pixels of the pictures, from left to right.
 * @returns {{width: number, height: number, strip: number, places: {x: number, width: number}[]}} The whole in pixels: the
 *   pictures are as high as the highest, with a strip for labels below.
 */
export function layoutSideBySide(sizes) {
  const height = Math.max(...sizes.map((size) => size.height));
  let x = 0;
  const places = sizes.map((size) => {
    const width = Math.round((size.width * height) / size.height);
    x += width;
    return { x: x - width, width };
  });
  return { width: x, height, strip: Math.max(24, Math.round(height / 24)), places };
}

/**
 * @param {string} clip Its display name.
 * @param {number} frame From 0.
 * @param {FrameContent} content
 * @returns {string} "harbour_frame_0031.png", "harbour_frame_0031_both.png"
 */
export function frameFileName(clip, frame, content) {
  const stem = clip.replace(/[^\p{L}\p{N}.-]+/gu, "_").replace(/^[_.]+|_+$/g, "") || "clip";
  const suffix = content === "result" ? "" : content === "reference" ? "_left" : `_${content}`;
  return `${stem}_frame_${String(frame + 1).padStart(4, "0")}${suffix}.png`;
}

/**
 * Draws what the videos show, in their own pixels.
 *
 * @param {Picture} result
 * @param {Picture} reference
 * @param {FrameContent} content
 * @param {number} gain Of the difference.
 * @returns {HTMLCanvasElement}
 */
export function drawFrame(result, reference, content, gain) {
  const canvas = h("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [left, right] = [reference, result].map(({ video }) => ({
    width: video.videoWidth,
    height: video.videoHeight,
  }));
  if (content === "both") {
    const { width, height, strip, places } = layoutSideBySide([left, right]);
    Object.assign(canvas, { width, height: height + strip });
    context.fillStyle = "#101113";
    context.fillRect(0, height, width, strip);
    context.fillStyle = "#fff";
    context.font = `${Math.round(strip * 0.55)}px sans-serif`;
    context.textBaseline = "middle";
    context.imageSmoothingQuality = "high";
    [reference, result].forEach(({ video, label }, index) => {
      const { x, width } = places[index];
      context.drawImage(video, x, 0, width, height);
      context.fillText(label, x + strip / 3, height + strip / 2, width - strip);
    });
  } else {
    const picture = content === "reference" ? reference : result;
    Object.assign(canvas, content === "reference" ? left : right);
    if (content === "difference") drawDifference(context, result.video, reference.video, right, gain);
    else context.drawImage(picture.video, 0, 0);
  }
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function toPng(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))), "image/png");
  });
}

/** @param {HTMLCanvasElement} canvas @param {string} name */
export async function savePng(canvas, name) {
  const url = URL.createObjectURL(await toPng(canvas));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may ask first where to save it
}

/**
 * @param {Promise<HTMLCanvasElement>} canvas
 * @returns {Promise<boolean>} Whether it was copied; a page without HTTPS may not copy pictures.
 */
export async function copyPng(canvas) {
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": canvas.then(toPng) })]);
    return true;
  } catch {
    return false;
  }
}
