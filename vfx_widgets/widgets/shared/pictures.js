import { onAbort } from "./model.js";

/** @import { KernelConnection } from "./kernel.js" */

const REQUEST_AFTER = 120; // ms, in which more names are collected
const MAX_URLS = 400; // pictures that are kept, about 10 kB each

/** @typedef {ReturnType<typeof createPictures>} Pictures */

/**
 * Small pictures of clips and results, which the kernel makes when they are asked for. They stay in this page.
 *
 * @param {KernelConnection} kernel
 * @param {AbortSignal} signal Releases them.
 */
export function createPictures(kernel, signal) {
  /** @type {Map<string, string>} URLs by name, the oldest first; empty where there is no picture. */
  const urls = new Map();
  /** @type {Map<string, Set<(url: string) => void>>} Those who wait, by name. */
  const waiting = new Map();
  /** @type {Set<string>} */
  const wanted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const request = () => {
    timer = undefined;
    if (wanted.size) kernel.send({ type: "request_pictures", names: [...wanted] });
    wanted.clear();
  };

  /** @param {string} name @param {string} url */
  const keep = (name, url) => {
    urls.set(name, url);
    if (urls.size <= MAX_URLS) return;
    const [[oldest, old]] = urls;
    URL.revokeObjectURL(old);
    urls.delete(oldest);
  };

  kernel.on("pictures", ({ names }, buffers) => {
    names.forEach((name, index) => {
      const bytes = /** @type {DataView<ArrayBuffer>} */ (buffers[index]);
      const url = bytes?.byteLength ? URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })) : "";
      keep(name, url);
      for (const callback of waiting.get(name) ?? []) callback(url);
      waiting.delete(name);
    });
  });
  // A request that a kernel has left without an answer is made again.
  kernel.onConnectionChange(() => {
    if (!kernel.isConnected) return;
    for (const name of waiting.keys()) wanted.add(name);
    timer ??= setTimeout(request, REQUEST_AFTER);
  });
  onAbort(signal, () => {
    clearTimeout(timer);
    for (const url of urls.values()) URL.revokeObjectURL(url);
    urls.clear();
    waiting.clear();
  });

  return {
    /**
     * @param {string} name A media ID, or the ID of a job for its result.
     * @param {(url: string) => void} callback Called with the URL of the picture, at once or later; empty for none.
     * @returns {() => void} Nobody needs it any more.
     */
    get(name, callback) {
      const url = urls.get(name);
      if (url !== undefined) {
        callback(url);
        return () => {};
      }
      const callbacks = waiting.get(name) ?? new Set();
      callbacks.add(callback);
      if (!waiting.has(name)) {
        waiting.set(name, callbacks);
        wanted.add(name);
        timer ??= setTimeout(request, REQUEST_AFTER);
      }
      return () => {
        callbacks.delete(callback);
        // A row that was scrolled past before the request asks for nothing.
        if (!callbacks.size && wanted.delete(name)) waiting.delete(name);
      };
    },
  };
}
