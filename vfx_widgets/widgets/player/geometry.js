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

/** @typedef {{scale: number, x: number, y: number}} Zoom The point at x and y, in percent, stays where it is. */

const MAX_SCALE = 16;

/**
 * @param {Zoom} zoom
 * @param {number} scale The new one.
 * @param {{x: number, y: number}} at Percent of the box; what is there stays there.
 * @returns {Zoom}
 */
export function zoomAt(zoom, scale, at) {
  const next = Math.min(MAX_SCALE, Math.max(1, scale));
  if (next < 1.001) return { ...zoom, scale: 1 };
  const { x, y } = unzoom(zoom, at);
  return {
    scale: next,
    x: clampPercent((next * x - at.x) / (next - 1)),
    y: clampPercent((next * y - at.y) / (next - 1)),
  };
}

/**
 * @param {Zoom} zoom
 * @param {{x: number, y: number}} at Percent of the box.
 * @returns {{x: number, y: number}} Which point of the picture's element is there, in percent.
 */
export function unzoom({ scale, x, y }, at) {
  return { x: x + (at.x - x) / scale, y: y + (at.y - y) / scale };
}

/**
 * @param {Zoom} zoom
 * @param {{x: number, y: number}} moved Percent of the box that the picture was dragged by.
 * @returns {Zoom}
 */
export function drag({ scale, x, y }, moved) {
  if (scale <= 1) return { scale, x, y };
  return { scale, x: clampPercent(x - moved.x / (scale - 1)), y: clampPercent(y - moved.y / (scale - 1)) };
}

/**
 * @param {{clientWidth: number, clientHeight: number, videoWidth: number, videoHeight: number}} video
 * @param {{x: number, y: number}} point Percent of its element.
 * @returns {{x: number, y: number}} The point in pixels of the video; outside of it for a point on the bars beside it.
 */
export function pixelAt({ clientWidth, clientHeight, videoWidth, videoHeight }, { x, y }) {
  const fit = Math.min(clientWidth / videoWidth, clientHeight / videoHeight);
  return {
    x: ((x / 100) * clientWidth - (clientWidth - videoWidth * fit) / 2) / fit,
    y: ((y / 100) * clientHeight - (clientHeight - videoHeight * fit) / 2) / fit,
  };
}
