const CHUNK = 1 << 20; // bytes; as the kernel cuts them
const WINDOW = 3; // chunks asked for ahead, so that a slow line is never flooded

let serial = 0;

/**
 * Pulls one file from the kernel, chunk by chunk. The bytes live in this page only.
 *
 * @param {any} model
 * @param {(message: any) => void} tell Sends a message to the kernel.
 * @param {string} job
 * @param {"result"|"source"} file
 * @param {(done: number, total: number) => void} onProgress In bytes.
 * @param {AbortSignal} signal Stops the pull and lets go of the bytes.
 * @returns {Promise<Blob>} Rejects with the kernel's sentence where there is no such file any more.
 */
export function pull(model, tell, job, file, onProgress, signal) {
  serial += 1;
  const view = `${Date.now()}-${serial}`;
  return new Promise((resolve, reject) => {
    /** @type {Map<number, ArrayBuffer|DataView>} */
    let parts = new Map();
    let asked = 0;
    let done = 0;
    let total = 1; // until the first chunk tells

    const ask = () => {
      while (asked < total && asked < done + WINDOW * CHUNK) {
        tell({ type: "chunk", view, job, file, offset: asked });
        asked += CHUNK;
        if (total === 1) break; // the size is not known before the first answer
      }
    };

    const finish = () => {
      model.off("msg:custom", receive);
      signal.removeEventListener("abort", stop);
    };
    const stop = () => {
      finish();
      parts = new Map();
      reject(new DOMException("closed", "AbortError"));
    };

    /** @param {any} message @param {DataView[]} buffers */
    function receive(message, buffers) {
      if (message.view !== view) return;
      if (message.type === "missing") {
        finish();
        return reject(message.sentence);
      }
      if (message.type !== "chunk" || parts.has(message.offset)) return;
      parts.set(message.offset, buffers[0]);
      total = message.total;
      done += buffers[0].byteLength;
      onProgress(done, total);
      if (done < total) return ask();
      finish();
      const ordered = [...parts.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
      parts = new Map();
      resolve(new Blob(/** @type {any} */ (ordered), { type: "video/mp4" }));
    }

    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop);
    model.on("msg:custom", receive);
    ask();
  });
}
