import { h, say, clock, count, size, sentence } from "./common.js";

/**
 * One job as the kernel describes it; job_table.py says what each field means.
 *
 * @typedef {{id: string, clip: string, key: string, media_id: string, model: string, tone: string, word: string,
 *   statuses: string[], bar: "none"|"unknown"|"estimate"|"bytes"|"full", done: number, total: number,
 *   usual: number, low: number, high: number, earlier: number, elapsed: number, ticking: boolean, numbers: string,
 *   path: string, error: import("./common.js").Sentence|null, actions: string[], at?: number}} Row
 */

export const ACTIONS = /** @type {Record<string, [string, string]>} */ ({
  show: ["Show", "Show the result of"],
  resume: ["Resume", "Resume"],
  save: ["Save again", "Fetch the file again for"],
  submit: ["Submit", "Submit"],
  submit_again: ["Submit again", "Submit again, though it may run already:"],
  stop: ["Stop watching", "Stop watching"],
  copy_path: ["Copy path", "Copy the path of the result of"],
  copy: ["Copy ID", "Copy the media ID of"],
});

/**
 * Seconds of a job now. The kernel sends them with each change; in between the browser counts on.
 *
 * @param {Row} row
 * @returns {number}
 */
export function elapsed(row) {
  return row.elapsed + (row.ticking && row.at !== undefined ? (performance.now() - row.at) / 1000 : 0);
}

/**
 * How full the bar is by the estimate: steady up to most of the usual time, then ever slower, never full.
 *
 * @param {number} seconds
 * @param {number} usual Median of earlier jobs, in seconds.
 */
export function estimated(seconds, usual) {
  const share = seconds / usual;
  return share < 0.85 ? share : 1 - 0.15 * Math.exp(-(share - 0.85) / 0.15);
}

/**
 * The cells of one row.
 *
 * @param {HTMLElement} node The row's element.
 * @param {(type: string, row: Row, button: HTMLElement) => void} act Called when a button is pressed.
 * @param {() => boolean} there Whether a kernel answers, which all buttons but those that copy need.
 */
export function fillRow(node, act, there) {
  /** @type {Row} */
  let row;
  const word = h("span.vfxw-word");
  const trail = h("span.vfxw-trail");
  const clip = h("span.vfxw-clip-name");
  const key = h("span.vfxw-clip-key");
  const fill = h("span.vfxw-fill");
  const bar = h("div.vfxw-bar", { role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" }, fill);
  const numbers = h("div.vfxw-numbers");
  const time = h("div.vfxw-time", { role: "cell" });
  const buttons = h("div.vfxw-buttons", { role: "cell" });
  const error = h("div.vfxw-notice.vfxw-tone-error.vfxw-row-error", { role: "cell" });
  node.replaceChildren(
    h("div.vfxw-state", { role: "cell" }, h("span.vfxw-dot", { "aria-hidden": "true" }), word, trail),
    h("div.vfxw-clip", { role: "cell" }, clip, key),
    h("div.vfxw-progress", { role: "cell" }, bar, numbers),
    time,
    buttons,
    error,
  );

  function drawButtons() {
    const wanted = row.actions.filter((name) => name in ACTIONS);
    const shown = [...wanted, there()].join();
    if (buttons.dataset.shown === shown) return;
    const focused = buttons.contains(document.activeElement) && /** @type {HTMLElement} */ (document.activeElement);
    const kept = focused && focused.dataset.action;
    buttons.dataset.shown = shown;
    buttons.replaceChildren(
      ...wanted.map((name) => {
        const [text, spoken] = ACTIONS[name];
        const button = h(
          `button${name === "show" ? "" : ".vfxw-quiet"}`,
          { type: "button", "aria-label": `${spoken} ${row.clip}`, onclick: () => act(name, row, button) },
          text,
        );
        button.dataset.action = name;
        button.disabled = !there() && !name.startsWith("copy");
        return button;
      }),
    );
    if (focused) (buttons.querySelector(`[data-action="${kept}"]`) ?? buttons.firstElementChild)?.focus();
  }

  /** What moves between two messages of the kernel. */
  function tick() {
    const seconds = elapsed(row);
    say(time, seconds || row.ticking ? clock(seconds) : "");
    let text = row.numbers;
    let share = row.bar === "full" ? 1 : 0;
    if (row.bar === "bytes" && row.total) {
      share = row.done / row.total;
      text = `${size(row.done)} of ${size(row.total)}`;
    } else if (row.bar === "bytes") {
      text = size(row.done);
    } else if (row.bar === "estimate") {
      share = estimated(seconds, row.usual);
      const left = row.usual - seconds;
      const range = `usually ${clock(row.low)} to ${clock(row.high)}${row.earlier ? `, by ${count(row.earlier, "earlier job")}` : ""}`;
      if (seconds > row.high) text = `longer than usual; still running · ${range}`;
      else text = `estimate: ${left > 0.5 ? `about ${clock(left + 0.5)} left` : "any moment now"} · ${range}`;
    }
    const known = row.bar === "full" || (row.bar === "bytes" && row.total) || row.bar === "estimate";
    fill.style.transform = known ? `scaleX(${share.toFixed(4)})` : "";
    bar.setAttribute("aria-valuetext", text || row.word);
    if (known && row.bar !== "estimate") bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    else bar.removeAttribute("aria-valuenow");
    say(numbers, text);
  }

  return {
    tick,
    /** @param {Row} next */
    update(next) {
      row = next;
      node.dataset.tone = row.tone;
      node.dataset.bar = row.bar === "bytes" && !row.total ? "unknown" : row.bar;
      say(word, row.word);
      say(trail, row.statuses.join(" → "));
      say(clip, row.clip);
      clip.title = row.media_id;
      say(key, [row.key, row.model].filter(Boolean).join(" · "));
      bar.setAttribute("aria-label", `Progress of ${row.clip}`);
      error.hidden = !row.error;
      error.className = `vfxw-notice vfxw-row-error vfxw-tone-${row.error?.kind ?? "error"}`;
      error.replaceChildren(...(row.error ? sentence(row.error) : []));
      numbers.title = row.path ?? "";
      drawButtons();
      tick();
    },
  };
}
