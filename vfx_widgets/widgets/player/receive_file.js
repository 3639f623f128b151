const CHUNK = 1 << 19; // bytes; as the kernel cuts them
const WINDOW = 4; // chunks asked for ahead, so that a slow line is never flooded
const SILENCE = 2000; // ms without a byte, before what is missing is asked for

/**
 * Gathers files from the kernel, chunk by chunk. The bytes live in this page only.
 *
 * The kernel sends what it shows by itself, because some kernels hear nothing from the page while a cell runs. A page
 * that was opened later, or that gets nothing which a kernel sends by itself, asks for what it misses. So a chunk is
 * known by what it is, not by who has asked for it.
 *
 * @param {any} model
 * @param {(message: any) => void} tell Sends a message to the kernel.
 * @param {string} job
 * @param {string[]} names The files, the most wanted first.
 * @param {object} options
 * @param {boolean} options.expected Whether the kernel is about to send them; if not, they are asked for at once.
 * @param {(name: string, done: number, total: number) => void} options.onProgress In bytes.
 * @param {AbortSignal} options.signal Stops it and lets go of the bytes.
 * @returns {Promise<Blob>[]} One for each name; rejects with the kernel's sentence where there is no such file any more.
 */
export function gather(model, tell, job, names, { expected, onProgress, signal }) {
  const files = new Map(names.map((name) => [name, makeFile()]));
  const whole = [...files.values()].map((file) => file.whole);
  let timer = 0;

  function ask() {
    const [next] = files;
    if (!next) return;
    const [name, { parts, asked, total }] = next;
    for (let offset = 0; offset < total && asked.size < WINDOW; offset += CHUNK) {
      if (parts.has(offset) || asked.has(offset)) continue;
      asked.add(offset);
      tell({ type: "chunk", job, file: name, offset });
    }
  }

  /** @param {any} message @param {DataView[]} buffers */
  function receive(message, buffers) {
    const { type, file: name, offset } = message;
    const file = message.job === job && files.get(name);
    if (!file || !["chunk", "missing"].includes(type) || file.parts.has(offset)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, SILENCE);
    const answered = file.asked.delete(offset);
    if (type === "missing") {
      files.delete(name);
      file.reject(message.sentence);
    } else {
      file.parts.set(offset, buffers[0]);
      file.total = message.total;
      file.done += buffers[0].byteLength;
      onProgress(name, file.done, file.total);
      if (file.done >= file.total) {
        files.delete(name);
        file.resolve(inOrder(file.parts));
      }
    }
    if (answered) ask();
    else tell({ type: "got", job, file: name, offset });
    if (!files.size) finish();
  }

  function finish() {
    clearTimeout(timer);
    model.off("msg:custom", receive);
    signal.removeEventListener("abort", stop);
  }
  function stop() {
    finish();
    for (const file of files.values()) file.reject(new DOMException("closed", "AbortError"));
    files.clear();
  }

  signal.addEventListener("abort", stop);
  model.on("msg:custom", receive);
  if (expected) timer = setTimeout(ask, SILENCE);
  else ask();
  return whole;
}

function makeFile() {
  /** @type {(blob: Blob) => void} */
  let resolve = () => {};
  /** @type {(reason: any) => void} */
  let reject = () => {};
  const whole = /** @type {Promise<Blob>} */ (new Promise((...ways) => ([resolve, reject] = ways)));
  return {
    whole,
    resolve,
    reject,
    parts: /** @type {Map<number, DataView>} */ (new Map()),
    asked: /** @type {Set<number>} */ (new Set()),
    done: 0,
    total: 1, // until the first chunk tells
  };
}

/** @param {Map<number, DataView>} parts */
function inOrder(parts) {
  const ordered = [...parts.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  return new Blob(/** @type {any} */ (ordered), { type: "video/mp4" });
}
