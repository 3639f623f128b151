import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { PartialFile, receiveFile } from "../../../vfx_widgets/widgets/player/receive_file.js";
import { connectKernel } from "../../../vfx_widgets/widgets/shared/kernel.js";
import { FakeModel } from "../../browser/gallery/fake_model.js";

/** @import { ChunkMissing } from "../../../vfx_widgets/widgets/shared/messages.js" */
/** @import { Role } from "../../../vfx_widgets/widgets/player/receive_file.js" */
/** @import { Traits } from "../../../vfx_widgets/widgets/shared/traits.js" */

const CHUNK = 1 << 19; // bytes
const TOTAL = 6 * CHUNK;

let model = new FakeModel(/** @type {Traits} */ ({}), () => {});
let view = new AbortController();
let progress = /** @type {[Role, number, number][]} */ ([]);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  model = new FakeModel(/** @type {Traits} */ ({}), () => {});
  view = new AbortController();
  progress = [];
});

/** @param {{isExpected: boolean, roles?: Role[]}} options */
function receive({ isExpected, roles = ["result"] }) {
  const { signal } = view;
  const kernel = connectKernel({ model, signal });
  const onProgress = (/** @type {Role} */ role, /** @type {PartialFile} */ { received, total }) => {
    progress.push([role, received, total]);
  };
  return receiveFile(kernel, "job-1", roles, { isExpected, signal, onProgress });
}

/** @param {number} index @param {Partial<{job: string, file: Role}>} [changes] */
function deliver(index, changes) {
  const bytes = new DataView(new Uint8Array(CHUNK).fill(index).buffer);
  model.receive({ type: "chunk", job: "job-1", file: "result", offset: index * CHUNK, total: TOTAL, ...changes }, [
    bytes,
  ]);
}

/** @param {string} type @returns {string} The files and the numbers of the chunks in the messages of this type. */
function sent(type) {
  return model.sent
    .flatMap((message) => (message.type === type && "offset" in message ? [message] : []))
    .map((message) => `${"file" in message ? message.file : ""} ${message.offset / CHUNK}`)
    .join();
}

/** @param {Blob} blob @returns {Promise<number[]>} The first byte of each chunk. */
async function firstBytes(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return Array.from({ length: bytes.length / CHUNK }, (_, index) => bytes[index * CHUNK]);
}

test("a file that is not expected is requested, four chunks ahead", () => {
  receive({ isExpected: false });
  assert.equal(sent("request_chunk"), "result 0");
  deliver(0);
  assert.equal(sent("request_chunk"), "result 0,result 1,result 2,result 3,result 4");
  deliver(2);
  assert.match(sent("request_chunk"), /result 4,result 5$/);
});

test("the chunks of a file are put in order, whatever the order they came in", async () => {
  const [file] = receive({ isExpected: true });
  for (const index of [2, 0, 1, 5, 3, 4]) deliver(index);
  const blob = await file;
  assert.equal(blob.type, "video/mp4");
  assert.deepEqual(await firstBytes(blob), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(progress.at(-1), ["result", TOTAL, TOTAL]);
});

test("chunks that come unasked are acknowledged, and none is requested while they come", () => {
  receive({ isExpected: true });
  deliver(0);
  mock.timers.tick(1900);
  deliver(1);
  mock.timers.tick(1900);
  assert.equal(sent("received_chunk"), "result 0,result 1");
  assert.equal(sent("request_chunk"), "");
});

test("what is missing is requested after two seconds without a chunk", () => {
  receive({ isExpected: true });
  deliver(0);
  deliver(2);
  mock.timers.tick(2000);
  assert.equal(sent("request_chunk"), "result 1,result 3,result 4,result 5");
});

test("a chunk that comes twice counts once", () => {
  receive({ isExpected: true });
  deliver(0);
  deliver(0);
  assert.equal(progress.length, 1);
});

test("chunks of another job and another file are ignored", () => {
  receive({ isExpected: true });
  deliver(0, { job: "job-2" });
  deliver(0, { file: "source" });
  assert.deepEqual(progress, []);
  assert.equal(sent("received_chunk"), "");
});

test("two files are requested in turn", async () => {
  const [result, source] = receive({ isExpected: false, roles: ["result", "source"] });
  assert.equal(sent("request_chunk"), "result 0,source 0");
  deliver(0);
  assert.equal(sent("request_chunk"), "result 0,source 0,result 1,result 2,result 3");
  deliver(0, { file: "source" });
  for (let index = 1; index < 6; index += 1) deliver(index);
  await result;
  for (let index = 0; index < 6; index += 1) deliver(index, { file: "source" });
  assert.equal((await source).size, TOTAL);
});

test("a file that can't be read is rejected with the kernel's notice, and the other still comes", async () => {
  const [result, source] = receive({ isExpected: false, roles: ["result", "source"] });
  /** @type {ChunkMissing} */
  const missing = {
    type: "chunk_missing",
    job: "job-1",
    file: "result",
    offset: 0,
    notice: { kind: "error", message: "It was deleted." },
  };
  model.receive(missing);
  await assert.rejects(result, { message: "It was deleted." });
  for (let index = 0; index < 6; index += 1) deliver(index, { file: "source" });
  assert.equal((await source).size, TOTAL);
});

test("a closed player requests nothing more", async () => {
  const [file] = receive({ isExpected: true });
  view.abort();
  await assert.rejects(file, { name: "AbortError" });
  deliver(0);
  mock.timers.tick(10_000);
  assert.deepEqual(model.sent, []);
});

test("a partial file requests each chunk once", () => {
  const file = new PartialFile();
  file.add(0, 3 * CHUNK, new DataView(new ArrayBuffer(CHUNK)));
  assert.equal(file.takeRequest(), CHUNK);
  assert.equal(file.takeRequest(), 2 * CHUNK);
  assert.equal(file.takeRequest(), null);
  assert.equal(file.requests, 2);
  assert.equal(file.settle(CHUNK), true);
  assert.equal(file.settle(CHUNK), false);
  assert.equal(file.isComplete, false);
});

test("what has arrived can be read up to the first gap, also across chunks", () => {
  const file = new PartialFile();
  const chunk = (/** @type {number} */ index) => new DataView(new Uint8Array(CHUNK + 9).fill(index).buffer, 9);
  file.add(2 * CHUNK, TOTAL, chunk(2));
  assert.equal(file.available, 0);
  file.add(0, TOTAL, chunk(0));
  assert.equal(file.available, CHUNK);
  file.add(CHUNK, TOTAL, chunk(1));
  assert.equal(file.available, 3 * CHUNK);
  assert.deepEqual([...file.read(2 * CHUNK - 2, 2 * CHUNK + 2)], [1, 1, 2, 2]);
  assert.deepEqual(new Set(file.read(0, CHUNK)), new Set([0]));
});
