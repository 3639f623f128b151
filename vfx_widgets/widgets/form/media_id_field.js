import { h, uniqueId } from "../shared/dom.js";
import { formatCount } from "../shared/format.js";
import { listen } from "../shared/model.js";
import {
  addLine,
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
const ROWS = { min: 3, max: 8 };
/** @type {Record<LineResult["verdict"] | "repeat", [symbol: string, severity: string]>} */
const VERDICTS = {
  ok: ["✓", "success"],
  invalid: ["✗", "error"],
  unverified: ["?", "warning"],
  repeat: ["=", "warning"],
};

/**
 * The field for media IDs, one per line, with the kernel's result beside each line. Only new lines are sent to the
 * kernel, so that typing in a long list stays cheap.
 *
 * @param {View} view
 * @param {object} callbacks
 * @param {() => void} callbacks.onSubmit
 * @param {() => void} callbacks.onChange Called when `tally` may have changed.
 * @param {(secrets: string) => void} callbacks.onSecret Called with tokens that were pasted here by mistake.
 */
export function createMediaIdField(view, { onSubmit, onChange, onSecret }) {
  const { model, kernel } = view;
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
    placeholder: "Paste one or more, one per line",
    value: model.get("media_ids"),
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
    onkeydown: (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onSubmit();
    },
  });

  const lines = () => splitLines(field.value);

  const save = () => {
    model.set("media_ids", field.value);
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
    const all = lines();
    field.rows = Math.min(ROWS.max, Math.max(ROWS.min, all.length));
    const repeats = findRepeats(all, results);
    resultList.replaceChildren(...all.map((line, index) => drawResult(line, repeats.get(index))));
    const found = describeProblems(all, results);
    const hidden = found.length - SHOWN_PROBLEMS;
    problems.replaceChildren(
      ...found
        .slice(0, SHOWN_PROBLEMS)
        .map(({ verdict, text }) => h("p", { "data-severity": VERDICTS[verdict][1] }, text)),
      hidden > 0 ? h("p.muted", `And ${formatCount(hidden, "more line")}.`) : "",
    );
    onChange();
  };

  /** @param {string} text */
  const setValue = (text) => {
    if (text !== field.value) field.value = text;
    draw();
    validate();
  };

  listen(view, { "change:media_ids": () => setValue(model.get("media_ids")) });
  kernel.on("validation", (message) => {
    for (const [line, result] of Object.entries(message.results)) results.set(line, result);
    draw();
  });
  kernel.on("extracted", ({ text, ids }) => {
    setValue(replacePasted(field.value, text, ids));
    save();
  });
  kernel.onConnectionChange(() => {
    draw();
    if (!kernel.isConnected) return;
    for (const [line, result] of results) if (!result) results.delete(line);
    validate();
  });

  return {
    node: h(
      "div.field",
      h("label", { htmlFor: field.id }, "Media IDs"),
      h("div.editor", field, h("div.gutter", resultList)),
      problems,
    ),
    draw,
    validate,
    value: () => field.value,
    tally: () => tallyLines(lines(), results),
    /** @param {string} id */
    add(id) {
      const text = addLine(field.value, id);
      if (text !== field.value) {
        setValue(text);
        save();
      }
      field.focus();
    },
    /** @param {boolean} isInvalid */
    setInvalid: (isInvalid) => (field.ariaInvalid = String(isInvalid)),
  };
}
