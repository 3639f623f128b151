import { h, setText, showNotice } from "../shared/dom.js";
import { formatClock } from "../shared/format.js";
import { describeProgress, describeSample } from "./progress.js";
import { elapsedSeconds } from "./rows.js";

/**
 * @import { Row } from "../shared/messages.js"
 * @import { TimedRow } from "./rows.js"
 */

/** @typedef {Row["actions"][number]} Action */

/** @type {Record<Action, [label: string, spoken: string]>} The text of a button, and the start of its spoken name. */
export const ACTIONS = {
  show: ["Show", "Show the result of"],
  resume: ["Resume", "Resume"],
  save: ["Save again", "Save the result again:"],
  submit: ["Submit", "Submit"],
  submit_again: ["Submit again", "Submit again, though it may be running already:"],
  detach: ["Stop tracking", "Stop tracking"],
  copy_path: ["Copy path", "Copy the path of the result of"],
  copy: ["Copy ID", "Copy the media ID of"],
};

/**
 * @param {Action} action
 * @param {Row} row
 * @returns {[label: string, spoken: string]}
 */
function describeAction(action, row) {
  // A job that waits was not sent, so nothing of it is left to track.
  return action === "detach" && row.severity === "waiting" ? ["Stop", "Stop"] : ACTIONS[action];
}

/**
 * Fills a row of the table.
 *
 * @param {HTMLElement} node The element of the row.
 * @param {(action: Action, row: Row, button: HTMLButtonElement) => void} onAction
 * @param {() => boolean} isConnected Whether the kernel answers: all actions but copying need it.
 */
export function createRow(node, onAction, isConnected) {
  /** @type {TimedRow} */
  let row;
  const label = h("span.vfxw-label");
  const statuses = h("span.vfxw-statuses");
  const clip = h("span.vfxw-clip-name");
  const key = h("span.vfxw-clip-key");
  const fill = h("span.vfxw-fill");
  const bar = h("div.vfxw-bar", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const detail = h("div.vfxw-detail");
  const time = h("div.vfxw-elapsed", { role: "cell" });
  const actions = h("div.vfxw-actions", { role: "cell" });
  const error = h("div.vfxw-notice", { role: "cell" });
  node.replaceChildren(
    h("div.vfxw-state", { role: "cell" }, h("span.vfxw-dot", { "aria-hidden": true }), label, statuses),
    h("div.vfxw-clip", { role: "cell" }, clip, key),
    h("div.vfxw-progress", { role: "cell" }, bar, detail),
    time,
    actions,
    error,
  );

  function drawActions() {
    const shown = [...row.actions, row.severity, isConnected()].join();
    if (actions.dataset.shown === shown) return;
    actions.dataset.shown = shown;
    const focused = actions.querySelector("button:focus");
    const action = focused?.getAttribute("data-action");
    actions.replaceChildren(...row.actions.map(drawAction));
    if (!focused) return;
    const next = actions.querySelector(`[data-action="${action}"]`) ?? actions.firstElementChild;
    if (next instanceof HTMLElement) next.focus();
  }

  /** @param {Action} action */
  function drawAction(action) {
    const [text, spoken] = describeAction(action, row);
    const button = h(
      action === "show" ? "button" : "button.vfxw-quiet",
      {
        "aria-label": `${spoken} ${row.clip}`,
        "data-action": action,
        disabled: !isConnected() && !action.startsWith("copy"),
        onclick: () => onAction(action, row, button),
      },
      text,
    );
    return button;
  }

  /** Draws what moves between two messages of the kernel. */
  function tick() {
    const seconds = elapsedSeconds(row, performance.now());
    const { share, text } = describeProgress(row, seconds);
    setText(time, seconds || row.is_active ? formatClock(seconds) : "");
    setText(detail, text);
    fill.style.transform = share === null ? "" : `scaleX(${share.toFixed(4)})`;
    bar.setAttribute("aria-valuetext", text || row.label);
    if (share !== null && row.progress !== "estimate") bar.ariaValueNow = String(Math.round(share * 100));
    else bar.ariaValueNow = null;
  }

  return {
    tick,
    /** @param {TimedRow} next */
    update(next) {
      row = next;
      node.dataset.severity = row.severity;
      node.dataset.progress = row.progress === "bytes" && !row.bytes_total ? "indeterminate" : row.progress;
      setText(label, row.label);
      setText(statuses, row.statuses.join(" → "));
      setText(clip, row.clip);
      clip.title = row.media_id;
      setText(key, [row.key, row.model].filter(Boolean).join(" · "));
      bar.setAttribute("aria-label", `Progress of ${row.clip}`);
      showNotice(error, row.error);
      detail.title = row.path || describeSample(row);
      drawActions();
      tick();
    },
  };
}
