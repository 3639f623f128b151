import { withHelp } from "../help/help.js";
import { h, setText, uniqueId } from "../shared/dom.js";
import { formatCount } from "../shared/format.js";
import { listen } from "../shared/model.js";
import { createClipList, describeClip } from "./clip_list.js";
import {
  describeProblems,
  extractSecrets,
  findRepeats,
  isStructured,
  replacePasted,
  splitLines,
  tallyLines,
} from "./lines.js";

/**
 * @import { LineResult } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 */

const VALIDATE_AFTER = 120; // ms after the last key
const SHOWN_PROBLEMS = 3;
const MAX_ROWS = 8;
/** @type {Record<LineResult["verdict"] | "repeat", [symbol: string, severity: string]>} */
const VERDICTS = {
  ok: ["✓", "success"],
  invalid: ["✗", "error"],
  unverified: ["?", "warning"],
  repeat: ["=", "warning"],
};

/**
 * The clips to upsample. A line that is a media ID becomes a clip of the list; what is typed and can't be submitted stays
 * in the field below it, with the kernel's result beside each line. As text, the field has all lines. Only new lines are
 * sent to the kernel, so that typing in a long list stays cheap.
 *
 * @param {View} view
 * @param {object} callbacks
 * @param {() => void} callbacks.onSubmit
 * @param {() => void} callbacks.onChange Called when `tally` may have changed.
 * @param {(secrets: string) => void} callbacks.onSecret Called with tokens that were pasted here by mistake.
 */
