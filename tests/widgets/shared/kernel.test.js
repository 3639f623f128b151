import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { connectKernel } from "../../../vfx_widgets/widgets/shared/kernel.js";
import { FakeModel } from "../../browser/gallery/fake_model.js";

/** @import { PageMessage } from "../../../vfx_widgets/widgets/shared/messages.js" */
/** @import { Traits } from "../../../vfx_widgets/widgets/shared/traits.js" */

const view = { model: new FakeModel(/** @type {Traits} */ ({}), () => {}), controller: new AbortController() };
let kernel = connect();

function connect() {
  view.model = new FakeModel(/** @type {Traits} */ ({}), () => {});
  view.controller = new AbortController();
  return connectKernel({ model: view.model, signal: view.controller.signal });
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  kernel = connect();
});

/** @returns {number} The serial number of the last message. */
function lastSerial() {
  return /** @type {PageMessage & {serial: number}} */ (view.model.sent.at(-1)).serial;
}

test("a kernel that does not answer within five seconds is disconnected, until it does", () => {
  const seen = /** @type {boolean[]} */ ([]);
  kernel.onConnectionChange(() => seen.push(kernel.isConnected));
  kernel.check();
  assert.deepEqual(view.model.sent, [{ type: "ready" }]);
  mock.timers.tick(4999);
  assert.deepEqual(seen, []);
  mock.timers.tick(1);
  assert.deepEqual(seen, [false]);
  view.model.receive({ type: "connected" });
  assert.deepEqual(seen, [false, true]);
});

test("any message shows that the kernel is connected", () => {
  kernel.check();
  view.model.receive({ type: "reveal_player" });
  mock.timers.tick(10_000);
  assert.equal(kernel.isConnected, true);
});

test("a message that can't be sent means that the kernel is disconnected", () => {
  view.model.send = () => {
    throw new Error("The comm is closed.");
  };
  kernel.send({ type: "pause" });
  assert.equal(kernel.isConnected, false);
  kernel.request({ type: "set_token", token: "" });
  assert.equal(kernel.pending, "none");
});

test("a kernel that the front end sees end is disconnected, though nothing was sent", () => {
  const slots = /** @type {Set<(sender: unknown, status: string) => void>} */ (new Set());
  const statusChanged = {
    connect: (/** @type {(sender: unknown, status: string) => void} */ slot) => slots.add(slot),
    disconnect: (/** @type {(sender: unknown, status: string) => void} */ slot) => slots.delete(slot),
  };
  const model = Object.assign(new FakeModel(/** @type {Traits} */ ({}), () => {}), {
    widget_manager: { kernel: { statusChanged } },
  });
  const controller = new AbortController();
  const connection = connectKernel({ model, signal: controller.signal });
  const seen = [];
  for (const status of ["busy", "idle", "autorestarting"]) {
    for (const slot of slots) slot(null, status);
    seen.push(connection.isConnected);
  }
  assert.deepEqual(seen, [true, true, false]);
  assert.deepEqual(model.sent, []);
  controller.abort();
  assert.equal(slots.size, 0);
});

test("where the front end tells nothing, the kernel is asked when the page comes into view after a minute", () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "hidden" });
  Object.defineProperty(globalThis, "document", { value: page, configurable: true });
  const now = mock.method(performance, "now", () => 0);
  kernel = connect();
  const show = (/** @type {number} */ time, /** @type {string} */ visibilityState) => {
    now.mock.mockImplementation(() => time);
    page.visibilityState = visibilityState;
    page.dispatchEvent(new Event("visibilitychange"));
    return view.model.sent.length;
  };
  assert.deepEqual([show(59_000, "visible"), show(61_000, "hidden"), show(61_000, "visible")], [0, 0, 1]);
  mock.timers.tick(5000);
  assert.equal(kernel.isConnected, false);
  view.controller.abort();
  assert.equal(show(200_000, "visible"), 1);
  now.mock.restore();
  Reflect.deleteProperty(globalThis, "document");
});

test("a request becomes slow and overdue until it is acknowledged", () => {
  const seen = /** @type {string[]} */ ([]);
  kernel.onPendingChange(() => seen.push(kernel.pending));
  kernel.request({ type: "resume_unfinished" });
  mock.timers.tick(600);
  mock.timers.tick(5400);
  view.model.receive({ type: "ack", serial: lastSerial() });
  assert.deepEqual(seen, ["recent", "slow", "overdue", "none"]);
});

test("requests are pending until the last of them is acknowledged", () => {
  kernel.request({ type: "resume_unfinished" });
  const first = lastSerial();
  kernel.request({ type: "resume_unfinished" });
  view.model.receive({ type: "ack", serial: first });
  assert.equal(kernel.pending, "recent");
  view.model.receive({ type: "ack", serial: lastSerial() });
  assert.equal(kernel.pending, "none");
});

test("an acknowledgement without a serial number is for all requests", () => {
  kernel.request({ type: "resume_unfinished" });
  kernel.request({ type: "resume_unfinished" });
  view.model.receive({ type: "ack" });
  assert.equal(kernel.pending, "none");
});

test("a handler gets the messages of its type with their buffers, until it is removed", () => {
  const seen = /** @type {[string, number][]} */ ([]);
  const remove = kernel.on("chunk", ({ job }, buffers) => seen.push([job, buffers.length]));
  const chunk = /** @type {const} */ ({ type: "chunk", job: "job-1", file: "result", offset: 0, total: 8 });
  view.model.receive(chunk, [new DataView(new ArrayBuffer(8))]);
  view.model.receive({ type: "connected" });
  remove();
  view.model.receive(chunk);
  assert.deepEqual(seen, [["job-1", 1]]);
});

test("a closed view gets no messages and no time-outs", () => {
  const seen = /** @type {boolean[]} */ ([]);
  kernel.onConnectionChange(() => seen.push(kernel.isConnected));
  kernel.on("connected", () => seen.push(true));
  kernel.check();
  view.controller.abort();
  view.model.receive({ type: "connected" });
  mock.timers.tick(10_000);
  assert.deepEqual(seen, []);
});
