import { h, count } from "./common.js";

/**
 * What the kernel says of one line.
 *
 * @typedef {{mark: "ok"|"bad"|"unsure", short: string, long: string, count: number}} Verdict
 */

const MARKS = { ok: "✓", bad: "✗", unsure: "?" };

// The text of this field is saved with the notebook, so a token pasted here by mistake must not stay.
const SECRET = /^.*(?:ya29\.|\bbearer\s|\beyJ[\w-]{8,}\.).*$/gim;

/**
 * The field for media IDs: one per line, with the kernel's verdict beside each. Only lines it has not seen yet
 * are sent to it, so that typing in a long list stays cheap.
 *
 * @param {{text: string, onText: (text: string) => void, onSubmit: () => void, ask: (lines: string[]) => void,
 *   extract: (text: string) => void, onVerdict: () => void, onSecret: (text: string) => void}} options
 */
export function mediaLines({ text, onText, onSubmit, ask, extract, onVerdict, onSecret }) {
  /** @type {Map<string, Verdict|null>} By line; null while the kernel thinks. */
  const known = new Map();
  let timer = 0;
  let judged = true;

  const area = h("textarea", {
    id: unique("media-ids"),
    wrap: "off",
    spellcheck: false,
    autocapitalize: "off",
    autocomplete: "off",
    placeholder: "Paste one or more, one per line",
    value: text,
    oninput: () => {
      const secret = area.value.match(SECRET);
      if (secret) {
        area.value = area.value.replace(SECRET, "").trim();
        onSecret(secret.join("\n"));
      }
      draw();
      onText(area.value);
      clearTimeout(timer);
      timer = setTimeout(() => askForNew(), 120);
    },
    onpaste: (/** @type {ClipboardEvent} */ event) => {
      const pasted = event.clipboardData?.getData("text") ?? "";
      if (/[{}[\]"',;]/.test(pasted) && !pasted.match(SECRET)) setTimeout(() => extract(pasted));
    },
    onscroll: () => (marks.style.transform = `translateY(${-area.scrollTop}px)`),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        onSubmit();
      }
    },
  });
  const marks = h("ul.vfxw-marks", { "aria-hidden": true });
  const problems = h("div.vfxw-problems", { id: unique("problems") });
  area.setAttribute("aria-describedby", problems.id);

  const lines = () => area.value.split("\n").map((/** @type {string} */ line) => line.trim());

  /** @param {boolean} [again] Also those that were asked for and not answered. */
  function askForNew(again = false) {
    if (again) for (const [line, verdict] of known) if (!verdict) known.delete(line);
    const fresh = [...new Set(lines())].filter((line) => line && !known.has(line));
    for (const line of fresh) known.set(line, null);
    if (fresh.length) ask(fresh);
  }

  function draw() {
    const all = lines();
    area.rows = Math.min(8, Math.max(3, all.length));
    marks.replaceChildren(
      ...all.map((line) => {
        const verdict = known.get(line);
        if (!line) return h("li");
        if (!verdict) return h("li.vfxw-muted", {}, judged ? "…" : "not checked");
        return h(`li.vfxw-mark-${verdict.mark}`, { title: verdict.long }, `${MARKS[verdict.mark]} ${verdict.short}`);
      }),
    );
    const said = all.flatMap((line, index) => {
      const verdict = line && known.get(line);
      return verdict && verdict.mark !== "ok" ? [{ ...verdict, text: `Line ${index + 1}: ${verdict.long}` }] : [];
    });
    problems.replaceChildren(
      ...said.slice(0, 3).map(({ mark, text }) => h(`p.vfxw-mark-${mark}`, {}, text)),
      said.length > 3 ? h("p.vfxw-muted", {}, `And ${count(said.length - 3, "more line")}.`) : "",
    );
    onVerdict();
  }

  return {
    area,
    /** @param {boolean} there Whether there is a kernel, which judges. */
    setThere(there) {
      const back = there && !judged;
      judged = there;
      draw();
      if (back) askForNew(true);
    },
    node: h("div.vfxw-lines", {}, area, h("div.vfxw-margin", {}, marks)),
    problems,
    draw,
    askForNew,
    /** @param {string} value */
    setText(value) {
      if (value !== area.value) area.value = value;
      draw();
      askForNew();
    },
    /** @param {Record<string, Verdict>} verdicts */
    learn(verdicts) {
      for (const [line, verdict] of Object.entries(verdicts)) known.set(line, verdict);
      draw();
    },
    /**
     * Puts the IDs in the place of the quotes, commas and braces that they were pasted in.
     *
     * @param {string} pasted
     * @param {string[]} ids
     */
    replace(pasted, ids) {
      const text = area.value.replace(pasted.replace(/\r\n?/g, "\n"), `${ids.join("\n")}\n`);
      this.setText(text);
      onText(text);
    },
    /** @returns {{ready: number, waiting: boolean}} Clips that can be submitted; whether lines are unjudged. */
    tally() {
      const verdicts = lines().filter(Boolean).map((/** @type {string} */ line) => known.get(line));
      return {
        ready: verdicts.reduce((/** @type {number} */ sum, /** @type {any} */ v) => sum + (v?.count ?? 0), 0),
        waiting: verdicts.some((/** @type {any} */ verdict) => !verdict),
      };
    },
  };
}

let serial = 0;

/**
 * @param {string} stem
 * @returns {string} An element ID that no other view on the page has.
 */
export function unique(stem) {
  serial += 1;
  return `vfxw-${stem}-${serial}-${Math.random().toString(36).slice(2, 7)}`;
}
