import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addLine,
  describeProblems,
  extractSecrets,
  findRepeats,
  isStructured,
  replacePasted,
  splitLines,
  tallyLines,
} from "../../../vfx_widgets/widgets/form/lines.js";

/** @import { LineResult } from "../../../vfx_widgets/widgets/shared/messages.js" */

/** @type {Map<string, LineResult | null>} */
const RESULTS = new Map([
  ["good", { verdict: "ok", label: "video", explanation: "A video.", count: 1 }],
  ["two", { verdict: "ok", label: "2 videos", explanation: "Two videos.", count: 2, seconds: 9 }],
  ["bad", { verdict: "invalid", label: "cut off", explanation: "It is cut off.", count: 0 }],
  ["uuid", { verdict: "unverified", label: "not verified", explanation: "A UUID.", count: 1 }],
  ["asked", null],
]);

test("lines are trimmed, and empty ones keep their place", () => {
  assert.deepEqual(splitLines(" a \n\n\tb"), ["a", "", "b"]);
});

for (const secret of ["ya29.a0Abc", "Authorization: Bearer abc", "bearer x", "token=eyJhbGciOiJub25l.e30"]) {
  test(`a line such as ${secret} is taken out of the field`, () => {
    assert.deepEqual(extractSecrets(`CAUSJ\n${secret}\nCAMSJ`), { text: "CAUSJ\n\nCAMSJ", secrets: secret });
  });
}

test("several secrets are taken out in the order of their lines", () => {
  assert.deepEqual(extractSecrets("ya29.one\nbearer two"), { text: "", secrets: "ya29.one\nbearer two" });
});

test("text without a secret stays as it is, spaces included", () => {
  assert.deepEqual(extractSecrets(" CAUSJ \n"), { text: " CAUSJ \n", secrets: "" });
});

test("the same text is searched again with the same result", () => {
  for (let time = 0; time < 3; time += 1) assert.equal(extractSecrets("ya29.one").secrets, "ya29.one");
});

test("JSON, lists and code are structured; lines of IDs and secrets are not", () => {
  for (const text of ['{"mediaId": "CAUSJ"}', "CAUSJ, CAMSJ", "ids = ['CAUSJ']", "CAUSJ;CAMSJ"]) {
    assert.equal(isStructured(text), true, text);
  }
  for (const text of ["CAUSJ\nCAMSJ", "", '{"token": "ya29.one"}']) assert.equal(isStructured(text), false, text);
});

test("pasted text is replaced whatever its line ends, and dollar signs stay", () => {
  assert.equal(replacePasted("first\n[a,\nb]", "[a,\r\nb]", ["a", "b"]), "first\na\nb\n");
  assert.equal(replacePasted("[x]", "[x]", ["$&"]), "$&\n");
});

test("an ID is appended as a line once", () => {
  assert.equal(addLine("", "a"), "a");
  assert.equal(addLine("a\n\n", "b"), "a\nb");
  assert.equal(addLine(" a \nb", "a"), " a \nb");
});

test("clips of valid and unverified lines are counted, and last as long as a sample clip where nothing is known", () => {
  assert.deepEqual(tallyLines(["good", "", "two", "bad", "uuid"], RESULTS), {
    clips: 4,
    seconds: 3.5 + 9 + 3.5,
    isValidating: false,
  });
});

test("a line without a result is being validated", () => {
  assert.deepEqual(tallyLines(["good", "asked"], RESULTS), { clips: 1, seconds: 3.5, isValidating: true });
  assert.deepEqual(tallyLines(["new"], RESULTS), { clips: 0, seconds: 0, isValidating: true });
  assert.deepEqual(tallyLines([""], RESULTS), { clips: 0, seconds: 0, isValidating: false });
});

test("problems have the number of their line", () => {
  assert.deepEqual(describeProblems(["good", "bad", "", "uuid", "asked"], RESULTS), [
    { verdict: "invalid", text: "Line 2: It is cut off." },
    { verdict: "unverified", text: "Line 4: A UUID." },
  ]);
});

test("a repeated clip is counted once, and its line names the first, however it is written", () => {
  /** @type {LineResult} */
  const one = { verdict: "ok", label: "video", explanation: "A video.", count: 1, media_ids: ["a"] };
  const results = new Map([
    ["a", one],
    ['"a",', one],
    ["a b", { ...one, count: 2, seconds: 9, media_ids: ["a", "b"] }],
  ]);
  const lines = ["a", "", '"a",', "a b", "a"];
  assert.deepEqual(
    [...findRepeats(lines, results)],
    [
      [2, 0],
      [4, 0],
    ],
  );
  assert.deepEqual(tallyLines(lines, results), { clips: 2, seconds: 3.5 + 4.5, isValidating: false });
  assert.deepEqual(describeProblems(lines, results), [
    { verdict: "repeat", text: "Lines 3, 5 repeat line 1; the clip is submitted once." },
  ]);
});

test("forty repeats are one sentence, and a long list of their lines is cut", () => {
  const results = new Map(
    ["a", "b"].map((id) => [
      id,
      /** @type {LineResult} */ ({ verdict: "ok", label: "", explanation: "", count: 1, media_ids: [id] }),
    ]),
  );
  const texts = (/** @type {string[]} */ lines) => describeProblems(lines, results).map(({ text }) => text);
  assert.deepEqual(texts(["a", "a"]), ["Line 2 repeats line 1; the clip is submitted once."]);
  assert.deepEqual(texts(Array(41).fill("a")), ["Lines 2-41 repeat line 1; the clip is submitted once."]);
  assert.deepEqual(texts(Array(10).fill(["a", "b"]).flat()), [
    "Lines 3, 5, 7, 9, 11 and 4 more repeat line 1; the clip is submitted once.",
    "Lines 4, 6, 8, 10, 12 and 4 more repeat line 2; the clip is submitted once.",
  ]);
});
