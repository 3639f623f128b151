import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { connectKernel } from "../../../vfx_widgets/widgets/shared/kernel.js";
import { createPictures } from "../../../vfx_widgets/widgets/shared/pictures.js";
import { FakeModel } from "../../browser/gallery/fake_model.js";

/** @import { Traits } from "../../../vfx_widgets/widgets/shared/traits.js" */

let model = new FakeModel(/** @type {Traits} */ ({}), () => {});
let pictures = /** @type {ReturnType<typeof createPictures>} */ (/** @type {unknown} */ (null));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  model = new FakeModel(/** @type {Traits} */ ({}), () => {});
  const { signal } = new AbortController();
  pictures = createPictures(connectKernel({ model, signal }), signal);
});

const requested = () =>
  model.sent.flatMap((message) => (message.type === "request_pictures" ? [message.names.join()] : []));

test("the pictures of all rows that come into view are asked for in one message", () => {
  for (const name of ["a", "b", "a"]) pictures.get(name, () => {});
  assert.deepEqual(requested(), []);
  mock.timers.tick(200);
  assert.deepEqual(requested(), ["a,b"]);
});

test("a row that is scrolled past asks for nothing", () => {
  const cancel = pictures.get("a", () => {});
  pictures.get("b", () => {});
  cancel();
  mock.timers.tick(200);
  assert.deepEqual(requested(), ["b"]);
});

test("a picture is asked for once, also where there is none", () => {
  const urls = /** @type {string[]} */ ([]);
  for (const name of ["a", "b"]) pictures.get(name, (url) => urls.push(url));
  mock.timers.tick(200);
  model.receive({ type: "pictures", names: ["a", "b"] }, [
    new DataView(new ArrayBuffer(3)),
    new DataView(new ArrayBuffer(0)),
  ]);
  for (const name of ["a", "b"]) pictures.get(name, (url) => urls.push(url));
  mock.timers.tick(200);
  assert.deepEqual(requested(), ["a,b"]);
  assert.match(urls[0], /^blob:/);
  assert.deepEqual(urls.slice(1), ["", urls[0], ""]);
});
