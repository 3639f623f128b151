import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, SHORTCUTS } from "../../../vfx_widgets/widgets/player/shortcuts.js";
import { nextSpeed } from "../../../vfx_widgets/widgets/player/shuttle.js";

const PLAIN = { ctrlKey: false, metaKey: false, altKey: false, repeat: false };

test("each key has one command, and each command is in the list", () => {
  const keys = SHORTCUTS.flatMap(([each]) => each);
  assert.equal(new Set(keys).size, keys.length);
  for (const [each, , command] of SHORTCUTS)
    for (const key of each) assert.equal(commandOf({ ...PLAIN, key }, ""), command);
});

test("letters work in capitals, and keys with Ctrl belong to the browser and the notebook", () => {
  assert.equal(commandOf({ ...PLAIN, key: "S" }, ""), "saveFrame");
  for (const modifier of ["ctrlKey", "metaKey", "altKey"])
    assert.equal(commandOf({ ...PLAIN, key: "s", [modifier]: true }, ""), null);
});

test("a button keeps the space bar, a list keeps all keys", () => {
  assert.equal(commandOf({ ...PLAIN, key: " " }, "button"), null);
  assert.equal(commandOf({ ...PLAIN, key: "." }, "button"), "nextFrame");
  assert.equal(commandOf({ ...PLAIN, key: "." }, "text"), null);
});

test("a key that is held repeats steps, and switches nothing", () => {
  assert.equal(commandOf({ ...PLAIN, key: ".", repeat: true }, ""), "nextFrame");
  assert.equal(commandOf({ ...PLAIN, key: "f", repeat: true }, ""), null);
});

test("J and L turn around at once, and are twice as fast when pressed again", () => {
  assert.deepEqual([nextSpeed(0, 1), nextSpeed(1, 1), nextSpeed(2, 1)], [1, 2, 2]);
  assert.deepEqual([nextSpeed(2, -1), nextSpeed(-1, -1), nextSpeed(-2, 1)], [-1, -2, 1]);
});
