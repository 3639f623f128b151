import { h, setText, showNotice } from "../shared/dom.js";
import { formatClock } from "../shared/format.js";
import { createThumbnail } from "../shared/thumbnail.js";
import { describeProgress, describeSample } from "./progress.js";
import { elapsedSeconds } from "./rows.js";

/**
 * @import { Row } from "../shared/messages.js"
 * @import { Pictures } from "../shared/pictures.js"
 * @import { TimedRow } from "./rows.js"
 */

/** @typedef {Row["actions"][number]} Action */

/**
 * The text of a button, and the start of its spoken name where that is longer.
 *
 * @type {Record<Action, [label: string, spoken?: string]>}
 */
export const ACTIONS = {
  show: ["Show", "Show the result of"],
  resume: ["Resume"],
  save: ["Save again", "Save the result again:"],
  submit: ["Submit"],
  retry: ["Retry", "Retry in a new job:"],
  submit_again: ["Submit again: may run twice", "Submit again: may run twice,"],
  detach: ["Stop tracking"],
  copy_path: ["Copy path", "Copy the path of the result of"],
  copy: ["Copy ID", "Copy the media ID of"],
};

/**
 * @param {Action} action
 * @param {Row} row
 * @returns {[label: string, spoken?: string]}
 */
function describeAction(action, row) {
  // A job that waits was not sent, so nothing of it is left to track.
  return action === "detach" && row.severity === "waiting" ? ["Stop"] : ACTIONS[action];
}

/**
 * Fills a row of the table.
 *
 * @param {HTMLElement} node The element of the row.
 * @param {(action: Action, row: Row, button: HTMLButtonElement) => void} onAction
 * @param {() => boolean} isConnected Whether the kernel answers: all actions but copying need it.
 * @param {Pictures} pictures
 */
export function createRow(node, onAction, isConnected, pictures) {
  /** @type {TimedRow} */
  let row;
  let isErrorShared = false;
  const label = h("span.label.bold");
  const statuses = h("span.statuses.muted.ellipsis");
  const thumbnail = createThumbnail(pictures);
  const clip = h("span.clip-name.ellipsis");
  const key = h("span.clip-key.small.muted.ellipsis");
  const fill = h("span.fill");
  const bar = h("div.bar", { role: "progressbar" }, fill);
  const detail = h("div.detail.small.muted.ellipsis");
  const time = h("div.elapsed", { role: "cell" });
  const actions = h("div.actions", { role: "cell" });
  const error = h("div.notice", { role: "cell" });
  node.replaceChildren(
    h("div.state", { role: "cell" }, label, statuses),
    h("div.clip", { role: "cell" }, thumbnail.node, clip, key),
    h("div.progress", { role: "cell" }, bar, detail),
    time,
    actions,
    error,
  );

  const drawActions = () => {
    const shown = [...row.actions, row.severity, isConnected()].join();
    if (actions.dataset.shown === shown) return;
    actions.dataset.shown = shown;
    const focused = actions.querySelector("button:focus");
    const action = focused?.getAttribute("data-action");
    actions.replaceChildren(...row.actions.map(drawAction));
    if (!focused) return;
    const next = actions.querySelector(`[data-action="${action}"]`) ?? actions.firstElementChild;
    if (next instanceof HTMLElement) next.focus();
  };

  /** @param {Action} action */
  const drawAction = (action) => {
    const [text, spoken = text] = describeAction(action, row);
    const button = h(
      action === "show" ? "button.small" : "button.small.quiet",
      {
        ariaLabel: `${spoken} ${row.clip}`,
        "data-action": action,
        disabled: !isConnected() && !action.startsWith("copy"),
        onclick: () => onAction(action, row, button),
      },
      text,
    );
    return button;
  };

  /** Draws what moves between two messages of the kernel. */
  const tick = () => {
    const seconds = elapsedSeconds(row, performance.now());
    const { share, text } = describeProgress(row, seconds);
    setText(time, seconds || row.is_active ? formatClock(seconds) : "");
    setText(detail, text || (isErrorShared ? (row.error?.message ?? "") : ""));
    fill.style.transform = share === null ? "" : `scaleX(${share.toFixed(4)})`;
    bar.ariaValueText = text || row.label;
    if (share !== null && row.progress !== "estimate") bar.ariaValueNow = String(Math.round(share * 100));
    else bar.ariaValueNow = null;
  };

  return {
    tick,
    /** Asks for no picture any more. */
    drop: thumbnail.cancel,
    /** @param {TimedRow} next @param {boolean} isShared Whether its error is told above the rows. */
    update(next, isShared) {
      row = next;
      isErrorShared = isShared;
      node.dataset.severity = row.severity;
      node.dataset.progress = row.progress === "bytes" && !row.total ? "indeterminate" : row.progress;
      setText(label, row.label);
      setText(statuses, row.statuses.join(" → "));
      setText(clip, row.clip);
      clip.title = row.media_id;
      thumbnail.show(row.path ? [row.media_id, row.id] : [row.media_id]);
      setText(key, [row.model, row.key].filter(Boolean).join(" · "));
      bar.ariaLabel = `Progress of ${row.clip}`;
      showNotice(error, isShared ? null : row.error);
      detail.title = row.path || (isShared ? row.error?.message : "") || describeSample(row);
      drawActions();
      tick();
    },
  };
}
