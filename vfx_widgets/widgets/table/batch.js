import { h, setText } from "../shared/dom.js";
import { createNotifier } from "./notify.js";
import { describeBatch } from "./progress.js";

/** @import { Batch } from "../shared/messages.js" */

/**
 * The line above the rows: the progress of all of them together.
 *
 * @param {AbortSignal} signal
 */
export function createBatch(signal) {
  const notifier = createNotifier(signal);
  let shown = /** @type {Batch | null} */ (null);
  let receivedAt = 0;
  let isWanted = false;
  let folder = "";

  const fill = h("span.fill");
  const bar = h("div.bar", { role: "progressbar", ariaLabel: "Progress of all clips" }, fill);
  const text = h("span.muted.small");
  const notify = h("button.small.quiet", { ariaPressed: "false", onclick: toggle }, "Notify me");
  const node = h("div.batch.line", { hidden: true }, bar, text, notify);

  function toggle() {
    isWanted = !isWanted;
    notify.ariaPressed = String(isWanted);
    setText(notify, isWanted ? "Will notify" : "Notify me");
    if (isWanted) notifier.ask();
  }

  const tick = () => {
    if (!shown) return;
    const described = describeBatch(shown, (performance.now() - receivedAt) / 1000, new Date());
    setText(text, described.text + (folder && ` · saved in ${folder}`));
    fill.style.transform = `scaleX(${described.share.toFixed(4)})`;
    bar.ariaValueNow = String(Math.round(100 * described.share));
    bar.ariaValueText = described.text;
  };

  return {
    node,
    tick,
    /** @param {Batch | null} batch @param {() => string} findFolder Returns where the results are. */
    update(batch, findFolder) {
      const wasActive = shown && isActive(shown);
      shown = batch;
      receivedAt = performance.now();
      node.hidden = !batch;
      if (!batch) return;
      folder = isActive(batch) ? "" : findFolder();
      notify.hidden = bar.hidden = !isActive(batch);
      if (isWanted && wasActive && !isActive(batch)) {
        notifier.notify(`${batch.done} of ${batch.total} clips done`);
        toggle();
      }
      tick();
    },
  };
}

/** @param {Batch} batch */
function isActive({ total, done, stopped }) {
  return done + stopped < total;
}
