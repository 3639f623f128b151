/** @param {number} percent */
export const clampPercent = (percent) => Math.min(100, Math.max(0, percent));

/**
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {{clientX: number, clientY: number}} pointer
 * @returns {{x: number, y: number}} Where the pointer is in the box, in percent of its sides.
 */
export function positionIn(box, { clientX, clientY }) {
  return {
    x: clampPercent((100 * (clientX - box.left)) / box.width),
    y: clampPercent((100 * (clientY - box.top)) / box.height),
  };
}

/** @type {Record<string, number>} Percent that a key moves the wipe by. */
const SPLIT_KEYS = {
  ArrowLeft: -2,
  ArrowDown: -2,
  ArrowRight: 2,
  ArrowUp: 2,
  PageDown: -20,
  PageUp: 20,
  Home: -100,
  End: 100,
};

/**
 * @param {number} split Percent.
 * @param {string} key
 * @returns {number | null} The split after the key; null for a key that does not move it.
 */
export function moveSplit(split, key) {
  return key in SPLIT_KEYS ? clampPercent(split + SPLIT_KEYS[key]) : null;
}

/** @type {Record<string, [x: number, y: number]>} Percent of the picture that a key pans by. */
const PAN_KEYS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };

/**
 * @param {{x: number, y: number}} center Percent.
 * @param {string} key
 * @returns {{x: number, y: number} | null} The center after the key; null for a key that does not pan.
 */
export function pan({ x, y }, key) {
  if (!(key in PAN_KEYS)) return null;
  const [right, down] = PAN_KEYS[key];
  return { x: clampPercent(x + right), y: clampPercent(y + down) };
}

/**
 * @param {{clientWidth: number, clientHeight: number, videoWidth: number, videoHeight: number}} video CSS pixels of the
 *   element, which may have bars beside the picture, and pixels of the video.
 * @param {number} pixelRatio Pixels of the screen for one CSS pixel.
 * @returns {number} The scale at which a pixel of the video takes one of the screen; at least 1.
 */
export function actualSizeScale({ clientWidth, clientHeight, videoWidth, videoHeight }, pixelRatio) {
  const shownWidth = Math.min(clientWidth, (clientHeight * videoWidth) / videoHeight);
  return shownWidth ? Math.max(1, videoWidth / shownWidth / pixelRatio) : 1;
}
