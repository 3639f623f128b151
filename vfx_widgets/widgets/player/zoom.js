import { onAbort } from "../shared/model.js";
import { actualSizeScale, drag, pan, positionIn, zoomAt } from "./geometry.js";

const STEP = 1.25; // of the keys
const CLICK_DISTANCE = 4; // CSS pixels; a pointer that moves less has clicked

/**
 * Zoom of both pictures: with Ctrl and the wheel, the wheel alone in full screen, or two fingers; panned by dragging and
 * by the arrow keys. A trackpad's pinch comes as a wheel with Ctrl.
 *
 * @param {HTMLElement} node The stage, which the zoom is set on.
 * @param {HTMLVideoElement} result
 * @param {{onChange: (isActualSize: boolean, isZoomed: boolean) => void, onClick: () => void}} handlers
 * @param {AbortSignal} signal Ends it.
 */
export function createZoom(node, result, { onChange, onClick }, signal) {
  let zoom = { scale: 1, x: 50, y: 50 };
  let isActualSize = false;
  const pointers = /** @type {Map<number, PointerEvent>} */ (new Map());
  let distance = 0; // CSS pixels that the pointer has moved since it went down

  /** @param {typeof zoom} next */
  const set = (next) => {
    zoom = next;
    const isZoomed = zoom.scale > 1 || isActualSize;
    node.style.setProperty("--zoom", String(zoom.scale));
    node.style.setProperty("--center", `${zoom.x}% ${zoom.y}%`);
    node.classList.toggle("vfxw-zoomed", isZoomed);
    onChange(isActualSize, isZoomed);
  };
  const setScale = (/** @type {number} */ scale, at = { x: 50, y: 50 }) => {
    isActualSize = false;
    set(zoomAt(zoom, scale, at));
  };
  const frameOf = (/** @type {Event} */ { target }) =>
    target instanceof Element ? target.closest(".vfxw-frame")?.getBoundingClientRect() : undefined;

  node.addEventListener(
    "wheel",
    (event) => {
      const frame = frameOf(event);
      // Without Ctrl the wheel scrolls the notebook.
      if (!frame || !(event.ctrlKey || event.metaKey || document.fullscreenElement)) return;
      event.preventDefault();
      const pixels = event.deltaMode ? event.deltaY * 30 : event.deltaY;
      // A trackpad sends many small steps, a wheel few large ones.
      setScale(zoom.scale * (Math.abs(pixels) < 40 ? 1.01 : 1.002) ** -pixels, positionIn(frame, event));
    },
    { passive: false, signal },
  );

  node.addEventListener("pointerdown", (event) => {
    if (event.button || !frameOf(event)) return;
    pointers.set(event.pointerId, event);
    distance = pointers.size > 1 ? Number.POSITIVE_INFINITY : 0; // two fingers do not click
    node.setPointerCapture(event.pointerId);
  });
  node.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const frame = node.querySelector(".vfxw-frame")?.getBoundingClientRect();
    if (!before || !frame) return;
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    distance += Math.hypot(x, y);
    const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    pointers.set(event.pointerId, event);
    if (other) {
      const apart = (/** @type {PointerEvent} */ each) =>
        Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY) || 1;
      setScale((zoom.scale * apart(event)) / apart(before), positionIn(frame, event));
    } else if (zoom.scale > 1) set({ ...drag(zoom, { x: (100 * x) / frame.width, y: (100 * y) / frame.height }) });
  });
  node.addEventListener("pointerup", (event) => {
    if (pointers.delete(event.pointerId) && distance < CLICK_DISTANCE) onClick();
  });
  node.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  node.addEventListener("keydown", (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (event.defaultPrevented) return; // the loupe was moved
    const moved = zoom.scale > 1 || isActualSize ? event.target === node && isPlain && pan(zoom, event.key) : null;
    if (!moved) return;
    event.preventDefault();
    set({ ...zoom, ...moved });
  });

  const setActualSize = (/** @type {boolean} */ on) => {
    isActualSize = on;
    set({ ...zoom, scale: on ? actualSizeScale(result, window.devicePixelRatio) : 1 });
  };
  const observer = new ResizeObserver(() => isActualSize && setActualSize(true));
  observer.observe(node);
  onAbort(signal, () => observer.disconnect());

  return {
    get: () => zoom,
    setActualSize,
    /** @param {1 | -1} direction */
    zoomBy: (direction) => setScale(zoom.scale * STEP ** direction),
  };
}
