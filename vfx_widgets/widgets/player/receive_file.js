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
  }

  /**
   * @param {number} offset
   * @returns {boolean} Whether this chunk had been requested. It no longer counts as such.
   */
  settle(offset) {
    return this.#requested.delete(offset);
  }

  /** @returns {number[]} The offsets to request now. They count as requested from then on. */
  takeRequests() {
    const offsets = [];
    for (let offset = 0; offset < this.total && this.#requested.size < MAX_REQUESTS; offset += CHUNK_SIZE) {
      if (this.#chunks.has(offset) || this.#requested.has(offset)) continue;
      this.#requested.add(offset);
      offsets.push(offset);
    }
    return offsets;
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
 * @param {(role: Role, received: number, total: number) => void} options.onProgress In bytes.
 * @param {AbortSignal} options.signal Ends it and releases the bytes.
 * @returns {Promise<Blob>[]} One for each role; rejected with the kernel's notice where the file can't be read.
 */
export function receiveFile(kernel, job, roles, { isExpected, onProgress, signal }) {
  const files = new Map(roles.map((role) => [role, { ...newPromise(), chunks: new PartialFile() }]));
  const promises = [...files.values()].map(({ promise }) => promise);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const request = () => {
    const [first] = files;
    if (!first) return;
    const [file, { chunks }] = first;
    for (const offset of chunks.takeRequests()) kernel.send({ type: "request_chunk", job, file, offset });
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
      onProgress(role, chunks.received, chunks.total);
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
