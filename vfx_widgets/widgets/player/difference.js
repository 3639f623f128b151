/** How many times the difference is amplified: powers of two, by which `drawDifference` doubles it. */
export const GAINS = [1, 2, 4, 8, 16, 32];
export const DEFAULT_GAIN = 8;

/**
 * Draws how far two pictures are apart in each color, amplified; equal ones are black. On the page the style sheet does the
 * same; this is for a picture that is saved.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {CanvasImageSource} result
 * @param {CanvasImageSource} reference Scaled to the size of the result.
 * @param {{width: number, height: number}} size Pixels.
 * @param {number} gain One of `GAINS`.
 */
export function drawDifference(context, result, reference, { width, height }, gain) {
  context.imageSmoothingQuality = "high";
  context.drawImage(reference, 0, 0, width, height);
  context.globalCompositeOperation = "difference";
  context.drawImage(result, 0, 0, width, height);
  context.globalCompositeOperation = "lighter"; // adds, up to white
  for (let factor = 1; factor < gain; factor *= 2) context.drawImage(context.canvas, 0, 0);
  context.globalCompositeOperation = "source-over";
}