export function createMediaIdField(view, { onSubmit, onChange, onSecret }) {
  const { model, kernel, pictures } = view;
  /** @type {string[]} The lines that are shown as clips. */
  let listed = [];
  let isText = false;
  /** @type {Map<string, LineResult | null>} By line; null while the kernel validates it. */
  const results = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const problems = h("div.small", { id: uniqueId("problems") });
  const resultList = h("ul.results", { ariaHidden: "true" });
  const field = h("textarea", {
    id: uniqueId("media-ids"),
    wrap: "off",
    spellcheck: false,
    autocapitalize: "off",
    autocomplete: "off",
    "aria-describedby": problems.id,
    oninput: () => {
      const { text, secrets } = extractSecrets(field.value);
      if (secrets) {
        field.value = text;
        onSecret(secrets);
      }
      draw();
      save();
      clearTimeout(timer);
      timer = setTimeout(validate, VALIDATE_AFTER);
    },
    onpaste: ({ clipboardData }) => {
      const text = clipboardData?.getData("text") ?? "";
      if (isStructured(text)) setTimeout(() => kernel.send({ type: "extract", text }));
    },
    onscroll: () => {
      resultList.style.transform = `translateY(${-field.scrollTop}px)`;
    },
  });
  /** @param {KeyboardEvent} event */
  const submitByKey = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSubmit();
  };

  const editor = h("div.editor", field, h("div.gutter", resultList));
  const list = createClipList(pictures, (index) => remove(index));
  field.onkeydown = submitByKey;
  list.node.addEventListener("keydown", submitByKey);
  const toggle = h("button.link.small", { onclick: () => setMode(!isText) }, "Edit as text");
  const undo = h("button.link.small", { onclick: () => takeBack() }, "Undo");
  const removed = h("span", { role: "status" });
  const removal = h("p.small.muted", { hidden: true }, removed, " ", undo);
  let before = /** @type {string[]} */ ([]); // the clips before the last one was removed,
  let removedAt = 0; // and its index

  const lines = () => [...listed, ...splitLines(field.value)];
  const value = () => [...listed, ...(field.value ? [field.value] : [])].join("\n");

  const save = () => {
    model.set("media_ids", value());
    model.save_changes();
  };

  const validate = () => {
    const unknown = [...new Set(lines())].filter((line) => line && !results.has(line));
    for (const line of unknown) results.set(line, null);
    if (unknown.length) kernel.send({ type: "validate", lines: unknown });
  };

  /** @param {string} line @param {number | undefined} first Index of the line that it repeats. */
  const drawResult = (line, first) => {
    if (!line) return h("li");
    if (first !== undefined) {
      const [symbol, severity] = VERDICTS.repeat;
      return h("li.ellipsis", { "data-severity": severity }, `${symbol} repeats line ${first + 1}`);
    }
    const result = results.get(line);
    if (!result) return h("li.muted", kernel.isConnected ? "…" : "not checked");
    const [symbol, severity] = VERDICTS[result.verdict];
    return h("li.ellipsis", { title: result.explanation, "data-severity": severity }, `${symbol} ${result.label}`);
  };

  const draw = () => {
    const repeats = findRepeats(lines(), results);
    list.update(listed.map((line, index) => ({ line, result: results.get(line), first: repeats.get(index) })));
    const typed = splitLines(field.value);
    field.rows = Math.min(MAX_ROWS, Math.max(listed.length ? 1 : 3, typed.length));
    const from = listed.length;
    resultList.replaceChildren(...typed.map((line, index) => drawResult(line, repeats.get(from + index))));
    const found = describeProblems(typed, results);
    const hidden = found.length - SHOWN_PROBLEMS;
    problems.replaceChildren(
      ...found
        .slice(0, SHOWN_PROBLEMS)
        .map(({ verdict, text }) => h("p", { "data-severity": VERDICTS[verdict][1] }, text)),
      hidden > 0 ? h("p.muted", `And ${formatCount(hidden, "more line")}.`) : "",
    );
    editor.toggleAttribute("data-empty", !field.value);
    field.placeholder = listed.length ? "Paste more" : "Paste one or more, one per line";
    toggle.hidden = !isText && !listed.length;
    onChange();
  };

  /** Moves what can be submitted into the list, and what can't into the field. */
  const settle = () => {
    if (isText) return;
    const isKnown = (/** @type {string} */ line) => !!results.get(line)?.count;
    const isRefused = (/** @type {string} */ line) => results.get(line)?.count === 0;
    const typed = splitLines(field.value);
    if (!typed.some(isKnown) && !listed.some(isRefused)) return;
    const refused = listed.filter(isRefused);
    listed = [...listed.filter((line) => !isRefused(line)), ...typed.filter(isKnown)];
    field.value = [...refused, ...typed.filter((line) => line && !isKnown(line))].join("\n");
    save();
  };

  /** @param {string} text */
  const setValue = (text) => {
    if (text !== value()) {
      removal.hidden = true; // it was a clip of another text
      listed = isText ? [] : splitLines(text).filter(Boolean);
      field.value = isText ? text : "";
    }
    settle();
    draw();
    validate();
  };

  /** @param {boolean} asText */
  const setMode = (asText) => {
    const text = value();
    removal.hidden = true;
    isText = asText;
    listed = [];
    field.value = "";
    setText(toggle, isText ? "Show as list" : "Edit as text");
    setValue(text);
    field.focus();
  };

  /** @param {number} index */
  const remove = (index) => {
    before = listed;
    removedAt = index;
    const line = listed[index];
    listed = listed.filter((_, at) => at !== index);
    setText(removed, `Removed ${describeClip(line, results.get(line), undefined).label}.`);
    removal.hidden = false;
    draw();
    save();
    if (!list.focus(index)) field.focus();
  };

  const takeBack = () => {
    removal.hidden = true;
    listed = [...before, ...listed.filter((line) => !before.includes(line))];
    draw();
    save();
    list.focus(removedAt);
  };

  listen(view, { "change:media_ids": () => setValue(model.get("media_ids")) });
  kernel.on("validation", (message) => {
    for (const [line, result] of Object.entries(message.results)) results.set(line, result);
    settle();
    draw();
  });
  kernel.on("extracted", ({ text, ids }) => {
    const typed = replacePasted(field.value, text, ids);
    setValue([...listed, typed].join("\n"));
    save();
  });
  kernel.onConnectionChange(() => {
    draw();
    if (!kernel.isConnected) return;
    for (const [line, result] of results) if (!result) results.delete(line);
    validate();
  });

  listed = splitLines(model.get("media_ids")).filter(Boolean);
  return {
    node: h(
      "div.field",
      h("div.line", withHelp(h("label", { htmlFor: field.id }, "Media IDs"), "media_ids"), h("span.right", toggle)),
      list.node,
      removal,
      editor,
      problems,
    ),
    draw,
    validate,
    value,
    tally: () => tallyLines(lines(), results),
    /** @param {string} id */
    add(id) {
      if (!lines().includes(id)) {
        setValue([...lines().filter(Boolean), id].join("\n"));
        save();
      }
      field.focus();
    },
    /** @param {boolean} isInvalid */
    setInvalid: (isInvalid) => (field.ariaInvalid = String(isInvalid)),
  };
}
