import { onAbort } from "../shared/model.js";

/**
 * @import { KernelConnection } from "../shared/kernel.js"
 * @import { Chunk, ChunkMissing } from "../shared/messages.js"
 */

const CHUNK_SIZE = 1 << 19; // bytes; as the kernel cuts files
const MAX_REQUESTS = 4; // chunks requested ahead, so that a slow connection is not flooded
const REQUEST_AFTER = 2000; // ms without a chunk, after which what is missing is requested

/** @typedef {Chunk["file"]} Role */

/** The chunks of one file: those received and those requested. */
export class PartialFile {
  #chunks = /** @type {Map<number, DataView>} */ (new Map());
  #requested = /** @type {Set<number>} */ (new Set());
  received = 0; // bytes
  total = 1; // bytes; unknown before the first chunk
  available = 0; // bytes from the start on, without a gap

  get isComplete() {
    return this.received >= this.total;
  }

  /** @param {number} offset Bytes. */
  has(offset) {
    return this.#chunks.has(offset);
  }

  /**
   * @param {number} offset Bytes.
   * @param {number} total Bytes of the file.
   * @param {DataView} bytes
   */
  add(offset, total, bytes) {
    this.#chunks.set(offset, bytes);
    this.total = total;
    this.received += bytes.byteLength;
    for (let next = this.#chunks.get(this.available); next?.byteLength; next = this.#chunks.get(this.available))
      this.available += next.byteLength;
  }

  /**
   * @param {number} start
   * @param {number} end Of the bytes, all of which are available.
   * @returns {Uint8Array}
   */
  read = (start, end) => {
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end; ) {
      const offset = at - (at % CHUNK_SIZE);
      const chunk = /** @type {DataView} */ (this.#chunks.get(offset));
      const part = Math.min(end, offset + chunk.byteLength) - at;
      bytes.set(new Uint8Array(chunk.buffer, chunk.byteOffset + at - offset, part), at - start);
      at += part;
    }
    return bytes;
  };

  /**
   * @param {number} offset
   * @returns {boolean} Whether this chunk had been requested. It no longer counts as such.
   */
  settle(offset) {
    return this.#requested.delete(offset);
  }

  /** How many chunks were requested and have not arrived. */
  get requests() {
    return this.#requested.size;
  }

  /** @returns {number | null} The offset to request next, which counts as requested from then on; null for none. */
  takeRequest() {
    for (let offset = 0; offset < this.total; offset += CHUNK_SIZE) {
      if (this.#chunks.has(offset) || this.#requested.has(offset)) continue;
      this.#requested.add(offset);
      return offset;
    }
    return null;
  }

  /** @returns {Blob} The chunks in order. */
  toBlob() {
    const chunks = [...this.#chunks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    return new Blob(/** @type {BlobPart[]} */ (chunks), { type: "video/mp4" });
  }
}

/**
 * Receives files from the kernel, chunk by chunk. The bytes stay in this page.
 *
 * The kernel sends what it shows unasked, because some kernels handle no message while a cell runs. A page that was
 * opened later, or that gets nothing which a kernel sends unasked, requests what is missing. So a chunk is known by its
 * file and offset, whoever has requested it.
 *
 * @param {KernelConnection} kernel
 * @param {string} job
 * @param {Role[]} roles The files, first the one needed first.
 * @param {object} options
 * @param {boolean} options.isExpected Whether the kernel is about to send them; else they are requested at once.
 * @param {(role: Role, file: PartialFile) => void} options.onProgress Called after each chunk.
 * @param {AbortSignal} options.signal Ends it and releases the bytes.
 * @returns {Promise<Blob>[]} One for each role; rejected with the kernel's notice where the file can't be read.
 */
export function receiveFile(kernel, job, roles, { isExpected, onProgress, signal }) {
  const files = new Map(roles.map((role) => [role, { ...newPromise(), chunks: new PartialFile() }]));
  const promises = [...files.values()].map(({ promise }) => promise);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const request = () => {
    // In turn, so that all files play from the start on.
    let isMore = true;
    while (isMore) {
      isMore = false;
      for (const [file, { chunks }] of files) {
        const waiting = [...files.values()].reduce((count, each) => count + each.chunks.requests, 0);
        const offset = waiting < MAX_REQUESTS ? chunks.takeRequest() : null;
        if (offset === null) continue;
        kernel.send({ type: "request_chunk", job, file, offset });
        isMore = true;
      }
    }
  };

  /**
   * @param {Chunk | ChunkMissing} message
   * @param {DataView} [bytes] Left out where the file can't be read.
   */
  const receive = (message, bytes) => {
    const { file: role, offset } = message;
    const file = message.job === job ? files.get(role) : undefined;
    if (!file || file.chunks.has(offset)) return;
    const { chunks, resolve, reject } = file;
    clearTimeout(timer);
    timer = setTimeout(request, REQUEST_AFTER);
    if (message.type === "chunk" && bytes) {
      chunks.add(offset, message.total, bytes);
      onProgress(role, chunks);
      if (chunks.isComplete) resolve(chunks.toBlob());
    } else if (message.type === "chunk_missing") reject(message.notice);
    if (message.type === "chunk_missing" || chunks.isComplete) files.delete(role);
    if (chunks.settle(offset)) request();
    else kernel.send({ type: "received_chunk", job, file: role, offset });
    if (!files.size) finish();
  };

  const stopChunks = kernel.on("chunk", (message, [bytes]) => receive(message, bytes));
  const stopMissing = kernel.on("chunk_missing", (message) => receive(message));

  const finish = () => {
    clearTimeout(timer);
    stopChunks();
    stopMissing();
  };
  onAbort(signal, () => {
    finish();
    for (const { reject } of files.values()) reject(new DOMException("The player was closed.", "AbortError"));
    files.clear();
  });
  if (isExpected) timer = setTimeout(request, REQUEST_AFTER);
  else request();
  return promises;
}

function newPromise() {
  return /** @type {PromiseWithResolvers<Blob>} */ (Promise.withResolvers());
}
